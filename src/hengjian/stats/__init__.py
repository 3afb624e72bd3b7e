"""Tests, intervals and rates that detectors share; each names its source."""
