"""The verbs of `fromscratch cowork review`: ask for a review, compare submissions, comment on lines."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import click

from cowork.refusal import Refusal
from cowork.rooms.review import (
    AddComment,
    CloseReview,
    RemoveReviewText,
    RequestReview,
    ResolveThread,
    ReviewTextsQuery,
)
from cowork.rooms.review_state import Review, Reviews, ReviewText, Thread
from cowork.rooms.submissions import SourceQuery, Submission, Submissions
from tui.cli.cowork.room_client import RoomClient, format_time, table, with_client

if TYPE_CHECKING:
    from cowork.diff import DiffRow

ROW_SIGNS = {"same": "  ", "removed": "- ", "added": "+ "}


@click.group("review")
def review_command() -> None:
    """Ask for reviews and review others' submissions.

    A SUBMISSION is an id from `review submissions`, the beginning of one, or an exercise for your own last submission.
    """


@review_command.command("submissions")
@click.option("--exercise", help="Only those for this exercise.")
@with_client(enter=False)
async def submissions_command(client: RoomClient, exercise: str | None) -> None:
    """List the submissions in all rooms, or in --room, with the hub's verdicts."""
    submissions = [
        each for room in await client.rooms() for each in room[Submissions].all.values()
        if exercise in (None, each.exercise)
    ]  # fmt: skip
    rows = [[each.id, format_time(each.at), each.name, each.exercise, each.outcome or "waits"] for each in submissions]
    client.show({"submissions": submissions}, table(rows) or "Nothing was handed in.")


@review_command.command("list")
@click.option("--all", "closed", is_flag=True, help="List closed reviews too.")
@with_client(enter=False)
async def list_command(client: RoomClient, closed: bool) -> None:
    """List the open reviews in all rooms, or in --room."""
    reviews = [
        (room, review) for room in await client.rooms() for review in room[Reviews].all.values()
        if closed or not review.closed
    ]  # fmt: skip
    rows = [
        [review.id, review.name, room[Submissions].find(review.id).exercise, f"{len(review.open_threads())} open",
         review.asks]
        for room, review in reviews
    ]  # fmt: skip
    client.show({"reviews": [review_data(review) for _, review in reviews]}, table(rows) or "No review is open.")


@review_command.command("ask")
@click.argument("submission")
@click.argument("asks", default="")
@click.option("--private", is_flag=True, help="Only the reviewer who claims it sees the source, texts and verdict.")
@with_client(enter=False)
async def ask_command(client: RoomClient, submission: str, asks: str, private: bool) -> None:
    """Ask for a review of your SUBMISSION, passed or not; ASKS is your question about it."""
    selected = await find_submission(client, submission)
    await client.execute(RequestReview(selected.id, asks, private), "Asked.", submission=selected.id)


@review_command.command("show")
@click.argument("submission")
@with_client(enter=False)
async def show_command(client: RoomClient, submission: str) -> None:
    """Print a submission's source with the comments on its lines."""
    selected = await find_submission(client, submission)
    review = client.room[Reviews].all.get(selected.id)
    source = await _source_lines(client, selected.id)
    if review is not None and review.private:
        review = review.with_texts(await client.ask(ReviewTextsQuery(review.id)))
    lines = review_lines(review) if review is not None else []
    for number, line in enumerate(source, 1):
        lines.append(f"{number:4}  {line}")
        for thread in review.on(number) if review else ():
            lines += _thread_lines(thread)
    data = {"submission": selected, "lines": source, "review": review_data(review) if review else None}
    client.show(data, lines)


@review_command.command("diff")
@click.argument("submission")
@click.option("--against", help="Compare with this submission (default: the same member's one before).")
@with_client(enter=False)
async def diff_command(client: RoomClient, submission: str, against: str | None) -> None:
    """Print the difference between two submissions."""
    from cowork.diff import diff_rows

    right = await find_submission(client, submission)
    before = client.room[Submissions].earlier(right)
    if against is None and not before:
        raise Refusal("unknown", f"{right.name} handed in nothing before that. Choose one with --against.")
    left = before[-1] if against is None else await find_submission(client, against)
    rows = diff_rows(await _source_lines(client, left.id), await _source_lines(client, right.id))
    lines = [f"- {left.name}, {format_time(left.at)}", f"+ {right.name}, {format_time(right.at)}"]
    lines += [line for row in rows for line in _row_lines(row)]
    client.show({"left": left, "right": right, "rows": rows}, lines)


