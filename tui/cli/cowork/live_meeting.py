"""The verbs of `fromscratch cowork meeting` that are used while a meeting goes on."""

from __future__ import annotations

import click

from cowork.refusal import Refusal
from cowork.rooms import live_meeting
from cowork.rooms.meetings import ClaimPresenterSlot, Meeting, Participant, ReleasePresenterSlot
from tui.cli.cowork.meeting import meeting_options, read_text
from tui.cli.cowork.room_client import RoomClient


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


@click.command("notes")
@click.option("--write", "text", callback=read_text,
              help="Replace the notes by this file, or by standard input (-). Requires --base.")  # fmt: skip
@click.option("--base", type=int, help="The version of the notes that you edited; 0 if there was none.")
@meeting_options
async def notes_command(client: RoomClient, meeting: Meeting, text: str | None, base: int | None) -> None:
    """Print or replace the shared notes. If they have changed since --base, the command prints them and fails."""
    if (text is None) != (base is None):
        raise click.UsageError("--write and --base go together: `notes --json` prints the version.")
    if text is None or base is None:
        data = {"meeting": meeting.id, "notes_version": meeting.version, "text": meeting.notes}
        client.show(data, meeting.notes.split("\n"))
        return
    try:
        await client.execute(live_meeting.WriteNotes(meeting.id, base, text), "Written.")
    except Refusal as refusal:
        if refusal.code == "stale" and not client.target.as_json:
            client.show({}, refusal.data["text"].split("\n"))
        raise


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
