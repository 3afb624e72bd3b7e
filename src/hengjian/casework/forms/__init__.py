"""Official documents: one source of wording a form, one shell an output."""
