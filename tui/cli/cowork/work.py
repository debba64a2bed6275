"""Verbs of `fromscratch cowork` for working together: hand in, the board, the timer."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

import click

from cowork.rooms.submissions import Submissions
from cowork.rooms.timer import RoomTimer
from tui.cli.cowork.shared import At, Where, table, where_options

SIGNS = {"nothing": "·", "tried": "✗", "passed": "✓"}


@click.command("hand-in")
@click.argument("exercise")
@click.option("--source", type=click.Path(path_type=Path), help="This file instead of the workspace's.")
@click.option("--no-wait", is_flag=True, help="Do not wait for the hub's verdict.")
@click.option("--patience", type=float, default=300, show_default=True, help="Wait so many seconds at most.")
@where_options
@click.pass_obj
def hand_in_command(
    root: Path, where: Where, exercise: str, source: Path | None, no_wait: bool, patience: float
) -> None:
    """Hand in an EXERCISE: the hub grades it, and the room sees how it went. Exit code 1: not passed."""
    from cowork.client.command_queue import Queued
    from cowork.rooms.submissions import HandIn
    from exercises.load import load_course
    from learner.source_file import UnreadableFile, read_file
    from learner.workspace import Workspace

    course = load_course()
    one = course.exercise(exercise)
    try:
        data = read_file(source or Workspace(root, course).path(one))
    except UnreadableFile as error:
        raise click.UsageError(str(error)) from error
    digest = hashlib.sha256(data).hexdigest()

    async def hand_in(at: At) -> None:
        outcome = await at.do(HandIn(one.id, data))
        if isinstance(outcome, Queued) or no_wait:
            at.done(outcome, "Handed in.")
            return

        def mine() -> Any:
            own = at.room[Submissions].of(at.session.member.id if at.session.member else "", one.id)
            return next((each for each in reversed(own) if each.digest == digest and each.outcome is not None), None)

        judged = await at.until(mine, patience, "The hub's verdict")
        passed = judged.outcome == "passed"
        says = [f"{one.title}: {'✓ passed' if passed else judged.outcome} ({judged.passed_checks} of {judged.checks})"]
        says += [judged.mistake] if judged.mistake else [judged.says] if judged.says else []
        at.show(
            {"submission": judged.id, "exercise": one.id, "outcome": judged.outcome, "says": judged.says,
             "mistake": judged.mistake, "passed_checks": judged.passed_checks, "checks": judged.checks},
            says,
        )  # fmt: skip
        at.code = 0 if passed else 1

    where.talk(hand_in, offline=True)


@click.command("board")
@click.option("--month", help="Of this month, by its id; without it, of the room's.")
@where_options
def board_command(where: Where, month: str | None) -> None:
    """The month's exercises, by member: ✓ passed, ✗ tried, … waits for its verdict."""
    from cowork.rooms.board import build_board

    async def show(at: At) -> None:
        people = {one.member: one.name for one in at.session.people.get(at.room_id, {}).values()}
        made = build_board(at.room, people, month)
        width = max([len(one.title) for one in made.exercises], default=0)
        rows = [["", *(row.name for row in made.rows)]]
        for number, heading in enumerate(made.exercises):
            cells = [row.cells[number] for row in made.rows]
            rows.append(
                [heading.title.ljust(width), *(SIGNS[one.state] + ("…" if one.waiting else "") for one in cells)]
            )
        at.show({"board": made}, table(rows) if made.rows else "Nobody has handed anything in here yet.")

    where.talk(show)


@click.command("timer")
@click.argument("action", type=click.Choice(["show", "start", "pause", "resume", "stop"]), default="show")
@click.option("--focus", type=int, default=25, show_default=True, help="Minutes of a round.")
@click.option("--break", "rest", type=int, default=5, show_default=True, help="Minutes of a break.")
@click.option("--rounds", type=int, default=4, show_default=True)
@where_options
def timer_command(
    where: Where, action: Literal["show", "start", "pause", "resume", "stop"], focus: int, rest: int, rounds: int
) -> None:
    """The room's focus timer."""
    from cowork.rooms.timer import PauseTimer, ResumeTimer, StartTimer, StopTimer

    commands = {"start": StartTimer(focus, rest, rounds), "pause": PauseTimer(), "resume": ResumeTimer(),
                "stop": StopTimer()}  # fmt: skip

    async def work(at: At) -> None:
        if action != "show":
            done = await at.do(commands[action])
            await at.until(lambda: at.room.seq >= getattr(done, "seq", 0), 10, "The timer")
        timer = at.room[RoomTimer].timer
        if timer is None:
            at.show({"timer": None}, "No timer runs here.")
            return
        now = timer.at(at.session.clock())
        minutes, seconds = divmod(int(now.left), 60)
        paused = ", paused" if now.paused else ""
        line = "over" if now.phase == "over" else f"{now.phase}, {minutes}:{seconds:02} left{paused}"
        at.show({"timer": {"phase": now.phase, "round": now.round, "rounds": timer.rounds, "left": now.left,
                           "ends": now.ends, "paused": now.paused, "by": timer.name}},
                f"Round {now.round} of {timer.rounds}: {line}. Started by {timer.name}.")  # fmt: skip

    where.talk(work)
