"""Casework: from findings to leads, one correction order with its documents, recheck, closing."""
