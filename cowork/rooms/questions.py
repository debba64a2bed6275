"""What people ask and take away at a meeting: questions with votes, and key insights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cowork import sanitize
from cowork.permissions import Member, Thing, can, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact
from cowork.rooms.meetings import MAX_ENTRIES, Entry, Meeting

if TYPE_CHECKING:
    from cowork.rooms.room import Room

MAX_TEXT = 1_000  # characters


class QuestionAsked(Fact, frozen=True, tag="question raised"):
    meeting: str
    text: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        room.meetings.all[self.meeting].questions[event.seq] = _line(event, self.text)


class VoteChanged(Fact, frozen=True, tag="voted"):
    meeting: str
    question: int
    up: bool

    def apply(self, room: Room, event: Event[Any]) -> None:
        votes = room.meetings.all[self.meeting].questions[self.question].votes
        (votes.add if self.up else votes.discard)(event.by)


class QuestionMarked(Fact, frozen=True, tag="question marked"):
    meeting: str
    question: int
    answered: bool

    def apply(self, room: Room, event: Event[Any]) -> None:
        room.meetings.all[self.meeting].questions[self.question].answered = self.answered


class InsightNoted(Fact, frozen=True, tag="insight noted"):
    meeting: str
    text: str

    def apply(self, room: Room, event: Event[Any]) -> None:
        room.meetings.all[self.meeting].insights[event.seq] = _line(event, self.text)


class EntryRemoved(Fact, frozen=True, tag="line removed"):
    """A question or an insight is gone."""

    meeting: str
    line: int

    def apply(self, room: Room, event: Event[Any]) -> None:
        one = room.meetings.all[self.meeting]
        one.questions.pop(self.line, None)
        one.insights.pop(self.line, None)


class AskQuestion(Command, frozen=True, tag="raise question"):
    meeting: str
    text: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "question", Thing(room.id))
        one = room.meetings.find(self.meeting)
        _room_left(one.questions, "questions")
        return [QuestionAsked(one.id, sanitize.message(self.text, MAX_TEXT, "A question"))]


class Vote(Command, frozen=True, tag="vote"):
    """One vote a person; `up` false takes it back."""

    meeting: str
    question: int
    up: bool = True

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "vote", Thing(room.id))
        one = _question(room.meetings.find(self.meeting), self.question)
        return [] if (by.id in one.votes) == self.up else [VoteChanged(self.meeting, self.question, self.up)]


class MarkQuestion(Command, frozen=True, tag="mark answered"):
    """By who asked, who presents, or an organiser."""

    meeting: str
    question: int
    answered: bool = True

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        meeting = room.meetings.find(self.meeting)
        one = _question(meeting, self.question)
        presents = meeting.presenter is not None and meeting.presenter.member == by.id
        if not (presents and can(by, "present", Thing(room.id))):
            require(by, "take back", Thing(room.id, one.by))
        return [] if one.answered == self.answered else [QuestionMarked(self.meeting, self.question, self.answered)]


class NoteInsight(Command, frozen=True, tag="note insight"):
    meeting: str
    text: str

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "insight", Thing(room.id))
        one = room.meetings.find(self.meeting)
        _room_left(one.insights, "insights")
        return [InsightNoted(one.id, sanitize.message(self.text, MAX_TEXT, "An insight"))]


class RemoveEntry(Command, frozen=True, tag="remove line"):
    """Removes a question or an insight: one's own, or anyone's for an organiser."""

    meeting: str
    line: int

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        one = room.meetings.find(self.meeting)
        line = one.questions.get(self.line) or one.insights.get(self.line)
        if line is None:
            return []
        require(by, "take back", Thing(room.id, line.by))
        return [EntryRemoved(one.id, self.line)]


def _line(event: Event[Any], words: str) -> Entry:
    return Entry(event.seq, event.at, event.by, event.name, words)


def _question(meeting: Meeting, seq: int) -> Entry:
    if seq not in meeting.questions:
        raise Refusal("unknown", f"There is no question {seq} at this meeting.")
    return meeting.questions[seq]


def _room_left(lines: dict[int, Entry], what: str) -> None:
    if len(lines) >= MAX_ENTRIES:
        raise Refusal("too large", f"A meeting has at most {MAX_ENTRIES} {what}.")
