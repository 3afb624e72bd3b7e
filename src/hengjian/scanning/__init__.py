"""The parts of a scan: what is read, what is staged, what is checked, and what is finished."""
