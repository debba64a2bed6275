"""Formats a review as a row of the queue, and its state, question and answer above its source."""

from __future__ import annotations

from textual.content import Content

from cowork.rooms.base import Room
from cowork.rooms.review_state import LONG_WAIT, Review, ReviewText
from cowork.rooms.submissions import Submission, Submissions
from tui.formatting import clean, plural, waiting_time
from tui.widgets.cowork.entries import MUTED

NEXT_STEP = "change your file, then hand it in with ctrl+u in Practice; {reviewer} gets it."


def review_row(room: Room, review: Review, me: str, now: float, elsewhere: bool) -> Content:
    """Returns the author, the exercise, how long it waits and for whom; below it, the question. `elsewhere`: names the
    room too."""
    submission = room[Submissions].all[review.id]
    passed = submission.outcome == "passed"
    comments = sum(len(thread.comments) for thread in review.threads.values())
    facts = [state(review, me), plural(comments, "comment") if comments else ""]
    wait = now - review.since
    title = Content.assemble(
        ("✓ " if passed else "◐ ", "$text-success" if passed else "$text-warning"),
        ("you" if review.by == me else clean(review.name), f"bold {MUTED}" if review.closed else "bold"),
        f"  {submission.exercise}  ",
        (f"{waiting_time(wait)}  " if review.waits else "", "bold $text-error" if wait > LONG_WAIT else "$text-accent"),
        (" · ".join(filter(None, facts)), MUTED),
    )
    asks = "private" if review.private else next(iter(clean(review.asks).strip().splitlines()), "")
    below = " · ".join(filter(None, (clean(room.title) if elsewhere else "", asks)))
    return Content.assemble(title, "\n", (f"\u00a0\u00a0{below}", MUTED)) if below else title


def state(review: Review, me: str) -> str:
    """Returns the state of a review as the member `me` sees it."""
    reviewer = "you" if review.reviewer == me else clean(review.reviewer_name)
    if review.verdict == "approved":
        return f"approved by {reviewer or 'a reviewer'}"
    if review.followed_by:
        return "a newer version was handed in"
    if review.closed:
        return "closed"
    if review.verdict == "again":
        return f"{reviewer or 'the reviewer'} asked for changes"
    if not review.reviewer:
        return "nobody has claimed it"
    return "you review it" if review.reviewer == me else f"{reviewer} reviews it"


def review_heading(review: Review, submission: Submission, me: str, words: str) -> Content:
    """Returns the lines above a source: the question, the answer, and the words of the verdict."""
    lines = [_text("asks", review.question), _text(_answer_label(review, me), review.answer)]
    if review.verdict == "again" and review.by == me and not review.followed_by:
        reviewer = clean(review.reviewer_name) or "your reviewer"
        lines.append(Content.assemble(("next: ", "$text-accent"), NEXT_STEP.format(reviewer=reviewer)))
    if submission.outcome not in (None, "passed"):
        checks = f"{submission.passed_checks} of {plural(submission.checks, 'check')}" if submission.checks else ""
        verdict = " · ".join(filter(None, (checks, clean(words))))
        lines.append(Content.assemble(("the hub: ", MUTED), (verdict, MUTED)) if verdict else None)
    return Content("\n").join(line for line in lines if line is not None)


def _answer_label(review: Review, me: str) -> str:
    name = "you" if review.answer is not None and review.answer.by == me else clean(getattr(review.answer, "name", ""))
    return f"{name} approved" if review.verdict == "approved" else f"{name} asked for changes"


def _text(label: str, text: ReviewText | None) -> Content | None:
    if text is None or not (text.text or text.removed):
        return None
    return Content.assemble((f"{label}: ", "$text-accent"), "(removed)" if text.removed else clean(text.text))
