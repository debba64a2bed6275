"""Verbs of `fromscratch cowork` for organisers: the cohort, its export, and sources to look at together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.cowork.shared import At, Where, table, where_options

if TYPE_CHECKING:
    from cowork.cohort.similarity_report import ReportedPair


@click.command("cohort")
@where_options
def cohort_command(where: Where) -> None:
    """All members by month (passed, and tried but not passed), who is stuck where, and which mistakes are common."""

    async def cohort(at: At) -> None:
        import msgspec

        from cowork.cohort.statistics import Cohort

        made = msgspec.convert(await at.request("cohort"), Cohort)
        heads = ["", *(f"{month.id} ({month.exercises})" for month in made.months)]
        rows = [
            [one.name, *(f"{passed}" + (f" +{tried}" if tried else "") for passed, tried in one.months)]
            for one in made.members
        ]
        lines = table([heads, *rows])
        if made.stuck:
            lines += ["", "Stuck"]
        for stuck in made.stuck:
            who = ", ".join(f"{one.name} ({one.tries} tries)" for one in stuck.who)
            more = f" and {stuck.people - len(stuck.who)} more" if stuck.people > len(stuck.who) else ""
            lines.append(f"  {stuck.title}: {who}{more}; {stuck.passed} passed")
        if made.mistakes:
            lines += ["", "Mistakes"]
        for mistake in made.mistakes:
            lines.append(f"  {mistake.people} in {mistake.title}: {mistake.says}")
        at.show({"cohort": made}, lines)

    where.talk(cohort, enter=False)


@click.command("export")
@click.option("--hub", help="Which hub, by its title; without it, the one joined last.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path, allow_dash=True), help="For a spreadsheet.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, allow_dash=True), help="For programs.")
def export_command(hub: str | None, csv_file: Path | None, json_file: Path | None) -> None:
    """Write all verdicts by member and exercise into files; `-` is standard output."""
    wanted = [(kind, file) for kind, file in (("csv", csv_file), ("json", json_file)) if file is not None]
    if not wanted:
        raise click.UsageError("Say where to: --csv FILE, --json FILE, or both.")

    async def export(at: At) -> None:
        for kind, file in wanted:
            answer = await at.request("export", kind=kind)
            text = [answer["text"]]
            for piece in range(1, answer["pieces"]):
                text.append((await at.request("export", id=answer["id"], piece=piece))["text"])
            data = "".join(text).encode()
            if str(file) == "-":
                click.echo(data, nl=False)
                continue
            try:
                file.write_bytes(data)
            except OSError as error:
                raise click.UsageError(f"{file} cannot be written ({error.strerror}).") from error
            click.echo(f"Written: {file}", err=True)

    Where(hub, None, False).talk(export, enter=False)


@click.command("similar")
@click.argument("exercise", required=False)
@click.option("--threshold", type=click.FloatRange(0.3, 1), help="How alike, from 0.3 to 1.")
@where_options
def similar_command(where: Where, exercise: str | None, threshold: float | None) -> None:
    """Sources worth looking at together: alike beyond what the exercise makes alike. It proves nothing."""

    async def similar(at: At) -> None:
        import msgspec

        from cowork.cohort.similarity import THRESHOLD
        from cowork.cohort.similarity_report import SimilarityReport
        from exercises.load import load_course

        ids = [exercise] if exercise else [one.id for one in load_course().exercises]
        made = [
            msgspec.convert(
                await at.request("similar", exercise=id, threshold=threshold or THRESHOLD), SimilarityReport
            )
            for id in ids
        ]
        lines = [line for one in made if one.pairs for line in [one.says, ""]][:2]
        for one in made:
            lines += [line for pair in one.pairs for line in _told(one.exercise, pair)]
        compared, of = sum(one.compared for one in made), sum(one.of for one in made)
        lines.append(f"{compared} of {of} sources had enough of their own to be compared.")
        at.show({"reports": made}, lines)

    where.talk(similar, enter=False)


def _told(exercise: str, pair: ReportedPair) -> list[str]:
    return [
        f"{exercise}: {pair.left.name} and {pair.right.name}, {pair.alike:.0%} of what is their own",
        f"  {pair.left.submission} and {pair.right.submission}",
        *(f"  lines {one.left[0]} to {one.left[1]}, and {one.right[0]} to {one.right[1]}" for one in pair.fragments),
    ]
