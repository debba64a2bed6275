"""Meanwhile: what concerns a member in a room since they were last here. Each member's marks of what they have seen are
in the hub's store, not in the room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cowork.mentions import count_mentions
from cowork.permissions import can
from cowork.refusal import Refusal
from cowork.rooms.assignments import Assignment, Assignments
from cowork.rooms.base import Event, Feature, Page, Post, Room, State
from cowork.rooms.break_it import AttemptFinished, Attempts, format_call
from cowork.rooms.chat import Chat
from cowork.rooms.meeting_series import SeriesChanged, SeriesCut, SeriesPlanned
from cowork.rooms.meeting_state import Meeting
from cowork.rooms.meetings import MeetingCancelled, MeetingPlanned, Meetings
from cowork.rooms.mentoring import ClaimReview, ReviewAnswered
from cowork.rooms.news import News, Reader, listing, newest_first, quote, title
from cowork.rooms.reminders import Reminders
from cowork.rooms.review import ReviewRequested
from cowork.rooms.review_state import Review, Reviews, ReviewText
from cowork.rooms.submissions import HAND_IN, HandedIn, Submissions


@dataclass(frozen=True)
class Change:
    """The event that changed something, and whose command caused it."""

    seq: int
    at: float
    by: str
    name: str
    kind: str = ""


@dataclass
class Journal(State):
    """Which events changed what, without any text. `meetings`: the last change of each plan, and `starts`: the time
    that it set; `asked` and `answered`: the last request for each review, and the last answer; `broken`: the result of
    each attempt that broke a submission."""

    meetings: dict[str, Change] = field(default_factory=dict)
    starts: dict[str, float] = field(default_factory=dict)
    asked: dict[str, Change] = field(default_factory=dict)
    answered: dict[str, Change] = field(default_factory=dict)
    broken: dict[str, Change] = field(default_factory=dict)

    def observe(self, room: Room, event: Event[Any]) -> None:
        fact = event.fact
        match fact:
            case MeetingPlanned(meeting=id):
                before = self.starts.get(id)
                kind = "planned" if before is None else "moved" if before != fact.starts else "changed"
                self.meetings[id] = _change(event, kind)
                self.starts[id] = fact.starts
            case SeriesPlanned(series=series):
                for meeting in room[Meetings].of_series(series):
                    self.meetings[meeting.id], self.starts[meeting.id] = _change(event, "planned"), meeting.starts
            case MeetingCancelled(meeting=id):
                self.meetings[id] = _change(event, "cancelled")
            case SeriesCut(meetings=ids) | SeriesChanged(meetings=ids):
                kind = "cancelled" if isinstance(fact, SeriesCut) else "changed"
                self.meetings.update(dict.fromkeys(ids, _change(event, kind)))
            case ReviewRequested(submission=id):
                self.asked[id] = _change(event)
            case HandedIn(submission=id, follows=before) if before:
                self.asked[id] = _change(event)
            case ReviewAnswered(submission=id):
                self.answered[id] = _change(event)
            case AttemptFinished(attempt=id, outcome="broke"):
                self.broken[id] = _change(event)


def _change(event: Event[Any], kind: str = "") -> Change:
    return Change(event.seq, event.at, event.by, event.name, kind)


def unseen_news(room: Room, reader: Reader) -> list[News]:
    """Returns what concerns the reader in this room and what they have not seen, newest first."""
    news: dict[int, News] = {}
    for each in (
        *_messages(room, reader), *_meeting_texts(room, reader), *_reviews(room, reader), *_broken(room, reader),
        *_meetings(room, reader), *_assignments(room, reader),
    ):  # fmt: skip
        if reader.is_recent(each.at) and each.seq not in reader.seen:
            news.setdefault(each.seq, each)
    return newest_first(iter(news.values()))


def _messages(room: Room, reader: Reader) -> Iterator[News]:
    messages = room[Chat].messages
    for message in reversed(messages.values()):
        if not reader.is_recent(message.at):
            return
        if message.by == reader.member.id or not message.text:
            continue
        original = messages.get(message.reply_to) if message.reply_to is not None else None
        if original is not None and original.by == reader.member.id:
            says = f"{message.name} replied to you"
            yield News(message.seq, message.at, "reply", says, "chat", message.seq, quote(message.text))
        elif reader.is_mentioned(message.text):
            yield _mention(message, "", "chat", message.seq)


def _mention(post: Post, where: str, page: str, target: str | int) -> News:
    says = f"{post.name} mentioned you{where}"
    return News(post.seq, post.at, "mention", says, page, target, quote(post.text))


def _meeting_texts(room: Room, reader: Reader) -> Iterator[News]:
    """Mentions in a meeting's questions, insights and notes."""
    names = reader.names | {reader.member.name}
    for meeting in room[Meetings].all.values():
        for entry in (*meeting.questions.values(), *meeting.insights.values()):
            if entry.by != reader.member.id and reader.is_mentioned(entry.text):
                yield _mention(entry, f" in {meeting.title}", "meeting", meeting.id)
        before = None if meeting.versions and meeting.versions[0].number > 1 else 0
        for version in meeting.versions:
            count = count_mentions(version.text, reader.member.name, names)
            if before is not None and count > before and not version.removed and version.by != reader.member.id:
                says = f"{version.name} mentioned you in the notes of {meeting.title}"
                yield News(version.seq, version.at, "mention", says, "meeting", meeting.id)
            before = count


