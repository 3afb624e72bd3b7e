"""One module for each way in which a term may be disguised."""
