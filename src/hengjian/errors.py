"""The one error that users see: what is wrong, where, and how to mend it."""

from __future__ import annotations

from pathlib import Path


class HengjianError(Exception):
    """A fault that the user can locate and mend.

    Args:
        message: What is wrong, in one Chinese sentence.
        path: The file at fault, when there is one.
        line: Line in that file, counted from 1.
        field: The field or key at fault.
        hint: What to do about it.
    """

    def __init__(
        self,
        message: str,
        *,
        path: Path | str | None = None,
        line: int | None = None,
        field: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line
        self.field = field
        self.hint = hint

    def __str__(self) -> str:
        place = str(self.path) if self.path is not None else ""
        if self.line is not None:
            place += f":{self.line}"
        parts = [place] if place else []
        if self.field is not None:
            parts.append(f"字段 {self.field}")
        parts.append(self.message)
        text = "：".join(parts)
        return f"{text}（{self.hint}）" if self.hint else text