@review_command.command("comment")
@click.argument("submission")
@click.argument("text")
@click.option("--line", type=int, default=0, help="Comment on this line.")
@click.option("--thread", type=int, help="Reply to this thread.")
@with_client(enter=False)
async def comment_command(client: RoomClient, submission: str, text: str, line: int, thread: int | None) -> None:
    """Comment on a line, or reply to a thread."""
    await client.execute(AddComment((await find_submission(client, submission)).id, text, line, thread), "Added.")


@review_command.command("resolve")
@click.argument("submission")
@click.argument("thread", type=int)
@click.option("--undo", is_flag=True, help="Reopen the thread.")
@with_client(enter=False)
async def resolve_command(client: RoomClient, submission: str, thread: int, undo: bool) -> None:
    """Mark a THREAD as resolved."""
    await client.execute(ResolveThread((await find_submission(client, submission)).id, thread, not undo))


@review_command.command("take-back")
@click.argument("submission")
@click.argument("text", type=int)
@with_client(enter=False)
async def take_back_command(client: RoomClient, submission: str, text: int) -> None:
    """Remove a TEXT of a review for good, by its number in `review show`: your own, or any as an organiser."""
    await client.execute(RemoveReviewText((await find_submission(client, submission)).id, text), "Removed.")


@review_command.command("close")
@click.argument("submission")
@with_client(enter=False)
async def close_command(client: RoomClient, submission: str) -> None:
    """Close a review; its comments stay."""
    await client.execute(CloseReview((await find_submission(client, submission)).id), "Closed.")


async def find_submission(client: RoomClient, wanted: str) -> Submission:
    """Finds the user's last submission of an exercise, or a submission by the beginning of its id, in all rooms or in
    --room, and chooses its room. Raises Refusal("unknown")."""
    submissions = [(room, each) for room in await client.rooms() for each in room[Submissions].all.values()]
    own = [pair for pair in submissions if pair[1].by == client.member_id and pair[1].exercise == wanted]
    matches = sorted(own, key=lambda pair: pair[1].at)[-1:]
    matches = matches or [pair for pair in submissions if wanted and pair[1].id.startswith(wanted)]
    if len(matches) != 1:
        problem = "Several were" if matches else "Nothing was"
        listing = "`fromscratch cowork review submissions` lists what was."
        raise Refusal("unknown", f"{problem} handed in as {wanted!r}. {listing}")
    room, submission = matches[0]
    client.choose(room.id)
    return submission


async def _source_lines(client: RoomClient, id: str) -> list[str]:
    from cowork.sanitize import lines_of

    return lines_of(base64.b64decode((await client.ask(SourceQuery(id)))["source"]))


def review_data(review: Review) -> dict[str, Any]:
    return {
        "submission": review.id, "by": review.by, "name": review.name, "at": review.at, "asks": review.asks,
        "closed": review.closed, "threads": list(review.threads.values()), "private": review.private,
        "since": review.since, "reviewer": review.reviewer, "reviewer_name": review.reviewer_name,
        "verdict": review.verdict, "answer": review.answer, "follows": review.follows,
    }  # fmt: skip


def review_lines(review: Review) -> list[str]:
    """Formats the state of a review, its question and its answer."""
    from cowork.rooms.mentoring import state_of

    lines = [f"Review: {state_of(review)}{', private' if review.private else ''}"]
    if review.asks or review.question.removed:
        lines.append(_text_line(review.question))
    if review.answer is not None and (review.answer.text or review.answer.removed):
        lines.append(_text_line(review.answer))
    return [*lines, ""]


def _text_line(text: ReviewText) -> str:
    return f"{text.name}: {'(removed)' if text.removed else ' '.join(text.text.split())}  ({text.seq})"


def _thread_lines(thread: Thread) -> list[str]:
    resolved = f", resolved by {thread.resolved_by}" if thread.resolved_by else ""
    return [f"      | thread {thread.id}{resolved}", *(f"      | {_text_line(text)}" for text in thread.comments)]


def _row_lines(row: DiffRow) -> list[str]:
    if row.kind == "changed":
        return [f"- {row.left:4}  {row.left_text}", f"+ {row.right:4}  {row.right_text}"]
    number, text = (row.left, row.left_text) if row.kind == "removed" else (row.right, row.right_text)
    return [f"{ROW_SIGNS[row.kind]}{number:4}  {text}"]
