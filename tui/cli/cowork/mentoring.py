"""The verbs of `fromscratch cowork` for the queue of reviews: list, claim, comment, approve, ask for changes."""

from __future__ import annotations

import click

from cowork.refusal import Refusal
from cowork.rooms.base import Room
from cowork.rooms.mentoring import ApproveSubmission, AskForChanges, ClaimReview, ReleaseReview, state_of
from cowork.rooms.review import AddComment
from cowork.rooms.review_state import Review, Reviews
from cowork.rooms.submissions import Submissions
from tui.cli.cowork.review import review_data
from tui.cli.cowork.room_client import RoomClient, table, with_client
from tui.formatting import waiting_time


@click.command("reviews")
@with_client(enter=False)
async def reviews_command(client: RoomClient) -> None:
    """List what waits for review in all rooms, the longest wait first."""
    now, rooms = client.session.clock(), await client.rooms()
    waiting = sorted(
        ((room, review) for room in rooms for review in room[Reviews].waiting()), key=lambda pair: pair[1].since
    )
    rows = [
        [review.id[:8], waiting_time(now - review.since), review.name, room[Submissions].find(review.id).exercise,
         room.title, state_of(review), "(private)" if review.private else review.asks]
        for room, review in waiting
    ]  # fmt: skip
    lines = ["Waiting for review:", *table(rows), "", "`fromscratch cowork claim ID` claims one."]
    data = [review_data(review) | {"room": room.id} for room, review in waiting]
    client.show({"reviews": data}, lines if rows else "Nothing waits for review.")


@click.command("claim")
@click.argument("submission")
@with_client(enter=False)
async def claim_command(client: RoomClient, submission: str) -> None:
    """Claim the review of a SUBMISSION (an id from `cowork reviews`, or its beginning), so that you decide on it."""
    room, review = await find_review(client, submission)
    says = (
        f"You review {review.name}'s {room[Submissions].find(review.id).exercise}. "
        f"`fromscratch cowork review show {review.id[:8]}` prints it."
    )
    await client.execute(ClaimReview(review.id), says, submission=review.id)


@click.command("release")
@click.argument("submission")
@with_client(enter=False)
async def release_command(client: RoomClient, submission: str) -> None:
    """Give a claimed review back, so that somebody else can claim it."""
    _, review = await find_review(client, submission)
    await client.execute(ReleaseReview(review.id), "It is back in the queue.", submission=review.id)


@click.command("comment")
@click.argument("submission")
@click.argument("text")
@click.option("--line", type=int, default=0, help="Comment on this line.")
@click.option("--thread", type=int, help="Reply to this thread.")
@with_client(enter=False)
async def comment_command(client: RoomClient, submission: str, text: str, line: int, thread: int | None) -> None:
    """Comment on a line of a SUBMISSION, or reply to a thread."""
    _, review = await find_review(client, submission)
    await client.execute(AddComment(review.id, text, line, thread), "Added.", submission=review.id)


@click.command("approve")
@click.argument("submission")
@click.argument("text", default="")
@with_client(enter=False)
async def approve_command(client: RoomClient, submission: str, text: str) -> None:
    """Approve a SUBMISSION that you have claimed; TEXT is a message to its author."""
    _, review = await find_review(client, submission)
    await client.execute(
        ApproveSubmission(review.id, text), f"Approved. {review.name} will see it.", submission=review.id
    )


@click.command("ask-again")
@click.argument("submission")
@click.argument("text")
@with_client(enter=False)
async def ask_again_command(client: RoomClient, submission: str, text: str) -> None:
    """Ask the author of a SUBMISSION for changes; TEXT says which. Their next hand-in comes back to you."""
    _, review = await find_review(client, submission)
    says = f"{review.name} will see what to change. Their next hand-in of this exercise comes back to you."
    await client.execute(AskForChanges(review.id, text), says, submission=review.id)


async def find_review(client: RoomClient, wanted: str) -> tuple[Room, Review]:
    """Finds a review by the beginning of its submission's id, and chooses its room. Raises Refusal("unknown")."""
    matches = [
        (room, review)
        for room in await client.rooms() for review in room[Reviews].all.values() if review.id.startswith(wanted)
    ]  # fmt: skip
    if len(matches) != 1:
        problem = "Several reviews match" if matches else "No review matches"
        raise Refusal("unknown", f"{problem} {wanted!r}. `fromscratch cowork reviews` lists what waits.")
    client.choose(matches[0][0].id)
    return matches[0]
