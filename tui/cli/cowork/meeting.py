"""The verbs of `fromscratch cowork meeting`: plan a meeting, show it, export it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from cowork.refusal import Refusal
from cowork.rooms.meetings import CancelMeeting, Meeting, Meetings, PlanMeeting
from tui.cli.cowork.room_client import RoomClient, Target, format_time, target_options
from tui.cli.lazy_group import LazyGroup
from tui.cli.terminal import read_input

LIVE = "tui.cli.cowork.live_meeting"
VERBS = dict.fromkeys(("list", "show", "plan", "change", "cancel", "export", "calendar"), __name__) | dict.fromkeys(
    (
        "present", "give-back", "start", "close", "attend", "notes",
        "ask", "vote", "answered", "insight", "remove",
    ),
    LIVE,
)  # fmt: skip


@click.group("meeting", cls=LazyGroup, modules=VERBS)
def meeting_command() -> None:
    """Plan and hold the room's meetings. The default --meeting is the one that goes on or comes next."""


def meeting_options(command: Any) -> Any:
    """Adds --meeting to the target options."""
    return click.option("--meeting", help="The meeting, by its id (default: the next one).")(target_options(command))


def find_meeting(client: RoomClient, id: str | None) -> Meeting:
    """Finds the meeting by its id, or the next one. Raises Refusal("unknown")."""
    if id is not None:
        return client.room[Meetings].find(id)
    meeting = client.room[Meetings].next(client.session.clock())
    if meeting is None:
        raise Refusal("unknown", "No meeting is planned in this room.")
    return meeting


def parse_time(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """Parses a local time such as "2026-12-01 18:30" into seconds since 1970."""
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value).timestamp()
    except ValueError:
        raise click.BadParameter('write the time like this: "2026-12-01 18:30"') from None


@click.command("list")
@target_options
def list_command(target: Target) -> None:
    """List the room's meetings, latest last."""

    async def list_meetings(client: RoomClient) -> None:
        meetings = sorted(client.room[Meetings].all.values(), key=lambda meeting: meeting.starts)
        lines = [
            f"{meeting.id}  {format_time(meeting.starts)}  {meeting.title}{' (cancelled)' * meeting.cancelled}"
            for meeting in meetings
        ]
        client.show({"meetings": meetings}, lines or ["No meeting is planned in this room."])

    target.run(list_meetings)


@click.command("show")
@meeting_options
def show_command(target: Target, meeting: str | None) -> None:
    """Print a meeting's plan, agenda, questions and insights. `notes` prints the notes."""

    async def show_meeting(client: RoomClient) -> None:
        selected = find_meeting(client, meeting)
        client.show({"meeting": selected}, _meeting_lines(selected))

    target.run(show_meeting)


@click.command("plan")
@click.argument("when", callback=parse_time)
@click.option("--minutes", type=int, default=90, show_default=True, help="The length of the meeting.")
@click.option("--place", default="", help="A room, or a link.")
@click.option("--title", default="", help="The title (default: after the room).")
@click.option("--agenda", multiple=True, help="An item; can be given several times (default: the outline's agenda).")
@target_options
def plan_command(target: Target, when: float, minutes: int, place: str, title: str, agenda: tuple[str, ...]) -> None:
    """Plan a meeting at a local time such as "2026-12-01 18:30" (organisers only)."""
    target.do(lambda client: PlanMeeting(when, minutes, place, title, agenda or None), "Planned.")


@click.command("change")
@click.option("--when", callback=parse_time, help="The new local time.")
@click.option("--minutes", type=int, help="The new length.")
@click.option("--place", help="The new place.")
@click.option("--title", help="The new title.")
@click.option("--agenda", multiple=True, help="An item of the new agenda; can be given several times.")
@meeting_options
def change_command(
    target: Target, meeting: str | None, when: float | None, minutes: int | None, place: str | None,
    title: str | None, agenda: tuple[str, ...],
) -> None:  # fmt: skip
    """Change a meeting's plan; options that are not given stay as they are (organisers only)."""

    def make_plan(client: RoomClient) -> PlanMeeting:
        plan = find_meeting(client, meeting)
        return PlanMeeting(
            plan.starts if when is None else when, plan.minutes if minutes is None else minutes,
            plan.place if place is None else place, title or plan.title, agenda or plan.agenda, plan.id,
        )  # fmt: skip

    target.do(make_plan, "Changed.")


@click.command("cancel")
@meeting_options
def cancel_command(target: Target, meeting: str | None) -> None:
    """Cancel a meeting (organisers only)."""
    target.do(lambda client: CancelMeeting(find_meeting(client, meeting).id), "Cancelled.")


@click.command("export")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@meeting_options
def export_command(target: Target, meeting: str | None, output: Path | None) -> None:
    """Export a meeting as a Markdown page."""
    from cowork.meeting_exports import meeting_page

    async def export(client: RoomClient) -> None:
        _write(client, meeting_page(find_meeting(client, meeting)).encode(), output)

    target.run(export)


@click.command("calendar")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@target_options
def calendar_command(target: Target, output: Path | None) -> None:
    """Export the room's meetings as a calendar file (.ics)."""
    from cowork.meeting_exports import calendar_file

    async def export(client: RoomClient) -> None:
        _write(client, calendar_file(client.room[Meetings].all.values(), client.room.title), output)

    target.run(export)


def _write(client: RoomClient, data: bytes, output: Path | None) -> None:
    if output is None:
        client.show({"text": data.decode()}, data.decode().splitlines())
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        raise Refusal("usage", f"{output} cannot be written: {error.strerror}.") from None
    client.show({"file": str(output), "bytes": len(data)}, f"Written: {output}")


def read_text(name: str) -> str:
    """Reads a file, or standard input for "-"."""
    try:
        return read_input() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{name} cannot be read: {error}.") from None


def _meeting_lines(meeting: Meeting) -> list[str]:
    state = (
        "cancelled" if meeting.cancelled else "over" if meeting.ended else "goes on" if meeting.goes_on else "planned"
    )
    lines = [f"{meeting.title}  ({meeting.id})", f"{format_time(meeting.starts)}, {meeting.minutes} minutes, {state}"]
    lines += [meeting.place] * bool(meeting.place)
    presenter = meeting.presenter
    lines.append(f"{presenter.name} presents." if presenter else "Nobody presents yet: `meeting present`.")
    lines += ["", "Agenda", *(f"  - {item}" for item in meeting.agenda)]
    if meeting.questions:
        lines += ["", "Questions (number, votes)"]
        lines += [
            f"  {question.seq:>4}  {len(question.votes):>2}  {'✓ ' * question.answered}{question.text}"
            f"  ({question.name})"
            for question in meeting.ranked()
        ]
    if meeting.insights:
        lines += ["", "Key insights (number)"]
        lines += [f"  {insight.seq:>4}  {insight.text}  ({insight.name})" for insight in meeting.insights.values()]
    if meeting.attended:
        lines += ["", f"Present: {', '.join(sorted(meeting.attended.values(), key=str.casefold))}"]
    if meeting.version:
        lines += ["", f"Notes: version {meeting.version} by {meeting.versions[-1].name}"]
    return lines
