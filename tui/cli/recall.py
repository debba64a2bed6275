"""`fromscratch recall`: passed exercises again from memory, in five minutes, from an empty stub."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import click

from engine.errors import EngineError
from exercises.course import Course
from exercises.exercise import Exercise
from exercises.quiz import Question
from grader.errors import GraderError
from grader.verdict import Verdict
from learner import from_memory
from learner.progress import Progress
from learner.returns import Memory, Return, comes_back
from learner.workspace import Workspace
from tui.cli.grading import open_grader
from tui.cli.print_verdict import print_verdict
from tui.cli.questions import ask, explain
from tui.cli.terminal import echo, echo_json
from tui.cli.workspace import open_workspace
from tui.formatting import plural
from tui.learner_context import local_now
from tui.recall_check import check_return, without_help
from tui.recall_words import BAR, clock_text, due_text, filled, result_text, state_of, state_text


class _Learner(NamedTuple):
    course: Course
    workspace: Workspace
    progress: Progress

    def memories(self) -> list[Memory]:
        return self.progress.memories(self.course, local_now())

    def memory(self, name: str) -> Memory:
        """Returns the memory of the exercise with this id or title. Raises UsageError before its first pass."""
        exercise = self.course.exercise(name)
        for memory in self.memories():
            if memory.exercise is exercise:
                return memory
        if not comes_back(exercise):
            raise click.UsageError(f"{exercise.id} trains a model, which does not fit into five minutes.")
        raise click.UsageError(f"{exercise.id} has not passed yet, so it cannot come back. Pass it first.")

    def latest(self, name: str | None) -> tuple[Exercise, Return]:
        """Returns the latest return of an exercise, or of all. Raises UsageError if there is none."""
        memories = [self.memory(name)] if name else self.memories()
        returns = [(memory.exercise, memory.latest) for memory in memories if memory.latest is not None]
        if not returns:
            which = f" of {name}" if name else ""
            raise click.UsageError(f"You have started no return{which} yet. `fromscratch recall start` starts one.")
        return max(returns, key=lambda pair: pair[1].started)


@contextlib.contextmanager
def _open(root: Path) -> Iterator[_Learner]:
    with open_workspace(root) as (course, workspace, progress):
        yield _Learner(course, workspace, progress)


@click.group("recall", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def recall_command(ctx: click.Context, as_json: bool) -> None:
    """Write passed exercises again from memory: an empty stub, five minutes, no hints.

    An exercise comes back a week, a month and three months after a pass; then the intervals grow. Without a command,
    it lists how well you remember each exercise. Nobody else sees any of it.
    """
    if ctx.invoked_subcommand is not None:
        return
    with _open(ctx.obj) as learner:
        now, memories = local_now(), learner.memories()
        if as_json:
            echo_json({"version": 1, "memories": [_data(learner, memory, now) for memory in memories]})
            return
        if not memories:
            echo("Nothing comes back yet: an exercise comes back a week after you pass it.")
            return
        due = [memory for memory in memories if memory.is_due(now)]
        width = max(len(memory.exercise.id) for memory in memories)
        for memory in sorted(
            memories, key=lambda memory: ("open", "due", "put off", "later").index(state_of(memory, now))
        ):
            bar = "█" * filled(memory) + "·" * (BAR - filled(memory))
            echo(f"{bar} {memory.word:<6}  {memory.exercise.id:<{width}}  {state_text(memory, now)}")
        echo(f"{due_text(len(due))}." + (" `fromscratch recall start` starts the first." if due else ""))


def _data(learner: _Learner, memory: Memory, now: datetime) -> dict[str, Any]:
    """Returns a memory for JSON, with times in UTC."""
    retention, latest = memory.retention, memory.latest
    returns = [
        {"number": known.number, "file": str(from_memory.path_of(learner.workspace, known)),
         "state": known.state(now), "started": known.started.isoformat(), "seconds_left": known.seconds_left(now)}
        for known in memory.returns
    ]  # fmt: skip
    has_ended = latest is not None and latest.state(now) != "open"
    questions = learner.progress.open_questions(memory.exercise, latest) if latest and has_ended else []
    return {
        "id": memory.exercise.id,
        "state": state_of(memory, now),
        "due": retention.due.isoformat(),
        "interval_days": retention.interval.days,
        "put_off_until": memory.off_until.isoformat() if memory.off_until else None,
        "retrievability": round(retention.retrievability, 4),
        "word": memory.word,
        "returns": returns,
        "open_questions": len(questions),
    }


@recall_command.command("start")
@click.argument("id", required=False)
@click.pass_obj
def start_command(root: Path, id: str | None) -> None:
    """Start the return of exercise ID, or of the first that is due, or continue it. Prints the new file."""
    with _open(root) as learner:
        now = local_now()
        memories = [learner.memory(id)] if id else [m for m in learner.memories() if m.open(now) or m.is_due(now)]
        if not memories:
            echo("Nothing is due from memory.")
            sys.exit(1)
        memory = memories[0]
        exercise = memory.exercise
        started, path = from_memory.start(learner.workspace, learner.progress, exercise)
        left = clock_text(started.seconds_left(local_now()))
        echo(f"{exercise.title} ({exercise.id}), from memory: {left} left", bold=True)
        echo(str(path))
        if now < memory.retention.due:
            echo("It is not due yet, so this is practice: it does not change when the exercise comes back.")
        echo(f"`fromscratch recall check {exercise.id}` checks it, `recall stop {exercise.id}` ends it.")


@recall_command.command("check")
@click.argument("id", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def check_command(root: Path, id: str | None, as_json: bool) -> None:
    """Check the file of the latest return. A pass within five minutes counts as recalled.

    While the time runs, the verdict names no mistake. Exit codes: 0 passed; 1 not passed; 2 wrong usage or an error.
    """
    with _open(root) as learner:
        exercise, started = learner.latest(id)
        try:
            verdict, ended = asyncio.run(_check(learner, exercise, started))
        except (EngineError, GraderError) as error:
            echo(str(error), err=True)
            sys.exit(2)
        if ended.state(local_now()) == "open":
            verdict = without_help(verdict)
        if as_json:
            from msgspec import to_builtins

            echo_json(
                {
                    "version": 1,
                    "return": ended.number,
                    "state": ended.state(local_now()),
                    "verdict": to_builtins(verdict),
                }
            )
        else:
            print_verdict(verdict, exercise)
            _print_end(learner, exercise, ended)
        sys.exit(0 if verdict.passed else 1)


async def _check(learner: _Learner, exercise: Exercise, started: Return) -> tuple[Verdict, Return]:
    async with open_grader() as grader:
        return await check_return(grader, learner.workspace, learner.progress, exercise, started, local_now)


def _print_end(learner: _Learner, exercise: Exercise, started: Return) -> None:
    """Prints the time that is left, or else how the return ended and whether there are questions."""
    now = local_now()
    if started.state(now) == "open":
        echo(f"{clock_text(started.seconds_left(now))} left.")
        return
    echo(result_text(started, learner.memory(exercise.id), now))
    if questions := learner.progress.open_questions(exercise, started):
        echo(f"`fromscratch recall question {exercise.id}` asks {plural(len(questions), 'question')} on your mistakes.")


@recall_command.command("stop")
@click.argument("id", required=False)
@click.pass_obj
def stop_command(root: Path, id: str | None) -> None:
    """End the open return. It counts as not recalled; its file stays."""
    with _open(root) as learner:
        exercise, started = learner.latest(id)
        if started.state(local_now()) != "open":
            raise click.UsageError(f"No return of {exercise.id} is open.")
        _print_end(learner, exercise, learner.progress.end_return(started, passed=False))


@recall_command.command("put-off")
@click.argument("id")
@click.option("--week", is_flag=True, help="Put it off for a week, not only until tomorrow.")
@click.pass_obj
def put_off_command(root: Path, id: str, week: bool) -> None:
    """Put off an exercise that is due, until tomorrow or for a week."""
    with _open(root) as learner:
        now, memory = local_now(), learner.memory(id)
        if memory.retention.due > now:
            raise click.UsageError(f"{memory.exercise.id} is not due: it {state_text(memory, now)}.")
        if memory.open(now) is not None:
            raise click.UsageError(
                f"{memory.exercise.id} is open: `fromscratch recall stop {memory.exercise.id}` ends it."
            )
        learner.progress.put_off(memory.exercise.id, from_memory.tomorrow(now, 7 if week else 1))
        echo(f"{memory.exercise.id} is {state_text(learner.memory(id), now)}.")


@recall_command.command("question")
@click.argument("id", required=False)
@click.pass_obj
def question_command(root: Path, id: str | None) -> None:
    """Answer questions on your own mistakes, after a return: a to d answers, q quits."""
    with _open(root) as learner:
        exercise, ended = learner.latest(id)
        if ended.state(local_now()) == "open":
            raise click.UsageError(f"The return of {exercise.id} is still open. The questions come after it.")
        questions = learner.progress.open_questions(exercise, ended)
        if not questions:
            echo(f"There is no open question on a mistake of yours at {exercise.id}.")
        for question in questions:
            if not _ask(learner, exercise, ended, question):
                sys.exit(1)


def _ask(learner: _Learner, exercise: Exercise, ended: Return, question: Question) -> bool:
    """Asks a question and stores the answer. Returns False if the learner quits."""
    order = question.shuffled(ended.number)
    choice = ask("", question, order)
    if choice is None:
        return False
    learner.progress.record_answer(exercise, ended, question, choice)
    explain(question, order, choice)
    return True
