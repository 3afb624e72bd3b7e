"""The data engines, behind one function each."""
