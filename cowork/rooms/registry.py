"""All commands, facts and questions there are, for reading them from JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from cowork.rooms.base import Event
from cowork.rooms.break_it import AttemptFinished, AttemptStarted, RecordAttempt, TryInput, TryRandomInputs
from cowork.rooms.chat import MessageRetracted, MessageSent, RetractMessage, SendMessage
from cowork.rooms.live_meeting import (
    AttendMeeting,
    CloseMeeting,
    MeetingClosed,
    MeetingStarted,
    MemberAttended,
    NotesWritten,
    StartMeeting,
    WriteNotes,
)
from cowork.rooms.meetings import (
    CancelMeeting,
    ClaimPresenterSlot,
    MeetingCancelled,
    MeetingPlanned,
    PlanMeeting,
    PresenterChanged,
    ReleasePresenterSlot,
)
from cowork.rooms.questions import (
    AskQuestion,
    EntryRemoved,
    InsightNoted,
    MarkQuestion,
    NoteInsight,
    QuestionAsked,
    QuestionMarked,
    RemoveEntry,
    Vote,
    VoteChanged,
)
from cowork.rooms.reactions import AddReaction, ReactionAdded, ReactionRemoved, RemoveReaction
from cowork.rooms.review import (
    AddComment,
    CloseReview,
    CommentAdded,
    RequestReview,
    ResolveThread,
    ReviewClosed,
    ReviewRequested,
    ThreadResolved,
)
from cowork.rooms.submissions import Graded, HandedIn, HandIn, RecordVerdict, SourceQuery
from cowork.rooms.timer import (
    PauseTimer,
    ResumeTimer,
    StartTimer,
    StopTimer,
    TimerPaused,
    TimerResumed,
    TimerStarted,
    TimerStopped,
)

# each feature's stand on a line of their own
TimerCommand = StartTimer | PauseTimer | ResumeTimer | StopTimer
TimerFact = TimerStarted | TimerPaused | TimerResumed | TimerStopped
ReviewCommand = RequestReview | AddComment | ResolveThread | CloseReview
ReviewFact = ReviewRequested | CommentAdded | ThreadResolved | ReviewClosed
BreakCommand = TryInput | TryRandomInputs | RecordAttempt
BreakFact = AttemptStarted | AttemptFinished
MeetingCommand = (
    PlanMeeting
    | CancelMeeting
    | ClaimPresenterSlot
    | ReleasePresenterSlot
    | StartMeeting
    | CloseMeeting
    | AttendMeeting
    | WriteNotes
)
MeetingFact = (
    MeetingPlanned
    | MeetingCancelled
    | PresenterChanged
    | MeetingStarted
    | MeetingClosed
    | MemberAttended
    | NotesWritten
)
QuestionCommand = AskQuestion | Vote | MarkQuestion | NoteInsight | RemoveEntry
QuestionFact = QuestionAsked | VoteChanged | QuestionMarked | InsightNoted | EntryRemoved

AnyCommand = (
    SendMessage
    | RetractMessage
    | HandIn
    | RecordVerdict
    | AddReaction
    | RemoveReaction
    | TimerCommand
    | ReviewCommand
    | BreakCommand
    | MeetingCommand
    | QuestionCommand
)
AnyFact = (
    MessageSent
    | MessageRetracted
    | HandedIn
    | Graded
    | ReactionAdded
    | ReactionRemoved
    | TimerFact
    | ReviewFact
    | BreakFact
    | MeetingFact
    | QuestionFact
)
AnyQuery = SourceQuery

_event = msgspec.json.Decoder(Event[AnyFact])
_fact = msgspec.json.Decoder(AnyFact)


def read_event(data: bytes | str) -> Event[Any]:
    """An event from JSON; raises msgspec.ValidationError."""
    return _event.decode(data)


def read_fact(data: bytes | str) -> Any:
    return _fact.decode(data)
