"""Text: folds and the matcher, with offsets into the original."""
