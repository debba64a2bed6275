"""Which files this program has made in a workspace, and from what text: so it makes none twice, and can merge."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from learner import files


class Made:
    """Names (relative to the workspace) with what was written under them; `save` stores it.

    Digests are in made.json, and the texts by their digests in stubs.json beside it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._digests = _strings(path)
        self._texts = _strings(self._texts_path)
        self._changed: set[str] = set()

    @property
    def _texts_path(self) -> Path:
        return self.path.with_name("stubs.json")

    @property
    def names(self) -> Iterable[str]:
        """Every file that has existed."""
        return tuple(self._digests)

    def knows(self, name: str) -> bool:
        """Whether this file has existed before."""
        return name in self._digests

    def wrote(self, name: str, content: bytes) -> bool:
        """Whether this content is what was written under the name."""
        return self._digests.get(name) == digest(content)

    def text(self, name: str) -> str | None:
        """The text that a file was made from; None if it is not known."""
        return self._texts.get(self._digests.get(name, ""))

    def note(self, name: str, content: bytes) -> None:
        """Remembers what was written."""
        new = digest(content)
        if self._digests.get(name) != new or new not in self._texts:
            self._changed.add(name)
            self._digests[name] = new
            self._texts[new] = content.decode()

    def rename(self, old: str, new: str) -> None:
        """Remembers that a file has another name now."""
        self._digests[new] = self._digests.pop(old)
        self._changed |= {old, new}

    def save(self) -> None:
        """Stores what was noted; raises OSError."""
        if not self._changed:
            return
        # Another fromscratch may have noted other files meanwhile.
        stored = _strings(self.path)
        for name in self._changed:
            stored.pop(name, None)
            if name in self._digests:
                stored[name] = self._digests[name]
        texts = _strings(self._texts_path) | self._texts
        used = {one: text for one, text in texts.items() if one in stored.values()}
        # The texts come first: a digest without its text would make a merge impossible.
        for path, content in ((self._texts_path, used), (self.path, stored)):
            files.overwrite(path, json.dumps(content, indent=1, sort_keys=True).encode())
        self._digests, self._texts = stored, used
        self._changed.clear()


def _strings(path: Path) -> dict[str, str]:
    """A JSON file's names with texts; empty where there is none."""
    try:
        stored: Any = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        # Lost knowledge costs little: an existing file is never overwritten without it.
        return {}
    if not isinstance(stored, dict):
        return {}
    return {name: text for name, text in stored.items() if isinstance(text, str)}


def digest(content: bytes) -> str:
    """A digest of a text that does not see its line ends, which editors and git may change."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def same_text(one: bytes, other: bytes) -> bool:
    """Whether two contents differ in line ends at most."""
    return one.replace(b"\r\n", b"\n") == other.replace(b"\r\n", b"\n")
