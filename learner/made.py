"""Which files this program has made in a workspace, and with what content, so that it makes none twice."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from learner import files


class Made:
    """Names (relative to the workspace) with digests of what was written under them; `save` stores them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._digests: dict[str, str] = {}
        self._changed = False
        try:
            stored = json.loads(path.read_bytes())
        except (OSError, ValueError):
            # Lost knowledge costs little: an existing file is never overwritten without it.
            return
        if isinstance(stored, dict):
            self._digests = {name: digest for name, digest in stored.items() if isinstance(digest, str)}

    def knows(self, name: str) -> bool:
        """Whether this file has existed before."""
        return name in self._digests

    def wrote(self, name: str, content: bytes) -> bool:
        """Whether this content is what was written under the name."""
        return self._digests.get(name) == digest(content)

    def note(self, name: str, content: bytes) -> None:
        """Remembers what was written."""
        new = digest(content)
        self._changed |= self._digests.get(name) != new
        self._digests[name] = new

    def save(self) -> None:
        """Stores what was noted; raises OSError."""
        if self._changed:
            files.overwrite(self.path, json.dumps(self._digests, indent=1, sort_keys=True).encode())
            self._changed = False


def digest(content: bytes) -> str:
    """A digest of a text that does not see its line ends, which editors and git may change."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def same_text(one: bytes, other: bytes) -> bool:
    """Whether two contents differ in line ends at most."""
    return one.replace(b"\r\n", b"\n") == other.replace(b"\r\n", b"\n")
