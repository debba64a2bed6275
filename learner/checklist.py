"""Check lists in Markdown: `- [ ]` boxes found in a learner's file, and ticked there, one byte at a time.

The file is the only record of what is ticked. Task list items are those of GitHub Flavored Markdown.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from learner.errors import ProjectError, explain
from learner.source_file import read_file

MAX_PAGE = 4 * 2**20  # bytes
BOX = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[([ xX])\](?=[ \t]|$)[ \t]*(.*)")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)[ \t#]*")
CONTINUED = re.compile(r"[ \t]{2,}(?![-*+][ \t]|\d{1,9}[.)][ \t])(\S.*)")


@dataclass(frozen=True)
class Box:
    """One box: `number` counts from 1, `line` too; `offset` is the byte between the brackets."""

    number: int
    text: str
    ticked: bool
    heading: str
    line: int
    offset: int


@dataclass(frozen=True)
class CheckList:
    """A file's boxes, and its content as it was when they were found."""

    path: Path
    content: bytes
    boxes: tuple[Box, ...]

    @property
    def ticked(self) -> int:
        return sum(box.ticked for box in self.boxes)

    @property
    def next(self) -> Box | None:
        """The first box that is not ticked."""
        return next((box for box in self.boxes if not box.ticked), None)


def read_checklist(path: Path) -> CheckList:
    """The boxes of a file; none where it has none. Raises ProjectError where there is no readable text."""
    content = read_file(path, ProjectError, limit=MAX_PAGE)
    return CheckList(path, content, find_boxes(content, path.name))


def find_boxes(content: bytes, name: str) -> tuple[Box, ...]:
    """The boxes of a Markdown text, without those in code and in comments. Raises ProjectError: not UTF-8."""
    boxes: list[Box] = []
    heading, fence, comment, start = "", "", False, 0
    for number, raw in enumerate(content.splitlines(keepends=True), 1):
        begin, start = start, start + len(raw)
        try:
            line = raw.rstrip(b"\r\n").decode("utf-8")
        except UnicodeDecodeError:
            raise ProjectError(f"{name}, line {number}: this is not UTF-8 text. Save the file as UTF-8.") from None
        if number == 1 and line.startswith("\ufeff"):
            begin, line = begin + 3, line[1:]
        found = FENCE.match(line)
        if found and not comment and (not fence or (found[1].startswith(fence) and not found[2].strip())):
            fence = "" if fence else found[1]
        elif fence:
            continue
        elif comment or line.lstrip().startswith("<!--"):
            comment = "-->" not in line.rpartition("<!--")[2]
        elif title := HEADING.fullmatch(line):
            heading = title[1]
        elif box := BOX.fullmatch(line):
            offset = begin + len(line[: box.start(1)].encode())
            boxes.append(Box(len(boxes) + 1, box[2].strip(), box[1] != " ", heading, number, offset))
        elif (
            boxes and boxes[-1].line == number - 1 - boxes[-1].text.count("\n") and (more := CONTINUED.fullmatch(line))
        ):
            last = boxes[-1]
            boxes[-1] = Box(last.number, f"{last.text}\n{more[1]}", last.ticked, last.heading, last.line, last.offset)
    return tuple(Box(b.number, " ".join(b.text.split()), b.ticked, b.heading, b.line, b.offset) for b in boxes)


def set_box(checklist: CheckList, number: int, ticked: bool) -> CheckList:
    """Ticks a box, or takes the tick back, and returns the list as it is now.

    Raises ProjectError, with the file as it was: no such box, or the file has changed since it was read.
    """
    box = next((box for box in checklist.boxes if box.number == number), None)
    if box is None:
        count = len(checklist.boxes)
        raise ProjectError(f"{checklist.path.name} has no box {number}. Its boxes are numbered 1 to {count}.")
    changed = f"{checklist.path.name} has changed since it was read. Nothing is ticked; look at it and try again."
    mark = b"x" if ticked else b" "
    try:
        # One byte, in place: nobody ever reads half of it, and the file keeps its owner, mode and links.
        with open(checklist.path, "r+b", buffering=0) as file:
            if file.read(len(checklist.content) + 1) != checklist.content:
                raise ProjectError(changed)
            if box.ticked != ticked:
                file.seek(box.offset)
                file.write(mark)
                os.fsync(file.fileno())
            # An editor may have put another file in its place in this very moment.
            same = os.path.samestat(os.fstat(file.fileno()), os.stat(checklist.path))
    except FileNotFoundError:
        raise ProjectError(f"There is no file {checklist.path} any more. Nothing is ticked.") from None
    except OSError as error:
        raise ProjectError(explain(error, checklist.path)) from error
    if not same:
        raise ProjectError(changed)
    content = checklist.content
    if box.ticked != ticked:
        content = content[: box.offset] + mark + content[box.offset + 1 :]
    return CheckList(checklist.path, content, find_boxes(content, checklist.path.name))
