"""Checklists in Markdown: finds the `- [ ]` items of GitHub Flavored Markdown in a learner's file, and ticks them.

The file is the only record of what is ticked.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from learner.errors import ProjectError, explain
from learner.source_file import read_file

MAX_PAGE = 4 * 2**20  # bytes
ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[([ xX])\](?=[ \t]|$)[ \t]*(.*)")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)[ \t#]*")
CONTINUATION = re.compile(r"[ \t]{2,}(?![-*+][ \t]|\d{1,9}[.)][ \t])(\S.*)")


@dataclass(frozen=True)
class ChecklistItem:
    """One item. `number` and `line` start at 1; `offset` is the position of the byte between the brackets."""

    number: int
    text: str
    ticked: bool
    heading: str
    line: int
    offset: int


@dataclass(frozen=True)
class Checklist:
    """The items of a file, and the content that they were read from."""

    path: Path
    content: bytes
    items: tuple[ChecklistItem, ...]

    @property
    def ticked(self) -> int:
        return sum(item.ticked for item in self.items)

    @property
    def next(self) -> ChecklistItem | None:
        """The first item that is not ticked."""
        return next((item for item in self.items if not item.ticked), None)


def read_checklist(path: Path) -> Checklist:
    """Returns the checklist in a file, possibly without items. Raises ProjectError if it is not a readable text."""
    content = read_file(path, ProjectError, limit=MAX_PAGE)
    return Checklist(path, content, find_items(content, path.name))


def find_items(content: bytes, name: str) -> tuple[ChecklistItem, ...]:
    """Returns the items of a Markdown text outside code and comments. Raises ProjectError if it is not UTF-8."""
    items: list[ChecklistItem] = []
    heading, fence, in_comment, end = "", "", False, 0
    for number, raw in enumerate(content.splitlines(keepends=True), 1):
        start, end = end, end + len(raw)
        try:
            line = raw.rstrip(b"\r\n").decode("utf-8")
        except UnicodeDecodeError:
            raise ProjectError(f"{name}, line {number}: this is not UTF-8 text. Save the file as UTF-8.") from None
        if number == 1 and line.startswith("\ufeff"):
            start, line = start + 3, line[1:]
        marker = FENCE.match(line)
        if marker and not in_comment and (not fence or (marker[1].startswith(fence) and not marker[2].strip())):
            fence = "" if fence else marker[1]
        elif fence:
            continue
        elif in_comment or line.lstrip().startswith("<!--"):
            in_comment = "-->" not in line.rpartition("<!--")[2]
        elif title := HEADING.fullmatch(line):
            heading = title[1]
        elif match := ITEM.fullmatch(line):
            offset = start + len(line[: match.start(1)].encode())
            items.append(ChecklistItem(len(items) + 1, match[2].strip(), match[1] != " ", heading, number, offset))
        elif items and (more := CONTINUATION.fullmatch(line)):
            last = items[-1]
            if last.line + last.text.count("\n") == number - 1:
                items[-1] = replace(last, text=f"{last.text}\n{more[1]}")
    return tuple(replace(item, text=" ".join(item.text.split())) for item in items)


def set_ticked(checklist: Checklist, number: int, ticked: bool) -> Checklist:
    """Ticks or unticks an item in the file, and returns the new checklist.

    Raises ProjectError, with the file unchanged, if there is no such item or the file has changed since it was read.
    """
    item = next((item for item in checklist.items if item.number == number), None)
    if item is None:
        count = len(checklist.items)
        raise ProjectError(f"{checklist.path.name} has no box {number}. Its boxes are numbered 1 to {count}.")
    changed = f"{checklist.path.name} has changed since it was read, so nothing was ticked. Check it and try again."
    mark = b"x" if ticked else b" "
    try:
        # Writing one byte in place is atomic, and the file keeps its owner, mode and links.
        with open(checklist.path, "r+b", buffering=0) as file:
            if file.read(len(checklist.content) + 1) != checklist.content:
                raise ProjectError(changed)
            if item.ticked != ticked:
                file.seek(item.offset)
                file.write(mark)
                os.fsync(file.fileno())
            # An editor can have replaced the file at this moment.
            same_file = os.path.samestat(os.fstat(file.fileno()), os.stat(checklist.path))
    except FileNotFoundError:
        raise ProjectError(f"{checklist.path} no longer exists. Nothing was ticked.") from None
    except OSError as error:
        raise ProjectError(explain(error, checklist.path)) from error
    if not same_file:
        raise ProjectError(changed)
    content = checklist.content
    if item.ticked != ticked:
        content = content[: item.offset] + mark + content[item.offset + 1 :]
    return Checklist(checklist.path, content, find_items(content, checklist.path.name))
