"""Violations: the rules, one file each, and how they run."""
