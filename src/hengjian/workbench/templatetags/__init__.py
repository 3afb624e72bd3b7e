"""Filters for the workbench's templates."""
