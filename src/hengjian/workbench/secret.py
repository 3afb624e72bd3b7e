"""The server's secret key: made once, kept for its owner's eyes."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

KEY_BYTES = 50


def secret_key(home: Path) -> str:
    """Return the key in HOME/secret_key, which is made when it is not there yet."""
    path = home / "secret_key"
    if not path.exists():
        _make(path)
    return path.read_text(encoding="ascii").strip()


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    temporary = Path(name)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(KEY_BYTES) + "\n")
    # Of two processes that start at once, the first one's key stays.
    with suppress(FileExistsError):
        path.hardlink_to(temporary)
    temporary.unlink()
