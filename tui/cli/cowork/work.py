"""The verbs of `fromscratch cowork` for exercises and for working at the same time: hand in, the board, the timer."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Literal

import click

from cowork.rooms.assignments import Assignments
from cowork.rooms.board import build_board
from cowork.rooms.mentoring import HandInForReview
from cowork.rooms.review import VerdictQuery
from cowork.rooms.submissions import HandIn, RemoveSource, Submission, Submissions
from cowork.rooms.timer import PauseTimer, ResumeTimer, RoomTimer, StartTimer, StopTimer
from tui.cli.cowork.review import find_submission
from tui.cli.cowork.room_client import RoomClient, Target, table, target_options, with_client

CELL_SIGNS = {"nothing": "·", "tried": "✗", "passed": "✓"}


@click.command("hand-in")
@click.argument("exercise")
@click.option("--source", type=click.Path(path_type=Path), help="Hand in this file instead of the workspace's.")
@click.option("--no-wait", is_flag=True, help="Do not wait for the hub's verdict.")
@click.option("--patience", type=float, default=300, show_default=True, help="Wait at most this many seconds.")
@click.option("--ask", "asks", metavar="QUESTION", help="Ask for a review, too, even if it does not pass.")
@click.option("--private", is_flag=True, help="Only you and the reviewer see the source and the verdict's words.")
@target_options
@click.pass_obj
def hand_in_command(
    root: Path, target: Target, exercise: str, source: Path | None, no_wait: bool, patience: float,
    asks: str | None, private: bool,
) -> None:  # fmt: skip
    """Hand in an EXERCISE for the hub to grade, in the room of its month unless --room names a different one.
    The room sees the verdict. Exit code 1: not passed."""
    from cowork.client.command_queue import Queued
    from exercises.load import load_course
    from learner.source_file import UnreadableFile, read_file
    from learner.workspace import Workspace

    course = load_course()
    chosen = course.exercise(exercise)
    try:
        data = read_file(source or Workspace(root, course).path(chosen))
    except UnreadableFile as error:
        raise click.UsageError(str(error)) from error
    digest = hashlib.sha256(data).hexdigest()

    async def hand_in(client: RoomClient) -> None:
        asked = asks is not None
        outcome = await client.do(
            HandIn(chosen.id, data, private) if asks is None else HandInForReview(chosen.id, data, asks, private)
        )
        if isinstance(outcome, Queued) or no_wait:
            client.report(outcome, "Handed in; it waits for review." if asked else "Handed in.")
            return

        def find_graded() -> Submission | None:
            own = client.room[Submissions].of(client.member_id, chosen.id)
            return next((each for each in reversed(own) if each.digest == digest and each.outcome is not None), None)

        graded: Submission = await client.wait_for(find_graded, "The hub's verdict", patience)
        if graded.private:
            graded = replace(graded, **await client.ask(VerdictQuery(graded.id)))
        passed = graded.outcome == "passed"
        result = "✓ passed" if passed else graded.outcome
        lines = [f"{chosen.title}: {result} ({graded.passed_checks} of {graded.checks})"]
        lines += [graded.mistake] if graded.mistake else [graded.says] if graded.says else []
        lines += ["It waits for review: `fromscratch cowork reviews` lists it."] if asked else []
        client.show(
            {"submission": graded.id, "exercise": chosen.id, "outcome": graded.outcome, "says": graded.says,
             "mistake": graded.mistake, "passed_checks": graded.passed_checks, "checks": graded.checks},
            lines,
        )  # fmt: skip
        client.exit_code = 0 if passed else 1

    replace(target, month=chosen.month_id).run(hand_in, offline=True)  # as the app does


@click.command("remove-source")
@click.argument("submission")
@with_client(enter=False)
async def remove_source_command(client: RoomClient, submission: str) -> None:
    """Remove the source of a SUBMISSION from the hub for good. Its verdict stays. SUBMISSION is an id from
    `cowork review submissions`, the beginning of one, or an exercise for your own last submission."""
    selected = await find_submission(client, submission)
    await client.execute(RemoveSource(selected.id), "The hub no longer has the source.")


@click.command("board")
@click.option("--month", help="The month, by its id (default: the room's).")
@with_client()
async def board_command(client: RoomClient, month: str | None) -> None:
    """Print who has passed what, and how many of the room's assignments. ✓ passed, ✗ tried, … being graded."""
    check_month(month)
    await client.enter_months_of(assignment.exercise for assignment in client.room[Assignments].open())
    people = client.session.people.get(client.room_id, {}).values()
    names = {person.member: person.name for person in people}
    if client.room[Assignments].open():
        members = await client.room_members(client.room_id)
        names |= {member["id"]: member["name"] for member in members if member["role"] != "guest"}
    board = build_board(client.room, names, month, elsewhere=client.session.rooms.values())
    width = max([len(exercise.title) for exercise in board.exercises], default=0)
    lines = [["", *(row.name for row in board.rows)]]
    for number, exercise in enumerate(board.exercises):
        cells = [row.cells[number] for row in board.rows]
        signs = [CELL_SIGNS[cell.state] + ("…" if cell.waiting else "") for cell in cells]
        due = f", due {exercise.due}" if exercise.due else ""
        lines.append([f"{exercise.title}{due}".ljust(width), *signs])
    if board.assigned:
        lines.append(["assigned", *(f"{row.assigned_passed} of {board.assigned}" for row in board.rows)])
    empty = f"Nothing has been handed in to {client.room.title} yet. Each month has a room: name it with --room."
    client.show({"board": board}, table(lines) if board.rows and board.exercises else empty)


def check_month(month: str | None) -> None:
    """Raises UsageError unless `month` is None or the id of a month."""
    from exercises.load import load_course

    known = [each.id for each in load_course().months]
    if month is not None and month not in known:
        raise click.UsageError(f"There is no month {month!r}. Choose one of: {', '.join(known)}.")


@click.command("timer")
@click.argument("action", type=click.Choice(["show", "start", "pause", "resume", "stop"]), default="show")
@click.option("--focus", type=int, default=25, show_default=True, help="Minutes of focus in a round.")
@click.option("--break", "rest", type=int, default=5, show_default=True, help="Minutes of a break.")
@click.option("--rounds", type=int, default=4, show_default=True, help="The number of rounds.")
@with_client()
async def timer_command(
    client: RoomClient, action: Literal["show", "start", "pause", "resume", "stop"], focus: int, rest: int, rounds: int
) -> None:
    """Show or control the room's focus timer."""
    commands = {"start": StartTimer(focus, rest, rounds), "pause": PauseTimer(), "resume": ResumeTimer(),
                "stop": StopTimer()}  # fmt: skip
    if action != "show":
        done = await client.do(commands[action])
        await client.wait_for(lambda: client.room.seq >= getattr(done, "seq", 0), "The timer")
    timer = client.room[RoomTimer].timer
    if timer is None:
        client.show({"timer": None}, "No timer is running here.")
        return
    state = timer.at(client.session.clock())
    minutes, seconds = divmod(int(state.left), 60)
    paused = ", paused" if state.paused else ""
    line = "over" if state.phase == "over" else f"{state.phase}, {minutes}:{seconds:02} left{paused}"
    client.show({"timer": {"phase": state.phase, "round": state.round, "rounds": timer.rounds, "left": state.left,
                           "ends": state.ends, "paused": state.paused, "by": timer.name}},
                f"Round {state.round} of {timer.rounds}: {line}. Started by {timer.name}.")  # fmt: skip
