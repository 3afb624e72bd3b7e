"""The contract of each kind of record: one pydantic model a kind.

Whatever is absent is unknown (None), never "no". A field's description is for officers: it gives
the unit, and what an absent value means where that is more than "unknown".
A model's docstring begins with the Chinese name of what it describes.
"""
