"""The verbs of `fromscratch cowork break`: try inputs on other people's submissions."""

from __future__ import annotations

import click

from cowork.refusal import Refusal
from cowork.rooms.break_it import MAX_RANDOM_INPUTS, Attempt, Attempts, TryInput, TryRandomInputs, format_call
from cowork.rooms.submissions import Submission, Submissions
from exercises import inputs
from exercises.load import load_course
from tui.cli.cowork.room_client import RoomClient, print_json, table, with_client
from tui.cli.lazy_group import LazyGroup
from tui.cli.terminal import echo

OUTCOMES = {"survived": "✓ survived", "broke": "✗ broke", "invalid": "– invalid", None: "… waits"}
NO_ATTEMPTS = "Nobody has tried to break anything here yet."


def _parse_assignments(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    texts = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals:
            raise click.UsageError(f"`{value}` is not of the form NAME=VALUE.")
        texts[name] = text
    return texts


@click.group("break", cls=LazyGroup, modules=dict.fromkeys(("probes", "try", "list", "table"), __name__))
def break_command() -> None:
    """Try to break others' submissions with your inputs."""


@click.command("probes")
@click.argument("exercise")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def probes_command(exercise: str, as_json: bool) -> None:
    """List the probes of an EXERCISE and their arguments. Works without a hub."""
    probes = inputs.probes(load_course().exercise(exercise)).values()
    if as_json:
        data = [
            {"name": probe.name, "says": probe.summary, "default": probe.complete({}),
             "takes": {argument.name: argument.description() for argument in probe.arguments}}
            for probe in probes
        ]  # fmt: skip
        print_json({"exercise": exercise, "probes": data})
        return
    for probe in probes:
        echo(f"{probe.name}  {probe.summary}")
        for argument in probe.arguments:
            default = inputs.format_value(probe.complete({})[argument.name])
            echo(f"    {argument.name}: {argument.description()} ({default})")
    if not probes:
        echo("No probe of this exercise takes an input.")


@click.command("try")
@click.argument("submission")
@click.argument("probe")
@click.argument("texts", nargs=-1, metavar="[NAME=VALUE]...", callback=_parse_assignments)
@click.option("--by-chance", type=click.IntRange(1, MAX_RANDOM_INPUTS), metavar="N",
              help="Try up to N random inputs, until one breaks the submission.")  # fmt: skip
@click.option("--no-wait", is_flag=True, help="Do not wait for the result.")
@click.option("--patience", type=float, default=300, show_default=True, help="Wait at most this many seconds.")
@with_client()
async def try_command(
    client: RoomClient, submission: str, probe: str, texts: dict[str, str], by_chance: int | None, no_wait: bool,
    patience: float,
) -> None:  # fmt: skip
    """Try an input on a SUBMISSION: its id, or NAME/EXERCISE for a member's last one.

    Values: rows=3, ids=1,2,3, text="any words"; text may contain escapes such as \\n and \\u0301."""
    from cowork.client.command_queue import Queued

    chosen = _find_submission(client, submission)
    before = set(client.room[Attempts].all)
    arguments = _parse_values(chosen.exercise, probe, texts)
    if by_chance is not None:
        outcome = await client.do(TryRandomInputs(chosen.id, probe, by_chance))
    else:
        outcome = await client.do(TryInput(chosen.id, probe, arguments))
    if isinstance(outcome, Queued) or no_wait:
        client.report(outcome, "The hub has received the input.")
        return

    def find_result() -> Attempt | None:
        attempts = client.room[Attempts]
        if by_chance is None:
            complete = inputs.probe(load_course().exercise(chosen.exercise), probe).complete(arguments)
            attempt = attempts.find_same(chosen.id, probe, complete)
        else:
            new = (attempt for id, attempt in attempts.all.items() if id not in before)
            mine = (each for each in new if each.by == client.member_id and each.arguments is None)
            attempt = next(mine, None)
        return attempt if attempt is not None and attempt.outcome is not None else None

    result = await client.wait_for(find_result, "The result", patience)
    client.show({"attempt": result}, _attempt_lines(client, result))


@click.command("list")
@click.option("--of", "submission", help="Only those on this submission: its id, or NAME/EXERCISE.")
@with_client()
async def list_command(client: RoomClient, submission: str | None) -> None:
    """List the attempts and their results."""
    wanted = _find_submission(client, submission).id if submission else None
    attempts = [each for each in client.room[Attempts].all.values() if wanted in (None, each.submission)]
    lines = [line for attempt in attempts for line in _attempt_lines(client, attempt)]
    client.show({"attempts": attempts}, lines or [NO_ATTEMPTS])


@click.command("table")
@with_client()
async def table_command(client: RoomClient) -> None:
    """Print the scores. Breaking your own code does not score."""
    scores = client.room[Attempts].scores(client.room[Submissions].all)
    rows = [["", "broke", "failed to break", "own survived", "own broken"]]
    rows += [[score.name, str(score.broke), str(score.survived), str(score.stood), str(score.fell)] for score in scores]
    client.show({"table": scores}, table(rows) if scores else NO_ATTEMPTS)


def _parse_values(exercise: str, name: str, texts: dict[str, str]) -> inputs.Arguments:
    """Parses values by the type of the probe's arguments; the hub refuses unknown names."""
    try:
        probe = inputs.probe(load_course().exercise(exercise), name)
        arguments = {argument.name: argument for argument in probe.arguments}
        return {
            name: inputs.parse_value(arguments[name], text) if name in arguments else text
            for name, text in texts.items()
        }
    except inputs.InvalidInput as error:
        raise Refusal("input", str(error)) from None


def _find_submission(client: RoomClient, wanted: str) -> Submission:
    """Finds a submission by its id, or a member's last graded one for NAME/EXERCISE (the last one if none is)."""
    submissions = client.room[Submissions].all
    if wanted in submissions:
        return submissions[wanted]
    name, _, exercise = wanted.partition("/")
    matches = [each for each in submissions.values() if each.exercise == exercise]
    matches = [each for each in matches if each.name.casefold() == name.casefold()]
    graded = [submission for submission in matches if submission.outcome is not None]
    if not matches:
        says = f"Nothing was handed in here as {wanted!r}. `fromscratch cowork board` shows what was."
        raise Refusal("unknown", says)
    return (graded or matches)[-1]


def _attempt_lines(client: RoomClient, attempt: Attempt) -> list[str]:
    submission = client.room[Submissions].all[attempt.submission]
    call = f"{attempt.probe}, {attempt.tries} random inputs"
    if attempt.arguments is not None:
        call = format_call(attempt.probe, attempt.arguments)
    by = f"{attempt.name}{', own' * attempt.own}"
    lines = [f"{OUTCOMES[attempt.outcome]}  {submission.name}'s {submission.exercise}: {call}  ({by})"]
    lines += [f"    {attempt.says}"] if attempt.says else []
    if attempt.smallest is not None:
        lines.append(f"    smallest: {format_call(attempt.probe, attempt.smallest)}")
        lines += [f"    returned  {attempt.theirs}"] if attempt.theirs else []
        lines.append(f"    expected  {attempt.expected}")
    return lines
