"""Formats the entries of a room's timeline: messages, verdicts, and separators for days and unread messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from itertools import islice

from textual.content import Content

from cowork.mentions import NOBODY, Mentionable
from cowork.rooms.base import Room
from cowork.rooms.chat import Chat, Message
from cowork.rooms.reactions import EMOJI, Reactions
from cowork.rooms.submissions import UNGRADED, Submission, Submissions
from tui.formatting import clean, plural
from tui.widgets.cowork.mention_text import with_mentions
from tui.widgets.highlight import python_code

FENCE = "```"
GROUPING_TIME = 300.0  # seconds; messages of one person within them share a heading
MUTED = "$foreground-muted"


@dataclass(frozen=True)
class Entry:
    """An entry of the timeline. Reactions go to `target`: a message's number or a submission's id."""

    id: str
    content: Content
    target: int | str | None = None
    message: int | None = None

    @property
    def is_separator(self) -> bool:
        """Whether the entry is only a separator and cannot be selected."""
        return self.target is None


@dataclass(frozen=True)
class View:
    """The options of a timeline: the member, the time zone, the search and the number of messages to show.

    Events after `read` up to `until` are unread. `waiting` has messages that have not reached the hub yet.
    """

    me: str
    zone: tzinfo | None
    today: datetime
    read: int = 0
    until: int = 0
    search: str = ""
    last: int = 200
    waiting: tuple[str, ...] = ()
    mentionable: Mentionable = NOBODY


def entries(room: Room, view: View) -> Iterator[Entry]:
    """Yields a room's latest entries, oldest first, with separators before each day and the unread messages."""
    day = None
    before: Message | None = None
    mark_unread = not view.search
    for at, item in _latest(room, view):
        moment = datetime.fromtimestamp(at, view.zone)
        if moment.date() != day:
            day, before = moment.date(), None
            yield Entry(f"day-{day}", _separator(_day(moment, view.today)))
        if isinstance(item, Message):
            if mark_unread and view.read < item.seq <= view.until and item.by != view.me:
                mark_unread, before = False, None
                yield Entry("new", _separator("new", "$accent"))
            grouped = before and before.by == item.by and at - before.at < GROUPING_TIME and not item.reply_to
            yield Entry(f"m{item.seq}", message(room, item, view, moment, not grouped), item.seq, item.seq)
            before = item
        else:
            before = None
            yield Entry(f"v{item.id}", verdict(room, item, moment), item.id)
    for i, text in enumerate(view.waiting):
        yield Entry(f"w{i}", Content.assemble(("… not sent yet\n", MUTED), body(text)))


def _latest(room: Room, view: View) -> list[tuple[float, Message | Submission]]:
    if view.search:
        matches = room[Chat].search(view.search)[-view.last :]
        return [(message.at, message) for message in matches]
    messages = islice(reversed(room[Chat].messages.values()), view.last)
    items: list[tuple[float, Message | Submission]] = [(message.at, message) for message in messages]
    verdicts = _relevant_verdicts(reversed(room[Submissions].all.values()))
    for submission in islice(verdicts, view.last):
        if submission.judged_at is not None:
            items.append((submission.judged_at, submission))
    return sorted(items, key=lambda item: item[0])[-view.last :]


def _relevant_verdicts(newest_first: Iterator[Submission]) -> Iterator[Submission]:
    """Yields all passes, and the last of the other verdicts on each person's exercise."""
    seen: set[tuple[str, str]] = set()
    for submission in newest_first:
        if submission.judged_at is None:
            continue
        if submission.outcome == "passed" or (submission.by, submission.exercise) not in seen:
            yield submission
        seen.add((submission.by, submission.exercise))


def message(room: Room, message: Message, view: View, moment: datetime, named: bool) -> Content:
    """Formats a message: name and time, the quoted message, the text, the reactions."""
    lines: list[Content] = []
    if named:
        name = (clean(message.name), "bold $accent" if message.by == view.me else "bold $primary")
        lines.append(Content.assemble(name, (f"  {moment:%H:%M}", MUTED)))
    if message.reply_to is not None:
        lines.append(Content.styled(f"│ {quote(room, message.reply_to)}", MUTED))
    text = body(message.text, view.mentionable)
    lines.append(Content.styled("(removed)", f"italic {MUTED}") if message.taken_back else text)
    if (reactions := reactions_line(room, message.seq)) is not None:
        lines.append(reactions)
    return Content("\n").join(lines)


def verdict(room: Room, submission: Submission, moment: datetime) -> Content:
    """Formats the verdict on a submission as one line."""
    name, time = clean(submission.name), (f"  {moment:%H:%M}", MUTED)
    if submission.outcome == "passed":
        line = Content.assemble(("✓ ", "bold $text-success"), (name, "bold"), f" passed {submission.exercise}", time)
        reactions = reactions_line(room, submission.id)
        return line if reactions is None else Content.assemble(line, "  ", reactions)
    if submission.outcome == UNGRADED:
        return Content.assemble((f"◌ The hub could not grade {name}'s {submission.exercise}", MUTED), time)
    checks = f"{submission.passed_checks} of {plural(submission.checks, 'check')}"
    progress = checks if submission.checks else "could not be loaded"
    return Content.assemble(("◐ ", "$text-warning"), (f"{name} tried {submission.exercise}: {progress}", MUTED), time)


def reactions_line(room: Room, target: int | str) -> Content | None:
    """Formats the reactions to an entry with their counts; returns None without reactions."""
    reactions = room[Reactions].of(target)
    if not reactions:
        return None
    return Content.styled("  ".join(f"{EMOJI[sign]} {len(names)}" for sign, names in reactions), "$foreground")


def quote(room: Room, seq: int, width: int = 60) -> str:
    """Returns the name and the first line of a message."""
    message = room[Chat].messages.get(seq)
    if message is None:
        return "a message"
    first = next((line for line in message.text.splitlines() if line.strip() and not line.startswith(FENCE)), "")
    line = clean(f"{message.name}: {first or '(removed)' if message.taken_back else first}")
    return line if len(line) <= width else f"{line[: width - 1]}…"


@lru_cache(maxsize=1024)
def body(text: str, who: Mentionable = NOBODY) -> Content:
    """Formats a message's text, with highlighted code blocks and mentions."""
    parts: list[Content] = []
    code: list[str] | None = None
    for line, highlighted in _lines(clean(text), who):
        if line.strip().startswith(FENCE):
            if code is None:
                code = []
            else:
                parts += _code(code)
                code = None
        elif code is not None:
            code.append(line)
        else:
            parts.append(highlighted)
    if code is not None:
        parts += _code(code)
    return Content("\n").join(parts)


def _lines(text: str, who: Mentionable) -> Iterator[tuple[str, Content]]:
    """Yields each line, plain and with its mentions highlighted."""
    return zip(text.split("\n"), with_mentions(text, who).split("\n", allow_blank=True), strict=True)


def _code(lines: list[str]) -> list[Content]:
    highlighted = python_code("\n".join(lines)).split("\n", allow_blank=True) if lines else []
    return [Content.assemble(("▎ ", "$primary"), line) for line in highlighted]


def _separator(text: str, style: str = MUTED) -> Content:
    return Content.styled(f"── {text} ──", style)


def _day(moment: datetime, today: datetime) -> str:
    days = (today.astimezone(moment.tzinfo).date() - moment.date()).days
    return {0: "Today", 1: "Yesterday"}.get(days, f"{moment:%A} {moment.day} {moment:%B}")
