"""The verbs of `fromscratch cowork meeting` that are used while a meeting goes on."""

from __future__ import annotations

import click

from cowork.refusal import Refusal
from cowork.rooms.live_meeting import (
    AskQuestion,
    AttendMeeting,
    CloseMeeting,
    MarkQuestion,
    NoteInsight,
    RemoveEntry,
    StartMeeting,
    Vote,
    WriteNotes,
)
from cowork.rooms.meetings import ClaimPresenterSlot, Participant, ReleasePresenterSlot
from tui.cli.cowork.meeting import find_meeting, meeting_options, read_text
from tui.cli.cowork.room_client import CHANGE_TIMEOUT, RoomClient, Target


@click.command("present")
@meeting_options
def present_command(target: Target, meeting: str | None) -> None:
    """Claim the presenter's slot."""
    target.do(lambda client: ClaimPresenterSlot(find_meeting(client, meeting).id), "You present.")


@click.command("give-back")
@meeting_options
def give_back_command(target: Target, meeting: str | None) -> None:
    """Release the presenter's slot. Organisers can release anybody's."""
    target.do(lambda client: ReleasePresenterSlot(find_meeting(client, meeting).id), "The slot is free.")


@click.command("start")
@meeting_options
def start_command(target: Target, meeting: str | None) -> None:
    """Start a meeting and record the people in the room as present (organisers only)."""

    async def start(client: RoomClient) -> None:
        selected = find_meeting(client, meeting)
        people = await client.wait_for(
            lambda: client.session.people.get(client.room_id), CHANGE_TIMEOUT, "The list of people"
        )
        present = tuple(Participant(person.member, person.name) for person in people.values())
        client.report(await client.do(StartMeeting(selected.id, present)), "Started.")

    target.run(start)


@click.command("close")
@meeting_options
def close_command(target: Target, meeting: str | None) -> None:
    """Close a meeting (organisers only)."""
    target.do(lambda client: CloseMeeting(find_meeting(client, meeting).id), "Closed.")


@click.command("attend")
@meeting_options
def attend_command(target: Target, meeting: str | None) -> None:
    """Record yourself as present."""
    target.do(lambda client: AttendMeeting(find_meeting(client, meeting).id), "You are recorded as present.")


@click.command("notes")
@click.option("--write", "source", help="Replace the notes by this file, or by standard input (-). Requires --base.")
@click.option("--base", type=int, help="The version of the notes that you edited; 0 if there was none.")
@meeting_options
def notes_command(target: Target, meeting: str | None, source: str | None, base: int | None) -> None:
    """Print or replace the shared notes. If they have changed since --base, the command prints them and fails."""
    if (source is None) != (base is None):
        raise click.UsageError("--write and --base go together: `notes --json` prints the version.")
    text = None if source is None else read_text(source)

    async def notes(client: RoomClient) -> None:
        selected = find_meeting(client, meeting)
        if text is None or base is None:
            data = {"meeting": selected.id, "notes_version": selected.version, "text": selected.notes}
            client.show(data, selected.notes.split("\n"))
            return
        try:
            client.report(await client.do(WriteNotes(selected.id, base, text)), "Written.")
        except Refusal as refusal:
            if refusal.code == "stale" and not target.as_json:
                client.show({}, refusal.data["text"].split("\n"))
            raise

    target.run(notes)


@click.command("ask")
@click.argument("words", nargs=-1, required=True)
@meeting_options
def ask_command(target: Target, meeting: str | None, words: tuple[str, ...]) -> None:
    """Add a question to the meeting's list."""
    target.do(lambda client: AskQuestion(find_meeting(client, meeting).id, " ".join(words)), "Added.")


@click.command("vote")
@click.argument("question", type=int)
@click.option("--undo", is_flag=True, help="Withdraw the vote.")
@meeting_options
def vote_command(target: Target, meeting: str | None, question: int, undo: bool) -> None:
    """Vote for the question with the number QUESTION."""
    target.do(lambda client: Vote(find_meeting(client, meeting).id, question, not undo), "Counted.")


@click.command("answered")
@click.argument("question", type=int)
@click.option("--undo", is_flag=True, help="Mark the question as open again.")
@meeting_options
def answered_command(target: Target, meeting: str | None, question: int, undo: bool) -> None:
    """Mark the question with the number QUESTION as answered (its author, the presenter and organisers only)."""
    target.do(lambda client: MarkQuestion(find_meeting(client, meeting).id, question, not undo), "Marked.")


@click.command("insight")
@click.argument("words", nargs=-1, required=True)
@meeting_options
def insight_command(target: Target, meeting: str | None, words: tuple[str, ...]) -> None:
    """Add a key insight."""
    target.do(lambda client: NoteInsight(find_meeting(client, meeting).id, " ".join(words)), "Added.")


@click.command("remove")
@click.argument("number", type=int)
@meeting_options
def remove_command(target: Target, meeting: str | None, number: int) -> None:
    """Remove the question or the insight with this NUMBER."""
    target.do(lambda client: RemoveEntry(find_meeting(client, meeting).id, number), "Removed.")
