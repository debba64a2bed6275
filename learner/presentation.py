"""Reads a learner's presentation in Markdown, in which each `##` heading starts a page.

`![caption](file)` on a separate line shows a file of the project: curves, a table or a text. `<!-- … -->` is a
speaker note, which is not shown.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from learner.checklist import MAX_PAGE
from learner.errors import ProjectError
from learner.source_file import read_file

TITLE = re.compile(r"#[ \t]+(.*?)[ \t#]*")
SECTION = re.compile(r"##[ \t]+(.*?)[ \t#]*")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
INCLUDE = re.compile(r"!\[([^\]]*)\]\(([^()]+)\)[ \t]*")
NOTE = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)
MAX_LINES = 200


@dataclass(frozen=True)
class Curves:
    """Curves to plot: `lines` maps the name of a column to its points (x, y)."""

    caption: str
    x: str
    lines: dict[str, list[tuple[float, float]]]


@dataclass(frozen=True)
class Table:
    """Rows of text cells; the first row is the header."""

    caption: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class PlainText:
    """A text that is shown unchanged."""

    caption: str
    text: str


@dataclass(frozen=True)
class Unavailable:
    """A file that cannot be shown, and a sentence that says why."""

    caption: str
    reason: str


Block = str | Curves | Table | PlainText | Unavailable  # a str is Markdown


@dataclass(frozen=True)
class Page:
    """One page. `cover` says whether it is the title page; `notes` are the speaker notes."""

    title: str
    blocks: tuple[Block, ...]
    notes: tuple[str, ...]
    cover: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether the page has no content yet; a title page needs none."""
        return not self.blocks and not self.cover


def read_presentation(path: Path) -> tuple[Page, ...]:
    """Returns the pages of a file, at least one, with the present content of included files. Raises ProjectError."""
    try:
        text = read_file(path, ProjectError, limit=MAX_PAGE).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ProjectError(f"{path} is not UTF-8 text. Save the file as UTF-8.") from None
    parts = _parts("\n".join(text.splitlines()))
    pages = [_page(title, body, path.parent, cover) for title, body, cover in parts]
    return tuple(pages) or (Page(path.parent.name, (), (), cover=True),)


def _parts(text: str) -> list[tuple[str, str, bool]]:
    """Returns (title, body, whether it is the title page) of each page. Ignores headings in code and notes."""
    notes = [match.span() for match in NOTE.finditer(text)]
    parts: list[tuple[str, list[str], bool]] = []
    fence, position = "", 0
    for line in text.split("\n"):
        in_note = any(start < position < end for start, end in notes)
        position += len(line) + 1
        marker = FENCE.match(line)
        if marker and not in_note and (not fence or marker[1].startswith(fence)):
            fence = "" if fence else marker[1]
        section = None if fence or in_note else SECTION.fullmatch(line)
        title = None if fence or in_note or parts else TITLE.fullmatch(line)
        if section or title:
            parts.append(((section or title)[1], [], section is None))  # type: ignore[index]
        elif parts:
            parts[-1][1].append(line)
        elif line.strip():
            parts.append(("", [line], False))
    return [(title, "\n".join(lines), cover) for title, lines, cover in parts]


def _page(title: str, body: str, folder: Path, cover: bool) -> Page:
    notes = tuple(" ".join(note.split()) for note in NOTE.findall(body))
    blocks: list[Block] = []
    lines: list[str] = []
    fence = ""

    def end_block() -> None:
        if text := "\n".join(lines).strip("\n"):
            blocks.append(text)
        lines.clear()

    for line in NOTE.sub("", body).split("\n"):
        if marker := FENCE.match(line):
            fence = "" if fence and marker[1].startswith(fence) else fence or marker[1]
        if not fence and (include := INCLUDE.fullmatch(line)):
            end_block()
            blocks.append(_included(include[1], include[2].strip(), folder))
        elif line.strip() or lines:
            lines.append(line)
    end_block()
    return Page(title, tuple(block for block in blocks if not isinstance(block, str) or block.strip()), notes, cover)


def _included(caption: str, name: str, folder: Path) -> Block:
    if re.match(r"[a-z]+:", name) or Path(name).is_absolute() or ".." in Path(name).parts:
        return Unavailable(caption, f"{name}: only files in the project's folder can be shown.")
    if Path(name).suffix.lower() in (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".pdf"):
        return Unavailable(
            caption, f"{name}: a terminal cannot show images. Open {folder / name} in a different program."
        )
    if not (folder / name).exists():
        return Unavailable(
            caption, f"{name} does not exist yet. `fromscratch project run` writes the template's files."
        )
    try:
        text = read_file(folder / name, ProjectError, limit=MAX_PAGE).decode("utf-8-sig")
    except ProjectError as error:
        return Unavailable(caption, str(error))
    except UnicodeDecodeError:
        return Unavailable(caption, f"{name} is not UTF-8 text. Save the file as UTF-8.")
    if Path(name).suffix.lower() != ".csv":
        lines = text.strip("\n").splitlines()
        return PlainText(caption, "\n".join(lines[:MAX_LINES]))
    try:
        rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        return Unavailable(caption, f"{name} is not a valid CSV table: {error}.")
    if not rows:
        return Unavailable(caption, f"{name} is empty.")
    return _curves(caption, rows) or Table(caption, tuple(tuple(row) for row in rows[:MAX_LINES]))


def _curves(caption: str, rows: list[list[str]]) -> Curves | None:
    """Returns curves if all rows below the header are numbers or empty cells, or else None."""
    header, body = rows[0], rows[1:]
    if len(body) < 2 or len(header) < 2:
        return None
    lines: dict[str, list[tuple[float, float]]] = {name: [] for name in header[1:]}
    try:
        for row in body:
            for name, cell in zip(header[1:], row[1:], strict=False):
                x, y = float(row[0]), float(cell) if cell.strip() else None
                if y is not None and abs(x) < 1e300 and abs(y) < 1e300:
                    lines[name].append((x, y))
    except ValueError:
        return None
    lines = {name: points for name, points in lines.items() if points}
    return Curves(caption, header[0], lines) if lines else None
