"""Verbs of `fromscratch cowork break`: inputs for each other's submissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cowork.refusal import Refusal
from cowork.rooms.break_it import Attempts
from cowork.rooms.submissions import Submissions
from exercises import inputs
from exercises.load import load_course
from tui.cli.cowork.shared import At, Where, table, where_options
from tui.cli.lazy_group import LazyGroup

if TYPE_CHECKING:
    from cowork.rooms.break_it import Attempt
    from cowork.rooms.submissions import Submission

HERE = "tui.cli.cowork.break_it"
SIGNS = {"survived": "✓ survived", "broke": "✗ broke", "invalid": "– invalid", None: "… waits"}


@click.group("break", cls=LazyGroup, modules=dict.fromkeys(("probes", "try", "list", "table"), HERE))
def break_command() -> None:
    """Try to break what others handed in, with data for an exercise's probes."""


@click.command("probes")
@click.argument("exercise")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def probes_command(exercise: str, as_json: bool) -> None:
    """What an EXERCISE may be asked with. No hub is needed for that."""
    from tui.cli.cowork.shared import say_json

    found = inputs.probes(load_course().exercise(exercise)).values()
    if as_json:
        takes = [
            {"name": probe.name, "says": probe.summary, "default": probe.complete({}),
             "takes": {one.name: one.description() for one in probe.arguments}}
            for probe in found
        ]  # fmt: skip
        say_json({"exercise": exercise, "probes": takes})
        return
    for probe in found:
        click.echo(f"{probe.name}  {probe.summary}")
        for one in probe.arguments:
            click.echo(f"    {one.name}: {one.description()} ({inputs.format_value(probe.complete({})[one.name])})")
    if not found:
        click.echo("No probe of this exercise takes an input.")


@click.command("try")
@click.argument("submission")
@click.argument("probe")
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--by-chance", type=click.IntRange(1, 50), help="So many inputs by chance, until one breaks it.")
@click.option("--no-wait", is_flag=True, help="Do not wait for the answer.")
@click.option("--patience", type=float, default=300, show_default=True, help="Wait so many seconds at most.")
@where_options
def try_command(
    where: Where, submission: str, probe: str, values: tuple[str, ...], by_chance: int | None, no_wait: bool,
    patience: float,
) -> None:  # fmt: skip
    """Put an input to a SUBMISSION: its id, or somebody's last one as NAME/EXERCISE.

    Values: rows=3, ids=1,2,3, text="any words"; text may have escapes such as \\n and \\u0301."""
    from cowork.client.command_queue import Queued
    from cowork.rooms.break_it import TryInput, TryRandomInputs

    written = _written(values)

    async def put(at: At) -> None:
        one = _submission(at, submission)
        takes = {each.name: each for each in _probe(one.exercise, probe).arguments}
        try:
            given = {
                name: inputs.parse_value(takes[name], words) if name in takes else words
                for name, words in written.items()
            }
        except inputs.InvalidInput as error:
            raise Refusal("input", str(error)) from None
        if by_chance is not None:
            before = set(at.room[Attempts].all)
            done = await at.do(TryRandomInputs(one.id, probe, by_chance))
        else:
            before = set()
            done = await at.do(TryInput(one.id, probe, given))
        if isinstance(done, Queued) or no_wait:
            at.done(done, "It is on its way.")
            return

        def answered() -> Attempt | None:
            if by_chance is None:
                found = at.room[Attempts].find_same(one.id, probe, _probe(one.exercise, probe).complete(given))
            else:
                own = at.session.member.id if at.session.member else ""
                fresh = (each for id, each in at.room[Attempts].all.items() if id not in before)
                found = next((each for each in fresh if each.by == own and each.arguments is None), None)
            return found if found is not None and found.outcome is not None else None

        found = await at.until(answered, patience, "The answer")
        at.show({"attempt": found}, _told(at, found))

    where.talk(put)


@click.command("list")
@click.option("--of", "submission", help="On this submission alone: its id, or NAME/EXERCISE.")
@where_options
def list_command(where: Where, submission: str | None) -> None:
    """What was tried, and how it went."""

    async def show(at: At) -> None:
        wanted = _submission(at, submission).id if submission else None
        found = [one for one in at.room[Attempts].all.values() if wanted in (None, one.submission)]
        lines = [line for one in found for line in _told(at, one)]
        at.show({"attempts": found}, lines or ["Nobody has tried to break anything here yet."])

    where.talk(show)


@click.command("table")
@where_options
def table_command(where: Where) -> None:
    """Who broke what: what one tries on one's own counts for nothing."""

    async def show(at: At) -> None:
        rows = at.room[Attempts].scores(at.room[Submissions].all)
        told = [["", "broke", "tried in vain", "own stood", "own fell"]]
        told += [[row.name, str(row.broke), str(row.survived), str(row.stood), str(row.fell)] for row in rows]
        at.show({"table": rows}, table(told) if rows else "Nobody has tried to break anything here yet.")

    where.talk(show)


def _written(values: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for value in values:
        name, is_there, words = value.partition("=")
        if not is_there:
            raise click.UsageError(f"`{value}` is no NAME=VALUE.")
        found[name] = words
    return found


def _probe(exercise: str, name: str) -> inputs.Probe:
    """Raises Refusal("input") where there is none."""
    try:
        return inputs.probe(load_course().exercise(exercise), name)
    except inputs.InvalidInput as error:
        raise Refusal("input", str(error)) from None


def _submission(at: At, wanted: str) -> Submission:
    """By its id, or the last of somebody for an exercise, with its verdict where one has it."""
    known = at.room[Submissions].all
    if wanted in known:
        return known[wanted]
    name, _, exercise = wanted.partition("/")
    theirs = [one for one in known.values() if one.name.casefold() == name.casefold() and one.exercise == exercise]
    judged = [one for one in theirs if one.outcome is not None]
    if not theirs:
        raise Refusal(
            "unknown", f"Nothing was handed in here as {wanted!r}. `fromscratch cowork board` shows what was."
        )
    return (judged or theirs)[-1]


def _told(at: At, one: Attempt) -> list[str]:
    from cowork.rooms.break_it import format_call

    of = at.room[Submissions].all[one.submission]
    asked = f"{one.probe}, {one.tries} by chance" if one.arguments is None else format_call(one.probe, one.arguments)
    lines = [f"{SIGNS[one.outcome]}  {of.name}'s {of.exercise}: {asked}  ({one.name}{', own' * one.own})"]
    lines += [f"    {one.says}"] if one.says else []
    if one.smallest is not None:
        lines.append(f"    smallest: {format_call(one.probe, one.smallest)}")
        lines += [f"    gave      {one.theirs}"] if one.theirs else []
        lines.append(f"    expected  {one.expected}")
    return lines
