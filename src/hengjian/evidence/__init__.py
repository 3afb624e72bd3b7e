"""Evidence: kept before it is judged, under its hash."""
