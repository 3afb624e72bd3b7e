"""Market records as they arrive, checked row by row against the contract of their kind."""