def _reviews(room: Room, reader: Reader) -> Iterator[News]:
    for review in room[Reviews].all.values():
        if review.by == reader.member.id:
            yield from _answers(room, review, reader)
        else:
            yield from _requests(room, review, reader)
        yield from _comments(room, review, reader)


def _answers(room: Room, review: Review, reader: Reader) -> Iterator[News]:
    """Collects the decisions of reviewers on the reader's own submission."""
    exercise = title(room[Submissions].all[review.id].exercise)
    answer = room[Journal].answered.get(review.id)
    if answer is not None and answer.by != reader.member.id and review.verdict is not None:
        did = "approved" if review.verdict == "approved" else "asks for changes to"
        text = quote(review.answer.text) if review.answer is not None else ""
        yield News(answer.seq, answer.at, "review", f"{answer.name} {did} your {exercise}", "review", review.id, text)


def _requests(room: Room, review: Review, reader: Reader) -> Iterator[News]:
    """Requests for reviews that the reader can claim or has claimed."""
    asked = room[Journal].asked.get(review.id)
    if asked is None:
        return
    try:
        ClaimReview(review.id).decide(room, reader.member, reader.now)
    except Refusal:
        return
    what = "hands in a new version of" if review.follows else "asks for a review of"
    says = f"{review.name} {what} {title(room[Submissions].all[review.id].exercise)}"
    yield News(asked.seq, asked.at, "review", says, "review", review.id, quote(review.asks))


def _comments(room: Room, review: Review, reader: Reader) -> Iterator[News]:
    """The comments on one submission, as one entry."""
    me, submission = reader.member, room[Submissions].all[review.id]
    try:
        room[Submissions].require_readable(submission, room, me)
    except Refusal:
        return
    comments = [(thread.line, post) for thread in review.threads.values() for post in thread.comments
                if _concerns(review, thread.id, post, reader)]  # fmt: skip
    unseen = [(line, post) for line, post in comments if post.seq not in reader.seen]
    if unseen:
        line, last = max(unseen, key=lambda pair: pair[1].seq)
        names = list(dict.fromkeys(post.name for _, post in unseen))
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        whose = "your" if review.by == me.id else f"{review.name}'s"
        says = f"{last.name}{others} commented on {whose} {title(submission.exercise)}"
        says += f" ({len(unseen)} comments)" if len(unseen) > 1 else f", line {line}"
        covers = tuple(post.seq for _, post in unseen)
        yield News(last.seq, last.at, "comment", says, "review", review.id, quote(last.text), covers, line)


def _concerns(review: Review, thread: int, post: ReviewText, reader: Reader) -> bool:
    """Whether a comment of somebody else concerns the reader: it is on a submission that they handed in or review, it
    mentions them, or it follows a comment of theirs."""
    me = reader.member.id
    if post.by == me or post.removed or not (post.text or post.blob):
        return False
    if review.is_between(me) or reader.is_mentioned(post.text):
        return True
    return any(earlier.by == me and earlier.seq < post.seq for earlier in review.threads[thread].comments)


def _broken(room: Room, reader: Reader) -> Iterator[News]:
    for id, change in room[Journal].broken.items():
        attempt = room[Attempts].all[id]
        submission = room[Submissions].all[attempt.submission]
        if submission.by == reader.member.id and not attempt.own:
            says = f"{attempt.name} broke your {title(submission.exercise)}"
            call = format_call(attempt.probe, attempt.smallest) if attempt.smallest is not None else ""
            yield News(change.seq, change.at, "broken", says, "breaks", submission.id, quote(call))


