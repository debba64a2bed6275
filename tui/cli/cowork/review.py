"""`fromscratch cowork review`: ask for a review, look at a source side by side with another, comment on its lines."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import click

from cowork.rooms.review import Reviews
from cowork.rooms.submissions import Submissions
from tui.cli.cowork.shared import At, Where, clock_time, table, where_options

if TYPE_CHECKING:
    from cowork.diff import DiffRow
    from cowork.rooms.review import Review, Thread
    from cowork.rooms.submissions import Submission

MARKS = {"same": "  ", "removed": "- ", "added": "+ "}


@click.group("review")
def review_command() -> None:
    """Reviews. A SUBMISSION is an id as `review submissions` lists them, or its beginning, or an exercise: then it is
    your own last one."""


@review_command.command("submissions")
@click.option("--exercise", help="Of this exercise only.")
@where_options
def submissions_command(where: Where, exercise: str | None) -> None:
    """What was handed in to the room, with the hub's verdicts."""

    async def submissions(at: At) -> None:
        found = [one for one in at.room[Submissions].all.values() if exercise in (None, one.exercise)]
        rows = [[one.id, clock_time(one.at), one.name, one.exercise, one.outcome or "waits"] for one in found]
        at.show({"submissions": found}, table(rows) or "Nothing was handed in.")

    where.talk(submissions)


@review_command.command("list")
@click.option("--all", "closed", is_flag=True, help="Closed ones too.")
@where_options
def list_command(where: Where, closed: bool) -> None:
    """The reviews that are open."""

    async def listed(at: At) -> None:
        found = [one for one in at.room[Reviews].all.values() if closed or not one.closed]
        rows = [
            [one.id, one.name, at.room[Submissions].find(one.id).exercise, f"{len(one.open_threads())} open", one.asks]
            for one in found
        ]
        at.show({"reviews": [_data(one) for one in found]}, table(rows) or "No review is open.")

    where.talk(listed)


@review_command.command("ask")
@click.argument("submission")
@click.argument("asks", default="")
@where_options
def ask_command(where: Where, submission: str, asks: str) -> None:
    """Ask the room to look at your SUBMISSION; ASKS says what you want to know."""
    from cowork.rooms.review import RequestReview

    async def ask(at: At) -> None:
        one = _find(at, submission)
        at.done(await at.do(RequestReview(one.id, asks)), "Asked.", submission=one.id)

    where.talk(ask)


@review_command.command("show")
@click.argument("submission")
@where_options
def show_command(where: Where, submission: str) -> None:
    """A source, with what was said about its lines."""

    async def show(at: At) -> None:
        one = _find(at, submission)
        review = at.room[Reviews].all.get(one.id)
        source = await _lines(at, one.id)
        shown = []
        for number, line in enumerate(source, 1):
            shown.append(f"{number:4}  {line}")
            for thread in review.on(number) if review else ():
                shown += _said(thread)
        at.show({"submission": one, "lines": source, "review": _data(review) if review else None}, shown)

    where.talk(show)


@review_command.command("diff")
@click.argument("submission")
@click.option("--against", help="This submission; without it, the one before of the same person.")
@where_options
def diff_command(where: Where, submission: str, against: str | None) -> None:
    """What changed from one submission to another."""
    from cowork.diff import rows
    from cowork.refusal import Refusal

    async def diff(at: At) -> None:
        right = _find(at, submission)
        before = at.room[Submissions].earlier(right)
        if against is None and not before:
            raise Refusal("unknown", f"{right.name} handed in nothing before that. Name another with --against.")
        left = before[-1] if against is None else _find(at, against)
        made = rows(await _lines(at, left.id), await _lines(at, right.id))
        shown = [f"- {left.name}, {clock_time(left.at)}", f"+ {right.name}, {clock_time(right.at)}"]
        at.show({"left": left, "right": right, "rows": made}, [*shown, *(line for row in made for line in _shown(row))])

    where.talk(diff)


@review_command.command("comment")
@click.argument("submission")
@click.argument("text")
@click.option("--line", type=int, default=0, help="The line that it is about.")
@click.option("--thread", type=int, help="The thread that it goes on with.")
@where_options
def comment_command(where: Where, submission: str, text: str, line: int, thread: int | None) -> None:
    """Say something about a line, or go on with a thread."""
    from cowork.rooms.review import AddComment

    where.do(lambda at: AddComment(_find(at, submission).id, text, line, thread), "Said.")


@review_command.command("resolve")
@click.argument("submission")
@click.argument("thread", type=int)
@click.option("--undo", is_flag=True, help="It is open again.")
@where_options
def resolve_command(where: Where, submission: str, thread: int, undo: bool) -> None:
    """Mark a THREAD as settled."""
    from cowork.rooms.review import ResolveThread

    where.do(lambda at: ResolveThread(_find(at, submission).id, thread, not undo))


@review_command.command("close")
@click.argument("submission")
@where_options
def close_command(where: Where, submission: str) -> None:
    """End a review; what was said stays."""
    from cowork.rooms.review import CloseReview

    where.do(lambda at: CloseReview(_find(at, submission).id), "Closed.")


def _find(at: At, text: str) -> Submission:
    """Raises Refusal("unknown")."""
    from cowork.refusal import Refusal

    work, me = at.room[Submissions], at.session.member
    own = work.of(me.id if me else "", text)
    found = own[-1:] or [one for one in work.all.values() if one.id.startswith(text) and text]
    if len(found) != 1:
        many = "Several were" if found else "Nothing was"
        raise Refusal("unknown", f"{many} handed in here as {text!r}. `review submissions` lists them.")
    return found[0]


async def _lines(at: At, id: str) -> list[str]:
    from cowork.rooms.submissions import SourceQuery
    from cowork.source_lines import lines_of

    return lines_of(base64.b64decode((await at.ask(SourceQuery(id)))["source"]))


def _data(review: Review) -> dict[str, Any]:
    return {
        "submission": review.id, "by": review.by, "name": review.name, "at": review.at, "asks": review.asks,
        "closed": review.closed, "threads": list(review.threads.values()),
    }  # fmt: skip


def _said(thread: Thread) -> list[str]:
    settled = f", settled by {thread.resolved_by}" if thread.resolved_by else ""
    said = [f"      | {one.name}: {' '.join(one.text.split())}" for one in thread.comments]
    return [f"      | thread {thread.id}{settled}", *said]


def _shown(row: DiffRow) -> list[str]:
    if row.kind == "changed":
        return [f"- {row.left:4}  {row.left_text}", f"+ {row.right:4}  {row.right_text}"]
    number, text = (row.left, row.left_text) if row.kind == "removed" else (row.right, row.right_text)
    return [f"{MARKS[row.kind]}{number:4}  {text}"]
