"""The verbs of `fromscratch cowork` for the whole cohort: progress, export, similar sources (organisers only)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from cowork.cohort.statistics import Cohort
from cowork.rooms.base import Room
from cowork.rooms.submissions import Submissions
from tui.cli.cowork.room_client import RoomClient, Target, table, with_client
from tui.cli.terminal import echo, echo_file

if TYPE_CHECKING:
    from cowork.cohort.similarity_report import ReportedPair


@click.command("cohort")
@with_client(enter=False)
async def cohort_command(client: RoomClient) -> None:
    """Print everybody's progress, who is stuck, and common mistakes. +N: tried, not passed."""
    cohort = msgspec.convert(await client.request("cohort"), Cohort)
    client.show({"cohort": cohort}, _cohort_lines(cohort))


def _cohort_lines(cohort: Cohort) -> list[str]:
    heading = ["", *(f"{month.id} ({month.exercises})" for month in cohort.months)]
    rows = [
        [member.name, *(f"{passed}" + (f" +{tried}" if tried else "") for passed, tried in member.months)]
        for member in cohort.members
    ]
    lines = table([heading, *rows])
    if cohort.stuck:
        lines += ["", "Stuck"]
    for stuck in cohort.stuck:
        who = ", ".join(f"{member.name} ({member.tries} tries)" for member in stuck.who)
        more = f" and {stuck.people - len(stuck.who)} more" if stuck.people > len(stuck.who) else ""
        lines.append(f"  {stuck.title}: {who}{more}; {stuck.passed} passed")
    if cohort.mistakes:
        lines += ["", "Mistakes"]
    return lines + [f"  {mistake.people} in {mistake.title}: {mistake.says}" for mistake in cohort.mistakes]


@click.command("export")
@click.option("--hub", help="The hub, by its title (default: the one joined last).")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path, allow_dash=True), help="Write CSV to this file.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, allow_dash=True), help="Write JSON to this file.")
def export_command(hub: str | None, csv_file: Path | None, json_file: Path | None) -> None:
    """Export all results by member and exercise. `-` is standard output."""
    files = [(kind, file) for kind, file in (("csv", csv_file), ("json", json_file)) if file is not None]
    if not files:
        raise click.UsageError("Name a file to write: --csv FILE, --json FILE, or both.")

    async def export(client: RoomClient) -> None:
        for kind, file in files:
            answer = await client.request("export", kind=kind)
            pieces = [answer["text"]]
            for piece in range(1, answer["pieces"]):
                pieces.append((await client.request("export", id=answer["id"], piece=piece))["text"])
            data = "".join(pieces).encode()
            if str(file) == "-":
                echo_file(data)  # the hub has cleaned the texts
                continue
            try:
                file.write_bytes(data)
            except OSError as error:
                raise click.UsageError(f"{file} cannot be written: {error.strerror}.") from error
            echo(f"Written: {file}", err=True)

    Target(hub, None, False).run(export, enter=False)


@click.command("similar")
@click.argument("exercise", required=False)
@click.option("--threshold", type=click.FloatRange(0.3, 1), help="The minimum similarity, from 0.3 to 1.")
@with_client(enter=False)
async def similar_command(client: RoomClient, exercise: str | None, threshold: float | None) -> None:
    """Print sources that are more similar than the exercise explains. This is no proof of copying. Without EXERCISE,
    compare the sources of each exercise that two people have handed in."""
    from cowork.cohort.similarity import THRESHOLD
    from cowork.cohort.similarity_report import SimilarityReport

    ids = [exercise] if exercise else exercises_of_several(await client.rooms())
    answers = [await client.request("similar", exercise=id, threshold=threshold or THRESHOLD) for id in ids]
    reports = [msgspec.convert(answer, SimilarityReport) for answer in answers]
    lines = []
    for report in reports:
        if exercise or report.pairs:
            lines += [report.says, ""]
        lines += [line for pair in report.pairs for line in _pair_lines(report.exercise, pair)]
    compared, total = sum(report.compared for report in reports), sum(report.of for report in reports)
    lines.append(f"{compared} of {total} sources had enough code of their own to be compared.")
    client.show({"reports": reports}, lines if ids else "No exercise has been handed in by two people yet.")


def exercises_of_several(rooms: Sequence[Room]) -> list[str]:
    """The ids of the exercises that at least two people have handed in."""
    people: dict[str, set[str]] = {}
    for room in rooms:
        for submission in room[Submissions].all.values():
            people.setdefault(submission.exercise, set()).add(submission.by)
    return sorted(exercise for exercise, members in people.items() if len(members) > 1)


def _pair_lines(exercise: str, pair: ReportedPair) -> list[str]:
    lines = [f"{exercise}: {pair.left.name} and {pair.right.name}, {pair.alike:.0%} of their own code",
             f"  {pair.left.submission} and {pair.right.submission}"]  # fmt: skip
    for (first, last), (other_first, other_last) in ((fragment.left, fragment.right) for fragment in pair.fragments):
        lines.append(f"  lines {first} to {last}, and {other_first} to {other_last}")
    return lines