def _meetings(room: Room, reader: Reader) -> Iterator[News]:
    """A row for each change of plans and each reminder; meetings that one event changed are one row."""
    rows: dict[tuple[int, str], list[tuple[Meeting, Change, tuple[int, ...]]]] = {}
    for meeting in room[Meetings].all.values():
        change, reminder = room[Journal].meetings.get(meeting.id), room[Reminders].of(meeting)
        over = meeting.ended is not None or reader.now > meeting.starts + meeting.minutes * 60
        if change is None or over:
            continue
        if reminder is not None and not meeting.cancelled and reminder.seq not in reader.seen:
            last = Change(reminder.seq, reminder.at, "", "", "reminded")
        elif change.by != reader.member.id:
            last = change
        else:
            continue
        covers = reader.unseen([change.seq, last.seq])
        rows.setdefault((last.seq, last.kind), []).append((meeting, last, covers))
    verbs = {"planned": "planned", "moved": "moved", "changed": "changed the plan of", "cancelled": "cancelled"}
    for (seq, kind), group in rows.items():
        meeting, last, _ = min(group, key=lambda row: row[0].starts)
        count = f" and {len(group) - 1} more" if len(group) > 1 else ""
        verb = verbs.get(kind)
        says = f"{last.name} {verb} {meeting.title}{count}" if verb else f"{meeting.title} starts soon"
        covers = tuple(dict.fromkeys(seq for _, _, covered in group for seq in covered))
        yield News(seq, last.at, "meeting", says, "meeting", meeting.id, meeting.place, covers, starts=meeting.starts)


def _assignments(room: Room, reader: Reader) -> Iterator[News]:
    """A row for each event: exercises that were assigned, moved to a different date or withdrawn, and reminders."""
    if not can(reader.member, HAND_IN, room.id):
        return
    rows: dict[int, list[tuple[Assignment, Change]]] = {}
    for assignment in room[Assignments].all.values():
        change = _assignment_change(assignment, reader)
        if change is not None and assignment.exercise not in reader.passed:
            rows.setdefault(change.seq, []).append((assignment, change))
    for seq, group in rows.items():
        assignment, change = group[0]
        exercises = listing([each.exercise for each, _ in group])
        says = {
            "assigned": f"{change.name} assigned {exercises}",
            "moved": f"{change.name} changed the date of {exercises}",
            "withdrawn": f"{change.name} withdrew {exercises}",
            "reminded": f"Reminder: {exercises}",
        }[change.kind]
        events = {number for each, _ in group for number in (each.seq, each.reminded, seq) if number}
        covers = reader.unseen(sorted(events))
        due = None if change.kind == "withdrawn" else assignment.due
        target, zone = assignment.exercise, assignment.zone
        yield News(seq, change.at, "assignment", says, "", target, covers=covers, due=due, zone=zone)


def _assignment_change(assignment: Assignment, reader: Reader) -> Change | None:
    """The last change of an assignment that is news for the reader."""
    if assignment.withdrawn:
        known = assignment.seq in reader.seen
        withdrawal = Change(assignment.withdrawn, assignment.withdrawn_at, "", assignment.withdrawn_by, "withdrawn")
        return withdrawal if known else None
    if assignment.reminded and assignment.reminded not in reader.seen:
        return Change(assignment.reminded, assignment.reminded_at, "", "", "reminded")
    if assignment.by == reader.member.id:
        return None
    kind = "moved" if assignment.previous else "assigned"
    return Change(assignment.seq, assignment.at, assignment.by, assignment.name, kind)


def passed_exercises(rooms: Iterable[Room], member: str) -> frozenset[str]:
    """Returns the exercises that a member has passed in any of the rooms."""
    submissions = [each for room in rooms for each in room[Submissions].all.values()]
    return frozenset(each.exercise for each in submissions if each.by == member and each.outcome == "passed")


FEATURE = Feature(
    state=Journal, cli="tui.cli.cowork.meanwhile", verbs=("meanwhile",),
    page=Page("meanwhile", "h", "Meanwhile", "What has happened since you were last here", "meanwhile:MeanwhilePage"),
)  # fmt: skip
