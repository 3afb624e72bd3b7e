"""A content-addressed store: the name of an item is the SHA-256 of its bytes.

Layout: `ROOT/objects/ab/abcdef…`. Nothing is overwritten; what is read is checked against its name.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from hengjian.errors import HengjianError

_SHA256 = re.compile(r"[0-9a-f]{64}")


class EvidenceStore:
    """Keeps bytes under their SHA-256.

    Args:
        root: Folder of the store; it is made when the first item is put.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Return where an item lies or would lie.

        Raises:
            HengjianError: The name is not a SHA-256 in lower-case hex, so it could point elsewhere.
        """
        if not _SHA256.fullmatch(sha256):
            raise HengjianError(f"不是有效的SHA-256：{sha256!r}")
        return self.root / "objects" / sha256[:2] / sha256

    def put(self, content: bytes, *, durable: bool = True) -> str:
        """Keep bytes and return their SHA-256; what is there already is left as it is.

        Args:
            content: The bytes.
            durable: Wait until they are on the disk; False: the caller syncs once for many.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        if target.exists():
            return sha256
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=target.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        # mkstemp made it 0600; evidence is never written again.
        Path(temporary).chmod(0o440)
        Path(temporary).replace(target)
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return an item's bytes.

        Raises:
            HengjianError: The item is missing, or its bytes no longer match its name.
        """
        path = self.path(sha256)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise HengjianError("证据不存在", path=path) from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise HengjianError("证据与其哈希不符，可能已被改动", path=path)
        return content

    def __contains__(self, sha256: str) -> bool:
        return self.path(sha256).exists()
