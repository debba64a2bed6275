"""`fromscratch cowork meeting notes` and `take-back-notes`: the shared notes of a meeting."""

from __future__ import annotations

from pathlib import Path

import click

from cowork.refusal import Refusal
from cowork.rooms.meeting_notes import RemoveNotes, WriteNotes
from cowork.rooms.meeting_state import Meeting
from tui.cli.cowork.meeting import meeting_options
from tui.cli.cowork.room_client import RoomClient, format_time, table
from tui.cli.terminal import read_input


def read_text(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    """Reads a file, or standard input for "-"."""
    if name is None:
        return None
    try:
        return read_input() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{name} cannot be read: {error}.") from None


@click.command("notes")
@click.option("--write", "text", callback=read_text,
              help="Replace the notes by this file, or by standard input (-). Requires --base.")  # fmt: skip
@click.option("--base", type=int, help="The version of the notes that you edited; 0 if there was none.")
@click.option("--versions", is_flag=True, help="List the versions: who saved each, and when.")
@meeting_options
async def notes_command(
    client: RoomClient, meeting: Meeting, text: str | None, base: int | None, versions: bool
) -> None:
    """Print or replace the shared notes, or list their versions. If they have changed since --base, the command prints
    them and fails."""
    if (text is None) != (base is None):
        raise click.UsageError("--write and --base go together: `notes --json` prints the version.")
    if versions:
        rows = [[str(each.number), format_time(each.at), each.name, "taken back" if each.removed else ""]
                for each in meeting.versions]  # fmt: skip
        client.show({"meeting": meeting.id, "versions": meeting.versions}, table(rows) or "No notes were written.")
        return
    if text is None or base is None:
        data = {"meeting": meeting.id, "notes_version": meeting.version, "text": meeting.notes}
        client.show(data, meeting.notes.split("\n"))
        return
    try:
        await client.execute(WriteNotes(meeting.id, base, text), "Written.")
    except Refusal as refusal:
        if refusal.code == "stale" and not client.target.as_json:
            client.show({}, refusal.data["text"].split("\n"))
        raise


@click.command("take-back-notes")
@click.argument("version", type=int)
@meeting_options
async def take_back_notes_command(client: RoomClient, meeting: Meeting, version: int) -> None:
    """Remove a VERSION of the notes for good: your own, or any as an organiser. The version before it becomes
    current again."""
    await client.execute(RemoveNotes(meeting.id, version), "Removed.")
