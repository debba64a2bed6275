"""Verbs of `fromscratch cowork meeting` for what people do there."""

from __future__ import annotations

import click

from cowork.refusal import Refusal
from tui.cli.cowork.meeting import chosen, meeting_options, read_text
from tui.cli.cowork.shared import At, Where


@click.command("present")
@meeting_options
def present_command(where: Where, meeting: str | None) -> None:
    """Claim the presenter's slot."""
    from cowork.rooms.meetings import ClaimPresenterSlot

    where.do(lambda at: ClaimPresenterSlot(chosen(at, meeting).id), "You present.")


@click.command("give-back")
@meeting_options
def give_back_command(where: Where, meeting: str | None) -> None:
    """Give the presenter's slot back; an organiser frees anybody's."""
    from cowork.rooms.meetings import ReleasePresenterSlot

    where.do(lambda at: ReleasePresenterSlot(chosen(at, meeting).id), "The slot is free.")


@click.command("start")
@meeting_options
def start_command(where: Where, meeting: str | None) -> None:
    """Begin; who is in the room is noted as present. For organisers."""
    from cowork.rooms.live_meeting import StartMeeting
    from cowork.rooms.meetings import Participant

    async def start(at: At) -> None:
        one = chosen(at, meeting)
        here = await at.until(lambda: at.session.people.get(at.room_id), 10, "Who is here")
        present = tuple(Participant(person.member, person.name) for person in here.values())
        at.done(await at.do(StartMeeting(one.id, present)), "It has begun.")

    where.talk(start)


@click.command("close")
@meeting_options
def close_command(where: Where, meeting: str | None) -> None:
    """End a meeting. For organisers."""
    from cowork.rooms.live_meeting import CloseMeeting

    where.do(lambda at: CloseMeeting(chosen(at, meeting).id), "It is over.")


@click.command("attend")
@meeting_options
def attend_command(where: Where, meeting: str | None) -> None:
    """Say that you are here."""
    from cowork.rooms.live_meeting import AttendMeeting

    where.do(lambda at: AttendMeeting(chosen(at, meeting).id), "You are noted as present.")


@click.command("notes")
@click.option("--write", "source", help="Write these notes: a file, or - for standard input. Needs --base.")
@click.option("--base", type=int, help="The version that they were made from; 0 where there was none.")
@meeting_options
def notes_command(where: Where, meeting: str | None, source: str | None, base: int | None) -> None:
    """The shared notes, or new ones. Notes that somebody changed since `--base` are refused, and shown as they are."""
    from cowork.rooms.live_meeting import WriteNotes

    if (source is None) != (base is None):
        raise click.UsageError("--write and --base go together: `notes --json` tells the version.")
    text = None if source is None else read_text(source)

    async def notes(at: At) -> None:
        one = chosen(at, meeting)
        if text is None or base is None:
            at.show({"meeting": one.id, "notes_version": one.version, "text": one.notes}, one.notes.split("\n"))
            return
        try:
            at.done(await at.do(WriteNotes(one.id, base, text)), "Written.")
        except Refusal as refusal:
            if refusal.code == "stale" and not where.as_json:
                at.show({}, refusal.data["text"].split("\n"))
            raise

    where.talk(notes)


@click.command("ask")
@click.argument("words", nargs=-1, required=True)
@meeting_options
def ask_command(where: Where, meeting: str | None, words: tuple[str, ...]) -> None:
    """Put a question on the meeting's list."""
    from cowork.rooms.questions import AskQuestion

    where.do(lambda at: AskQuestion(chosen(at, meeting).id, " ".join(words)), "It is on the list.")


@click.command("vote")
@click.argument("question", type=int)
@click.option("--undo", is_flag=True, help="Take the vote back.")
@meeting_options
def vote_command(where: Where, meeting: str | None, question: int, undo: bool) -> None:
    """Vote for a QUESTION, by its number."""
    from cowork.rooms.questions import Vote

    where.do(lambda at: Vote(chosen(at, meeting).id, question, not undo), "Counted.")


@click.command("answered")
@click.argument("question", type=int)
@click.option("--undo", is_flag=True, help="It is open again.")
@meeting_options
def answered_command(where: Where, meeting: str | None, question: int, undo: bool) -> None:
    """Mark a QUESTION as answered, by its number: who asked, who presents, or an organiser."""
    from cowork.rooms.questions import MarkQuestion

    where.do(lambda at: MarkQuestion(chosen(at, meeting).id, question, not undo), "Marked.")


@click.command("insight")
@click.argument("words", nargs=-1, required=True)
@meeting_options
def insight_command(where: Where, meeting: str | None, words: tuple[str, ...]) -> None:
    """Note a key insight."""
    from cowork.rooms.questions import NoteInsight

    where.do(lambda at: NoteInsight(chosen(at, meeting).id, " ".join(words)), "Noted.")


@click.command("remove")
@click.argument("number", type=int)
@meeting_options
def remove_command(where: Where, meeting: str | None, number: int) -> None:
    """Remove a question or an insight, by its number."""
    from cowork.rooms.questions import RemoveEntry

    where.do(lambda at: RemoveEntry(chosen(at, meeting).id, number), "Removed.")
