"""The verbs of `fromscratch cowork meeting`: plan a meeting, show it, export it, and those used while it goes on."""

from __future__ import annotations

import functools
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from cowork.refusal import Refusal
from cowork.rooms import live_meeting
from cowork.rooms.base import Command
from cowork.rooms.meeting_series import ChangeSeries, CutSeries
from cowork.rooms.meeting_state import Meeting, Participant
from cowork.rooms.meetings import CancelMeeting, ClaimPresenterSlot, Meetings, PlanMeeting, ReleasePresenterSlot
from cowork.rooms.review_state import long_waits
from cowork.rooms.submissions import Submissions
from tui.cli.cowork.meeting_series import describe_meeting, reply_lines
from tui.cli.cowork.room_client import RoomClient, format_time, with_client
from tui.cli.lazy_group import LazyGroup
from tui.formatting import waiting_time

SERIES_VERBS, NOTES_VERBS = ("repeat", "coming"), ("notes", "take-back-notes")
VERBS = (
    "list", "show", "plan", "change", "cancel", "export", "calendar",
    "present", "give-back", "start", "close", "attend", "ask", "vote", "answered", "insight", "remove",
)  # fmt: skip


@click.group("meeting", cls=LazyGroup, modules={
    **dict.fromkeys(VERBS, __name__), **dict.fromkeys(SERIES_VERBS, "tui.cli.cowork.meeting_series"),
    **dict.fromkeys(NOTES_VERBS, "tui.cli.cowork.meeting_notes"),
})  # fmt: skip
def meeting_command() -> None:
    """Plan and hold the room's meetings. The default --meeting is the one that goes on or comes next."""


def meeting_options(command: Any) -> Any:
    """Adds --meeting to the options of `with_client`, and passes the meeting: the next one by default."""

    @click.option("--meeting", "id", help="The meeting, by its id (default: the next one).")
    @with_client()
    @functools.wraps(command)
    async def run(client: RoomClient, id: str | None, **options: Any) -> None:
        meetings = client.room[Meetings]
        meeting = meetings.find(id) if id is not None else meetings.next(client.session.clock())
        if meeting is None:
            raise Refusal("unknown", "No meeting is planned in this room.")
        await command(client, meeting, **options)

    return run


def parse_time(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """Parses a local time such as "2026-12-01 18:30" into seconds since 1970."""
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value).timestamp()
    except ValueError:
        raise click.BadParameter('Write the time as "2026-12-01 18:30"') from None


@click.command("list")
@with_client()
async def list_command(client: RoomClient) -> None:
    """List the room's meetings, latest last."""
    state = client.room[Meetings]
    meetings = sorted(state.all.values(), key=lambda meeting: meeting.starts)
    lines = [
        f"{meeting.id}  {format_time(meeting.starts)}  {meeting.title}{describe_meeting(meeting, state)}"
        for meeting in meetings
    ]
    client.show({"meetings": meetings}, lines or ["No meeting is planned in this room."])


@click.command("show")
@meeting_options
async def show_command(client: RoomClient, meeting: Meeting) -> None:
    """Print a meeting's plan, agenda, questions, insights, and the reviews that have waited for more than three days.
    `notes` prints the notes."""
    now = client.session.clock()
    waits = long_waits({room.id: room for room in await client.rooms()}, now)
    lines = [
        f"- {review.name}: {room[Submissions].find(review.id).exercise}, {waiting_time(now - review.since)}"
        for room, review in waits
    ]
    heading = ["", "Waiting for review for more than three days:"] if lines else []
    data = {"meeting": meeting, "waiting": [{"submission": review.id, "since": review.since} for _, review in waits]}
    client.show(data, [*_meeting_lines(meeting), *heading, *lines])


@click.command("plan")
@click.argument("when", callback=parse_time)
@click.option("--minutes", type=int, default=90, show_default=True, help="The length of the meeting.")
@click.option("--place", default="", help="A room, or a link.")
@click.option("--title", default="", help="The title (default: after the room).")
@click.option("--agenda", multiple=True, help="An item; can be given several times (default: the outline's agenda).")
@with_client()
async def plan_command(
    client: RoomClient, when: float, minutes: int, place: str, title: str, agenda: tuple[str, ...]
) -> None:
    """Plan a meeting at a local time such as "2026-12-01 18:30" (organisers only)."""
    await client.execute(PlanMeeting(when, minutes, place, title, agenda or None), "Planned.")


@click.command("change")
@click.option("--when", callback=parse_time, help="The new local time.")
@click.option("--minutes", type=int, help="The new length.")
@click.option("--place", help="The new place.")
@click.option("--title", help="The new title.")
@click.option("--agenda", multiple=True, help="An item of the new agenda; can be given several times.")
@click.option("--following", is_flag=True, help="Change the later meetings of its series too: --minutes and --place.")
@meeting_options
async def change_command(
    client: RoomClient, meeting: Meeting, when: float | None, minutes: int | None, place: str | None,
    title: str | None, agenda: tuple[str, ...], following: bool,
) -> None:  # fmt: skip
    """Change a meeting's plan; options that are not given stay as they are (organisers only)."""
    if following and (when is not None or title is not None or agenda):
        raise Refusal("usage", "--following changes --minutes and --place; `meeting repeat --replace` plans anew.")
    plan: Command = ChangeSeries(
        meeting.id, meeting.minutes if minutes is None else minutes, meeting.place if place is None else place,
    ) if following else PlanMeeting(
        meeting.starts if when is None else when, meeting.minutes if minutes is None else minutes,
        meeting.place if place is None else place, title or meeting.title, agenda or meeting.agenda, meeting.id,
    )  # fmt: skip
    await client.execute(plan, "Changed.")


