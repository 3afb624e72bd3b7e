"""A market simulator of the project's own: planted conduct, its truth kept apart."""
