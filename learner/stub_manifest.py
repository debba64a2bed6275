"""Records which files the program created in a workspace, and from which stub, for upgrades and merges."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from learner import files


class StubManifest:
    """Maps the names of created files, relative to the workspace, to the stubs they were created from.

    made.json holds digests of the stubs, and stubs.json in the same folder the stubs by digest.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._digests = _read_texts(path)
        self._stubs = _read_texts(self._stubs_path)
        self._changed: set[str] = set()

    @property
    def _stubs_path(self) -> Path:
        return self.path.with_name("stubs.json")

    @property
    def names(self) -> Iterable[str]:
        """The names of all files that the program has ever created."""
        return tuple(self._digests)

    def contains(self, name: str) -> bool:
        """Whether the program has ever created this file."""
        return name in self._digests

    def matches(self, name: str, content: bytes) -> bool:
        """Whether a file was created with this content."""
        return self._digests.get(name) == digest(content)

    def stub(self, name: str) -> str | None:
        """Returns the stub that a file was created from, or None if it is unknown."""
        return self._stubs.get(self._digests.get(name, ""))

    def add(self, name: str, content: bytes) -> None:
        """Records that a file was created from a stub."""
        new = digest(content)
        if self._digests.get(name) != new or new not in self._stubs:
            self._changed.add(name)
            self._digests[name] = new
            self._stubs[new] = content.decode()

    def rename(self, old: str, new: str) -> None:
        """Records that a file was renamed."""
        self._digests[new] = self._digests.pop(old)
        self._changed |= {old, new}

    def save(self) -> None:
        """Stores the changes. Raises OSError."""
        if not self._changed:
            return
        # A second fromscratch can have stored changes in the meantime.
        stored = _read_texts(self.path)
        for name in self._changed:
            stored.pop(name, None)
            if name in self._digests:
                stored[name] = self._digests[name]
        stubs = _read_texts(self._stubs_path) | self._stubs
        used = {digest: stub for digest, stub in stubs.items() if digest in stored.values()}
        # The stubs are written first, because a digest without its stub makes merging impossible.
        for path, content in ((self._stubs_path, used), (self.path, stored)):
            files.overwrite(path, json.dumps(content, indent=1, sort_keys=True).encode())
        self._digests, self._stubs = stored, used
        self._changed.clear()


def _read_texts(path: Path) -> dict[str, str]:
    """Returns the entries of a JSON object that are text; none if the file is missing or damaged."""
    try:
        stored: Any = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        # Nothing is lost with a damaged file: without its entries no existing file is overwritten.
        return {}
    if not isinstance(stored, dict):
        return {}
    return {name: text for name, text in stored.items() if isinstance(text, str)}


def digest(content: bytes) -> str:
    """Returns a digest that ignores line endings, because editors and git change them."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def same_text(first: bytes, second: bytes) -> bool:
    """Whether two contents are equal except for line endings."""
    return first.replace(b"\r\n", b"\n") == second.replace(b"\r\n", b"\n")
