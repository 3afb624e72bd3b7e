"""The workbench: the pages with which officers work."""
