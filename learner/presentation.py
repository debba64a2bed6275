"""A learner's page to present, in Markdown: each part that begins with `##` is one page of the demo.

`![words](file)` on a line of its own shows a file of the project: curves, a table or a text. `<!-- … -->` is a
note to the learner, and is not shown.
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
MOST_LINES = 200


@dataclass(frozen=True)
class Curves:
    """Figures by step, for drawing: `lines` maps a column's name to its points (x, y)."""

    caption: str
    x: str
    lines: dict[str, list[tuple[float, float]]]


@dataclass(frozen=True)
class Table:
    """Rows of text cells; the first row is the head."""

    caption: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Verbatim:
    """A text as it is."""

    caption: str
    text: str


@dataclass(frozen=True)
class Missing:
    """What could not be shown, and why, in a sentence."""

    caption: str
    says: str


Block = str | Curves | Table | Verbatim | Missing  # a str is Markdown


@dataclass(frozen=True)
class Page:
    """One page. `cover`: it is the title's. `notes` are the learner's notes to themselves."""

    title: str
    blocks: tuple[Block, ...]
    notes: tuple[str, ...]
    cover: bool = False

    @property
    def blank(self) -> bool:
        """Whether the page still is to be written; a title needs no words below it."""
        return not self.blocks and not self.cover


def read_presentation(path: Path) -> tuple[Page, ...]:
    """The pages of a file, at least one; what they show is read anew. Raises ProjectError."""
    try:
        text = read_file(path, ProjectError, limit=MAX_PAGE).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ProjectError(f"{path} is not UTF-8 text. Save the file as UTF-8.") from None
    parts = _parts("\n".join(text.splitlines()))
    pages = [_page(title, body, path.parent, cover) for title, body, cover in parts]
    return tuple(pages) or (Page(path.parent.name, (), (), cover=True),)


def _parts(text: str) -> list[tuple[str, str, bool]]:
    """(title, body, whether it is the title's page) of each page. Headings in code and in notes are none."""
    hidden = [match.span() for match in NOTE.finditer(text)]
    parts: list[tuple[str, list[str], bool]] = []
    fence, place = "", 0
    for line in text.split("\n"):
        inside = any(start < place < end for start, end in hidden)
        place += len(line) + 1
        found = FENCE.match(line)
        if found and not inside and (not fence or found[1].startswith(fence)):
            fence = "" if fence else found[1]
        section = None if fence or inside else SECTION.fullmatch(line)
        title = None if fence or inside or parts else TITLE.fullmatch(line)
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

    def end() -> None:
        if text := "\n".join(lines).strip("\n"):
            blocks.append(text)
        lines.clear()

    for line in NOTE.sub("", body).split("\n"):
        if found := FENCE.match(line):
            fence = "" if fence and found[1].startswith(fence) else fence or found[1]
        if not fence and (include := INCLUDE.fullmatch(line)):
            end()
            blocks.append(_included(include[1], include[2].strip(), folder))
        elif line.strip() or lines:
            lines.append(line)
    end()
    return Page(title, tuple(block for block in blocks if not isinstance(block, str) or block.strip()), notes, cover)


def _included(caption: str, name: str, folder: Path) -> Block:
    if re.match(r"[a-z]+:", name) or Path(name).is_absolute() or ".." in Path(name).parts:
        return Missing(caption, f"{name}: only files in the project's own folder are shown.")
    if Path(name).suffix.lower() in (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".pdf"):
        return Missing(caption, f"{name}: a terminal cannot show pictures. Open {folder / name} beside it.")
    if not (folder / name).exists():
        return Missing(caption, f"{name} is not there yet. `fromscratch project run` writes the template's files.")
    try:
        text = read_file(folder / name, ProjectError, limit=MAX_PAGE).decode("utf-8-sig")
    except ProjectError as error:
        return Missing(caption, str(error))
    except UnicodeDecodeError:
        return Missing(caption, f"{name} is not UTF-8 text. Save the file as UTF-8.")
    if Path(name).suffix.lower() != ".csv":
        lines = text.strip("\n").splitlines()
        return Verbatim(caption, "\n".join(lines[:MOST_LINES]))
    try:
        rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        return Missing(caption, f"{name} is not a table: {error}.")
    if not rows:
        return Missing(caption, f"{name} is empty.")
    return _curves(caption, rows) or Table(caption, tuple(tuple(row) for row in rows[:MOST_LINES]))


def _curves(caption: str, rows: list[list[str]]) -> Curves | None:
    """Curves, where the rows under the head are numbers; a cell may be empty."""
    head, body = rows[0], rows[1:]
    if len(body) < 2 or len(head) < 2:
        return None
    lines: dict[str, list[tuple[float, float]]] = {name: [] for name in head[1:]}
    try:
        for row in body:
            for name, cell in zip(head[1:], row[1:], strict=False):
                x, y = float(row[0]), float(cell) if cell.strip() else None
                if y is not None and abs(x) < 1e300 and abs(y) < 1e300:
                    lines[name].append((x, y))
    except ValueError:
        return None
    found = {name: points for name, points in lines.items() if points}
    return Curves(caption, head[0], found) if found else None
