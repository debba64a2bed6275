"""A focus timer that a room shares: rounds of focus with breaks between them, told from deadlines, never from ticks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from cowork.permissions import Member, Thing, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact

if TYPE_CHECKING:
    from cowork.rooms.room import Room

Phase = Literal["focus", "break", "over"]
MAX_MINUTES, MAX_ROUNDS = 180, 12  # the most of each


@dataclass(frozen=True)
class TimerState:
    """What a timer shows at one moment. `left`: seconds of the phase; `ends`: when the phase ends on the hub's clock,
    None while paused or over; `round` counts from 1."""

    phase: Phase
    round: int
    left: float
    ends: float | None
    paused: bool


@dataclass(frozen=True)
class Timer:
    """A timer as it was started, in seconds; `idle`: how long it has been paused before, `paused_at`: since when it
    is paused now. There is no break after the last round."""

    by: str
    name: str
    started: float
    focus: float
    rest: float
    rounds: int
    idle: float = 0.0
    paused_at: float | None = None

    def at(self, now: float) -> TimerState:
        """The timer at `now`, on the hub's clock."""
        paused = self.paused_at is not None
        gone = max((now if self.paused_at is None else self.paused_at) - self.started - self.idle, 0.0)
        for round in range(1, self.rounds + 1):
            phases: tuple[tuple[Phase, float], ...] = (("focus", self.focus), ("break", self.rest))
            for phase, length in phases if round < self.rounds else phases[:1]:
                if gone < length:
                    left = length - gone
                    return TimerState(phase, round, left, None if paused else now + left, paused)
                gone -= length
        return TimerState("over", self.rounds, 0.0, None, False)


class TimerStarted(Fact, frozen=True, tag="timer started"):
    """Lengths in minutes."""

    focus: int
    rest: int
    rounds: int

    def apply(self, room: Room, event: Event[Any]) -> None:
        room.timer = Timer(event.by, event.name, event.at, self.focus * 60.0, self.rest * 60.0, self.rounds)


class TimerPaused(Fact, frozen=True, tag="timer paused"):
    def apply(self, room: Room, event: Event[Any]) -> None:
        if room.timer is not None:
            room.timer = replace(room.timer, paused_at=event.at)


class TimerResumed(Fact, frozen=True, tag="timer resumed"):
    def apply(self, room: Room, event: Event[Any]) -> None:
        if room.timer is not None and room.timer.paused_at is not None:
            idle = room.timer.idle + max(event.at - room.timer.paused_at, 0.0)
            room.timer = replace(room.timer, paused_at=None, idle=idle)


class TimerStopped(Fact, frozen=True, tag="timer stopped"):
    def apply(self, room: Room, event: Event[Any]) -> None:
        room.timer = None


class StartTimer(Command, frozen=True, tag="start timer"):
    """`focus` and `rest` (the break) in minutes. A room has one timer: of two who start at once, the second is told."""

    lasting = False
    focus: int = 25
    rest: int = 5
    rounds: int = 4

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "timer", Thing(room.id))
        if not (1 <= self.focus <= MAX_MINUTES and 0 <= self.rest <= MAX_MINUTES and 1 <= self.rounds <= MAX_ROUNDS):
            raise Refusal(
                "timer",
                f"A timer has 1 to {MAX_MINUTES} minutes of focus, breaks of 0 to {MAX_MINUTES} minutes, "
                f"and 1 to {MAX_ROUNDS} rounds.",
            )
        if room.timer is not None and room.timer.at(now).phase != "over":
            whose = "Your timer" if room.timer.by == by.id else f"A timer of {room.timer.name}"
            raise Refusal("timer", f"{whose} runs here already. Stop it first, or join in.")
        return [TimerStarted(self.focus, self.rest, self.rounds)]


def _running(room: Room, now: float) -> Timer:
    if room.timer is None or room.timer.at(now).phase == "over":
        raise Refusal("timer", "No timer runs here. Start one.")
    return room.timer


class PauseTimer(Command, frozen=True, tag="pause timer"):
    lasting = False

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "timer", Thing(room.id))
        return [] if _running(room, now).paused_at is not None else [TimerPaused()]


class ResumeTimer(Command, frozen=True, tag="resume timer"):
    lasting = False

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "timer", Thing(room.id))
        return [TimerResumed()] if _running(room, now).paused_at is not None else []


class StopTimer(Command, frozen=True, tag="stop timer"):
    """Anybody who may start one may stop it: it is the room's."""

    lasting = False

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, "timer", Thing(room.id))
        return [] if room.timer is None else [TimerStopped()]
