"""The verb of `fromscratch cowork league`: a table of the room for each exercise with a race."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from cowork.rooms.league import ChooseListing, League, LeagueRow
from exercises.load import load_course
from grader.race_result import Ratio
from tui.cli.cowork.room_client import RoomClient, table, with_client

EMPTY = "No submission has been raced yet. `fromscratch race` lists the exercises that have a race."
NOTE = (
    "Yours / reference on the hub's machine, in one run, with the interval that contains it at 95 %. Entries whose "
    "intervals overlap share a rank."
)
LISTED = "You are listed in the league. What you hand in and have passed is raced."
UNLISTED = "You are no longer listed in the league. What you hand in is not raced."
NOT_LISTED = "You are not listed; `fromscratch cowork league --listed` lists you again."


@click.command("league")
@click.argument("exercise", required=False)
@click.option("--listed/--unlisted", default=None, help="List you in the leagues of all rooms (or --room), or do not.")
@with_client()
async def league_command(client: RoomClient, exercise: str | None, listed: bool | None) -> None:
    """Print the league: each member's best submission, as a ratio to the reference's time (or loss) and memory, in all
    rooms or in --room.

    The hub races what was handed in and has passed; submissions for one reviewer only are left out. The command
    `fromscratch race EXERCISE` shows your own figure without a hub.

    With --unlisted, others no longer see your entries, and the hub does not race what you hand in, until --listed.
    """
    if listed is not None:
        for room in await client.rooms():
            done = await client.session.do(room.id, ChooseListing(listed))
        client.report(done, LISTED if listed else UNLISTED, listed=listed)
        return
    wanted = load_course().exercise(exercise).id if exercise else None
    tables: dict[str, list[LeagueRow]] = {} if wanted is None else {wanted: []}
    lines: list[str] = []
    rooms = await client.rooms()
    for room in rooms:
        for id in room[League].exercises(room):
            if wanted in (None, id):
                rows = room[League].table(room, id)
                tables[id] = tables.get(id) or rows
                lines += _lines(id if len(rooms) == 1 else f"{id} ({room.title})", rows)
    data: dict[str, Any] = {"league": tables, "waiting": [id for room in rooms for id in room[League].waiting]}
    data["listed"] = all(client.member_id not in room[League].unlisted for room in rooms)
    notes = [] if data["listed"] else [NOT_LISTED]
    client.show(data, [*lines, NOTE, *notes] if lines else [EMPTY, *notes])


def _lines(heading: str, rows: list[LeagueRow]) -> Iterator[str]:
    yield heading
    cells = [["", "", rows[0].entry.quantity, "memory" if any(row.entry.memory for row in rows) else ""]]
    cells += [[f"{row.rank}.", row.name, _text(row.entry.ratio), _text(row.entry.memory)] for row in rows]
    yield from table(cells)
    yield ""


def _text(ratio: Ratio | None) -> str:
    if ratio is None:
        return ""
    tie = ", a tie" if ratio.is_tie else ""
    return f"{ratio.median:.2f} ({ratio.low:.2f}–{ratio.high:.2f}{tie})"
