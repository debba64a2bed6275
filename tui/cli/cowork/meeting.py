"""Verbs of `fromscratch cowork meeting`: a month's meeting, from its plan to its page."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cowork.refusal import Refusal
from cowork.rooms.meetings import Meetings
from tui.cli.cowork.shared import At, Where, clock_time, where_options
from tui.cli.lazy_group import LazyGroup

if TYPE_CHECKING:
    from cowork.rooms.meetings import Meeting

HERE, HELD = "tui.cli.cowork.meeting", "tui.cli.cowork.live_meeting"
VERBS = {
    "list": HERE, "show": HERE, "plan": HERE, "change": HERE, "cancel": HERE, "export": HERE, "calendar": HERE,
    "present": HELD, "give-back": HELD, "start": HELD, "close": HELD, "attend": HELD, "notes": HELD,
    "ask": HELD, "vote": HELD, "answered": HELD, "insight": HELD, "remove": HELD,
}  # fmt: skip


@click.group("meeting", cls=LazyGroup, modules=VERBS)
def meeting_command() -> None:
    """A room's meetings. Without --meeting, the one that goes on or comes next."""


def meeting_options(command: Any) -> Any:
    """Adds --meeting, and what every verb has."""
    return click.option("--meeting", help="Which meeting, by its id; without it, the next.")(where_options(command))


def chosen(at: At, id: str | None) -> Meeting:
    """The meeting that is meant. Raises Refusal("unknown")."""
    if id is not None:
        return at.room[Meetings].find(id)
    found = at.room[Meetings].next(at.session.clock())
    if found is None:
        raise Refusal("unknown", "No meeting is planned in this room.")
    return found


def moment(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """A local time as "2026-12-01 18:30", in seconds since 1970."""
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value).timestamp()
    except ValueError:
        raise click.BadParameter('a time is written as "2026-12-01 18:30"') from None


@click.command("list")
@where_options
def list_command(where: Where) -> None:
    """All meetings of the room, the latest last."""

    async def show(at: At) -> None:
        found = sorted(at.room[Meetings].all.values(), key=lambda one: one.starts)
        lines = [f"{one.id}  {clock_time(one.starts)}  {one.title}{' (cancelled)' * one.cancelled}" for one in found]
        at.show({"meetings": found}, lines or ["No meeting is planned in this room."])

    where.talk(show)


@click.command("show")
@meeting_options
def show_command(where: Where, meeting: str | None) -> None:
    """A meeting whole: plan, agenda, questions, insights. `notes` shows the notes."""

    async def show(at: At) -> None:
        one = chosen(at, meeting)
        at.show({"meeting": one}, _lines(one))

    where.talk(show)


@click.command("plan")
@click.argument("when", callback=moment)
@click.option("--minutes", type=int, default=90, show_default=True)
@click.option("--place", default="", help="Where: a room, or a link.")
@click.option("--title", default="")
@click.option("--agenda", multiple=True, help="An item; without one, the agenda is the outline's.")
@where_options
def plan_command(where: Where, when: float, minutes: int, place: str, title: str, agenda: tuple[str, ...]) -> None:
    """Plan a meeting, at a local time: "2026-12-01 18:30". For organisers."""
    from cowork.rooms.meetings import PlanMeeting

    where.do(lambda at: PlanMeeting(when, minutes, place, title, agenda or None), "Planned.")


@click.command("change")
@click.option("--when", callback=moment, help="Another local time.")
@click.option("--minutes", type=int)
@click.option("--place")
@click.option("--title")
@click.option("--agenda", multiple=True, help="An item; all that are to be there.")
@meeting_options
def change_command(
    where: Where, meeting: str | None, when: float | None, minutes: int | None, place: str | None, title: str | None,
    agenda: tuple[str, ...],
) -> None:  # fmt: skip
    """Change a meeting's plan; what is not named stays. For organisers."""
    from cowork.rooms.meetings import PlanMeeting

    def changed(at: At) -> PlanMeeting:
        one = chosen(at, meeting)
        return PlanMeeting(
            one.starts if when is None else when, one.minutes if minutes is None else minutes,
            one.place if place is None else place, title or one.title, agenda or one.agenda, one.id,
        )  # fmt: skip

    where.do(changed, "Changed.")


@click.command("cancel")
@meeting_options
def cancel_command(where: Where, meeting: str | None) -> None:
    """Cancel a meeting. For organisers."""
    from cowork.rooms.meetings import CancelMeeting

    where.do(lambda at: CancelMeeting(chosen(at, meeting).id), "Cancelled.")


@click.command("export")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Into this file.")
@meeting_options
def export_command(where: Where, meeting: str | None, output: Path | None) -> None:
    """A meeting as a page in Markdown."""
    from cowork.meetings.markdown import page

    async def export(at: At) -> None:
        text = page(chosen(at, meeting))
        _hand_over(at, text.encode(), output)

    where.talk(export)


@click.command("calendar")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Into this file.")
@where_options
def calendar_command(where: Where, output: Path | None) -> None:
    """All meetings of the room as a calendar file (.ics)."""
    from cowork.meetings.calendar import calendar

    async def export(at: At) -> None:
        _hand_over(at, calendar(at.room[Meetings].all.values(), at.room.title), output)

    where.talk(export)


def _hand_over(at: At, data: bytes, output: Path | None) -> None:
    if output is None:
        at.show({"text": data.decode()}, data.decode().splitlines())
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        raise Refusal("usage", f"{output} cannot be written: {error.strerror}.") from None
    at.show({"file": str(output), "bytes": len(data)}, f"{output} is written.")


def read_text(name: str) -> str:
    """A file's text, or standard input's for "-"."""
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{name} cannot be read: {error}.") from None


def _lines(one: Meeting) -> list[str]:
    state = "cancelled" if one.cancelled else "over" if one.ended else "goes on" if one.goes_on else "planned"
    presents = f"{one.presenter.name} presents." if one.presenter else "Nobody presents yet: `meeting present`."
    lines = [f"{one.title}  ({one.id})", f"{clock_time(one.starts)}, {one.minutes} minutes, {state}"]
    lines += [one.place] * bool(one.place) + [presents]
    lines += ["", "Agenda", *(f"  - {item}" for item in one.agenda)]
    if one.questions:
        lines += ["", "Questions (number, votes)"]
        lines += [
            f"  {each.seq:>4}  {len(each.votes):>2}  {'✓ ' * each.answered}{each.text}  ({each.name})"
            for each in one.ranked()
        ]
    if one.insights:
        lines += ["", "Key insights (number)"]
        lines += [f"  {each.seq:>4}  {each.text}  ({each.name})" for each in one.insights.values()]
    if one.attended:
        lines += ["", f"Present: {', '.join(sorted(one.attended.values(), key=str.casefold))}"]
    if one.version:
        lines += ["", f"Notes: version {one.version} by {one.versions[-1].name}"]
    return lines
