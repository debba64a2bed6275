"""The verbs of `fromscratch cowork` that set, change, withdraw and list assignments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import click

from cowork.rooms.assignments import (
    AssignExercises,
    Assignment,
    Assignments,
    WithdrawAssignments,
    days_left,
)
from cowork.rooms.board import Board, build_board
from tui.cli.cowork.room_client import RoomClient, Target, table, target_options, with_client
from tui.formatting import due_in, long_date, plural


@click.command("assign")
@click.argument("exercises", nargs=-1, required=True)
@click.option("--due", help="The date by which they are due, as YYYY-MM-DD: a day in the room's time zone.")
@click.option("--zone", default="", help="The room's time zone, such as Europe/Berlin (at first: this machine's).")
@click.option("--withdraw", is_flag=True, help="Withdraw these assignments.")
@target_options
def assign_command(target: Target, exercises: tuple[str, ...], due: str | None, zone: str, withdraw: bool) -> None:
    """Assign EXERCISES to a room, with a date; for organisers.

    The room is the one of the exercises' month unless --room names a different one. Assign an exercise again to change
    its date. The hub reminds the room at 9:00 on the day before.
    """
    from exercises.load import load_course

    if (due is None) != withdraw:
        raise click.UsageError("Give either --due DATE or --withdraw.")
    course = load_course()
    months = {course.exercise(exercise).month_id for exercise in exercises}
    if target.room is None and len(months) > 1:
        raise click.UsageError("These exercises belong to several months. Name the room with --room.")

    async def assign(client: RoomClient) -> None:
        room = client.room
        count = plural(len(set(exercises)), "exercise")
        if due is None:
            await client.execute(WithdrawAssignments(exercises), f"Withdrew {count} in {room.title}.")
            return
        from cowork.time_zones import local_zone

        zone_name = zone or room[Assignments].zone or local_zone()
        done = await client.do(AssignExercises(exercises, due, zone_name))
        client.report(done, f"Assigned {count} in {room.title}, due on {due} ({zone_name}).", due=due, zone=zone_name)

    replace(target, month=months.pop() if len(months) == 1 else None).run(assign)


@click.command("assignments")
@with_client()
async def assignments_command(client: RoomClient) -> None:
    """List the room's assignments: when each is due, and who has passed how many.

    Without --room, it is the first room that has assignments.
    """
    for room in await client.rooms():
        if room[Assignments].open():
            client.choose(room.id)
            break
    assignments = client.room[Assignments].open()
    await client.enter_months_of([assignment.exercise for assignment in assignments])
    client.keep_due_dates()
    now = client.session.clock()
    members = await client.room_members(client.room_id)
    names = {member["id"]: member["name"] for member in members if member["role"] != "guest"}
    board = build_board(client.room, names, elsewhere=client.session.rooms.values())
    data = [_data(assignment, board, now) for assignment in assignments]
    rows = [{"member": row.member, "name": row.name, "passed": row.assigned_passed} for row in board.rows]
    client.show(
        {"room": client.room_id, "zone": client.room[Assignments].zone or None, "assignments": data,
         "assigned": board.assigned, "members": rows},
        [client.room.title, *_lines(assignments, board, now), *_elsewhere(client)]
        if assignments
        else [f"Nothing is assigned in {client.room.title}."],
    )  # fmt: skip


def _elsewhere(client: RoomClient) -> list[str]:
    """A line with the other rooms that have assignments."""
    others = [room for id, room in client.session.rooms.items() if id != client.room_id and room[Assignments].open()]
    if client.target.room or not others:
        return []
    return ["", f"Also assigned (--room): {', '.join(f'{room.title} ({room.id})' for room in others)}."]


def _data(assignment: Assignment, board: Board, now: float) -> dict[str, object]:
    return {
        "exercise": assignment.exercise, "due": assignment.due, "zone": assignment.zone,
        "days_left": days_left(assignment, now), "by": assignment.name, "passed": _passed(assignment, board),
    }  # fmt: skip


def _passed(assignment: Assignment, board: Board) -> int:
    """The number of members who have passed the exercise."""
    index = next((i for i, each in enumerate(board.exercises) if each.id == assignment.exercise), None)
    return 0 if index is None else sum(row.cells[index].state == "passed" for row in board.rows)


def _lines(assignments: Sequence[Assignment], board: Board, now: float) -> list[str]:
    rows = []
    for assignment in assignments:
        when = f"{long_date(date.fromisoformat(assignment.due))} ({due_in(days_left(assignment, now))})"
        rows.append([assignment.exercise, when, f"{_passed(assignment, board)} of {len(board.rows)} passed"])
    if not rows:
        return []
    lines = table(rows)
    lines += [f"Dates are days in the time zone {assignments[-1].zone}.", ""]
    return lines + table([[row.name, f"{row.assigned_passed} of {board.assigned}"] for row in board.rows])
