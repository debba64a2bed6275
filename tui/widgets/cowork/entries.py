"""What a room's stream shows, newest last: messages, verdicts, days. Made of a room, drawn by nobody here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from textual.content import Content

from cowork.rooms.chat import Chat, Message
from cowork.rooms.reactions import Reactions
from cowork.rooms.submissions import Submissions
from tui.formatting import clean, plural
from tui.widgets.highlight import python_code

if TYPE_CHECKING:
    from cowork.rooms.base import Room
    from cowork.rooms.submissions import Submission

FENCE = "```"
TOGETHER = 300.0  # seconds; what one says again within them needs no name
MUTED = "$foreground-muted"


@dataclass(frozen=True)
class Entry:
    """One thing in the stream. `target`: what a reaction to it is given to (a message's seq, a submission's id)."""

    id: str
    content: Content
    target: int | str | None = None
    message: int | None = None

    @property
    def still(self) -> bool:
        """Whether it is a line between others, which nothing can be done to."""
        return self.target is None


@dataclass(frozen=True)
class View:
    """How a room is looked at: who looks, in which time zone, what they had read, what they search, how much of it,
    and their messages that the hub does not have yet."""

    me: str
    zone: tzinfo | None
    today: datetime
    read: int = 0
    until: int = 0  # the last event when they came: what is between the two is new
    words: str = ""
    last: int = 200
    waiting: tuple[str, ...] = ()


def entries(room: Room, view: View) -> Iterator[Entry]:
    """The last of what happened in a room, oldest first, with lines where a day begins and where the new begins."""
    day = None
    before: Message | None = None
    fresh = not view.words
    for at, one in _latest(room, view):
        moment = datetime.fromtimestamp(at, view.zone)
        if moment.date() != day:
            day, before = moment.date(), None
            yield Entry(f"day-{day}", _line(_day(moment, view.today)))
        if isinstance(one, Message):
            if fresh and view.read < one.seq <= view.until and one.by != view.me:
                fresh, before = False, None
                yield Entry("new", _line("new", "$accent"))
            follows = before is not None and before.by == one.by and at - before.at < TOGETHER and not one.reply_to
            yield Entry(f"m{one.seq}", message(room, one, view, moment, not follows), one.seq, one.seq)
            before = one
        else:
            before = None
            yield Entry(f"v{one.id}", verdict(room, one, moment), one.id)
    for i, text in enumerate(view.waiting):
        yield Entry(f"w{i}", Content.assemble(("… waits for the hub\n", MUTED), body(text)))


def _latest(room: Room, view: View) -> list[tuple[float, Message | Submission]]:
    if view.words:
        found = room[Chat].search(view.words)[-view.last :]
        return [(one.at, one) for one in found]
    messages = islice(reversed(room[Chat].messages.values()), view.last)
    said: list[tuple[float, Message | Submission]] = [(one.at, one) for one in messages]
    shown = _worth_telling(reversed(room[Submissions].all.values()))
    judged: list[tuple[float, Message | Submission]] = [
        (one.judged_at, one) for one in islice(shown, view.last) if one.judged_at is not None
    ]
    return sorted([*said, *judged], key=lambda pair: pair[0])[-view.last :]


def _worth_telling(newest_first: Iterator[Submission]) -> Iterator[Submission]:
    """Every first pass; of the other verdicts only the last of each person and exercise."""
    seen: set[tuple[str, str]] = set()
    for one in newest_first:
        if one.judged_at is None:
            continue
        if one.outcome == "passed" or (one.by, one.exercise) not in seen:
            yield one
        seen.add((one.by, one.exercise))


def more_than(room: Room, last: int) -> bool:
    """Whether there is more in a room than its `last` messages."""
    return len(room[Chat].messages) > last


def message(room: Room, one: Message, view: View, moment: datetime, named: bool) -> Content:
    """A message: who and when, what it answers, the text, how others reacted."""
    lines: list[Content] = []
    if named:
        name = (clean(one.name), "bold $accent" if one.by == view.me else "bold $primary")
        lines.append(Content.assemble(name, (f"  {moment:%H:%M}", MUTED)))
    if one.reply_to is not None:
        lines.append(Content.styled(f"│ {quote(room, one.reply_to)}", MUTED))
    lines.append(Content.styled("(taken back)", f"italic {MUTED}") if one.taken_back else body(one.text))
    if (reactions := reacted(room, one.seq)) is not None:
        lines.append(reactions)
    return Content("\n").join(lines)


def verdict(room: Room, one: Submission, moment: datetime) -> Content:
    """How a submission went, in one line."""
    from cowork.rooms.submissions import UNGRADED

    name, time = clean(one.name), (f"  {moment:%H:%M}", MUTED)
    if one.outcome == "passed":
        said = Content.assemble(("✓ ", "bold $text-success"), (name, "bold"), f" passed {one.exercise}", time)
        reactions = reacted(room, one.id)
        return said if reactions is None else Content.assemble(said, "  ", reactions)
    if one.outcome == UNGRADED:
        return Content.assemble((f"◌ {name}'s {one.exercise} has no verdict, for a fault of the hub's", MUTED), time)
    so_far = f"{one.passed_checks} of {plural(one.checks, 'check')}" if one.checks else "not loaded yet"
    return Content.assemble(("◐ ", "$text-warning"), (f"{name} tried {one.exercise}: {so_far}", MUTED), time)


def reacted(room: Room, target: int | str) -> Content | None:
    """The signs given to something, each with how many gave it; None for none."""
    from cowork.rooms.reactions import EMOJI

    given = room[Reactions].of(target)
    if not given:
        return None
    return Content.styled("  ".join(f"{EMOJI[sign]} {len(names)}" for sign, names in given), "$foreground")


def quote(room: Room, seq: int, width: int = 60) -> str:
    """The first line of a message, to be answered."""
    one = room[Chat].messages.get(seq)
    if one is None:
        return "a message"
    first = next((line for line in one.text.splitlines() if line.strip() and not line.startswith(FENCE)), "")
    line = clean(f"{one.name}: {first or '(taken back)' if one.taken_back else first}")
    return line if len(line) <= width else f"{line[: width - 1]}…"


@lru_cache(maxsize=1024)
def body(text: str) -> Content:
    """A message's text, with what stands between lines of three backticks drawn as code."""
    lines: list[Content] = []
    code: list[str] | None = None
    for line in clean(text).split("\n"):
        if line.strip().startswith(FENCE):
            if code is None:
                code = []
            else:
                lines += _code(code)
                code = None
        elif code is not None:
            code.append(line)
        else:
            lines.append(Content(line))
    if code is not None:
        lines += _code(code)
    return Content("\n").join(lines)


def _code(lines: list[str]) -> list[Content]:
    highlighted = python_code("\n".join(lines)).split("\n", allow_blank=True) if lines else []
    return [Content.assemble(("▎ ", "$primary"), line) for line in highlighted]


def _line(words: str, style: str = MUTED) -> Content:
    return Content.styled(f"── {words} ──", style)


def _day(moment: datetime, today: datetime) -> str:
    days = (today.astimezone(moment.tzinfo).date() - moment.date()).days
    return {0: "Today", 1: "Yesterday"}.get(days, f"{moment:%A} {moment.day} {moment:%B}")