@click.command("cancel")
@click.option("--following", is_flag=True, help="Cancel the later meetings of its series too.")
@meeting_options
async def cancel_command(client: RoomClient, meeting: Meeting, following: bool) -> None:
    """Cancel a meeting (organisers only)."""
    await client.execute(CutSeries(meeting.id) if following else CancelMeeting(meeting.id), "Cancelled.")


@click.command("export")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@meeting_options
async def export_command(client: RoomClient, meeting: Meeting, output: Path | None) -> None:
    """Export a meeting as a Markdown page."""
    from cowork.meeting_exports import meeting_page

    _write(client, meeting_page(meeting).encode(), output)


@click.command("calendar")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@with_client()
async def calendar_command(client: RoomClient, output: Path | None) -> None:
    """Export the room's meetings as a calendar file (.ics)."""
    from cowork.meeting_calendar import calendar_file

    _write(client, calendar_file(client.room[Meetings], client.room.title), output)


def _write(client: RoomClient, data: bytes, output: Path | None) -> None:
    if output is None:
        client.show({"text": data.decode()}, data.decode().splitlines())
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        raise Refusal("usage", f"{output} cannot be written: {error.strerror}.") from None
    client.show({"file": str(output), "bytes": len(data)}, f"Written: {output}")


def _meeting_lines(meeting: Meeting) -> list[str]:
    state = (
        "cancelled" if meeting.cancelled else "over" if meeting.ended else "goes on" if meeting.goes_on else "planned"
    )
    lines = [f"{meeting.title}  ({meeting.id})", f"{format_time(meeting.starts)}, {meeting.minutes} minutes, {state}"]
    lines += [meeting.place] * bool(meeting.place)
    presenter = meeting.presenter
    lines.append(
        f"{presenter.name} presents." if presenter else "Nobody is presenting yet: `meeting present` claims the slot."
    )
    lines += [*reply_lines(meeting), "", "Agenda", *(f"  - {item}" for item in meeting.agenda)]
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


@click.command("present")
@meeting_options
async def present_command(client: RoomClient, meeting: Meeting) -> None:
    """Claim the presenter's slot."""
    await client.execute(ClaimPresenterSlot(meeting.id), "You present.")


@click.command("give-back")
@meeting_options
async def give_back_command(client: RoomClient, meeting: Meeting) -> None:
    """Release the presenter's slot. Organisers can release anybody's."""
    await client.execute(ReleasePresenterSlot(meeting.id), "The slot is free.")


@click.command("start")
@meeting_options
async def start_command(client: RoomClient, meeting: Meeting) -> None:
    """Start a meeting and record the people in the room as present (organisers only)."""
    present = tuple(Participant(person.member, person.name) for person in await client.people())
    await client.execute(live_meeting.StartMeeting(meeting.id, present), "Started.")


@click.command("close")
@meeting_options
async def close_command(client: RoomClient, meeting: Meeting) -> None:
    """Close a meeting (organisers only)."""
    await client.execute(live_meeting.CloseMeeting(meeting.id), "Closed.")


@click.command("attend")
@meeting_options
async def attend_command(client: RoomClient, meeting: Meeting) -> None:
    """Record yourself as present."""
    await client.execute(live_meeting.AttendMeeting(meeting.id), "You are recorded as present.")


@click.command("ask")
@click.argument("words", nargs=-1, required=True)
@meeting_options
async def ask_command(client: RoomClient, meeting: Meeting, words: tuple[str, ...]) -> None:
    """Add a question to the meeting's list."""
    await client.execute(live_meeting.AskQuestion(meeting.id, " ".join(words)), "Added.")


@click.command("vote")
@click.argument("question", type=int)
@click.option("--undo", is_flag=True, help="Withdraw the vote.")
@meeting_options
async def vote_command(client: RoomClient, meeting: Meeting, question: int, undo: bool) -> None:
    """Vote for the question with the number QUESTION."""
    await client.execute(live_meeting.Vote(meeting.id, question, not undo), "Counted.")


@click.command("answered")
@click.argument("question", type=int)
@click.option("--undo", is_flag=True, help="Mark the question as open again.")
@meeting_options
async def answered_command(client: RoomClient, meeting: Meeting, question: int, undo: bool) -> None:
    """Mark the question with the number QUESTION as answered (its author, the presenter and organisers only)."""
    await client.execute(live_meeting.MarkQuestion(meeting.id, question, not undo), "Marked.")


@click.command("insight")
@click.argument("words", nargs=-1, required=True)
@meeting_options
async def insight_command(client: RoomClient, meeting: Meeting, words: tuple[str, ...]) -> None:
    """Add a key insight."""
    await client.execute(live_meeting.NoteInsight(meeting.id, " ".join(words)), "Added.")


@click.command("remove")
@click.argument("number", type=int)
@meeting_options
async def remove_command(client: RoomClient, meeting: Meeting, number: int) -> None:
    """Remove the question or the insight with this NUMBER."""
    await client.execute(live_meeting.RemoveEntry(meeting.id, number), "Removed.")
