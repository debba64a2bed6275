"""A focus timer that a room shares: rounds of focus with breaks between them, computed from deadlines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from cowork.permissions import MEMBERS, Member, Right, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact, Feature, Room, State

SET_TIMER = Right("timer", MEMBERS)
MAX_MINUTES, MAX_ROUNDS = 180, 12
Phase = Literal["focus", "break", "over"]


@dataclass(frozen=True)
class TimerState:
    """The display of a timer at one moment. `left`: seconds left in the phase; `ends`: when the phase ends on the hub's
    clock, None while the timer is paused or over; `round` counts from 1."""

    phase: Phase
    round: int
    left: float
    ends: float | None
    paused: bool


@dataclass(frozen=True)
class Timer:
    """A timer with its lengths in seconds. `idle`: the total length of earlier pauses; `paused_at`: when the current
    pause began. The last round has no break."""

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
        elapsed = max((now if self.paused_at is None else self.paused_at) - self.started - self.idle, 0.0)
        for round in range(1, self.rounds + 1):
            phases: tuple[tuple[Phase, float], ...] = (("focus", self.focus), ("break", self.rest))
            for phase, length in phases if round < self.rounds else phases[:1]:
                if elapsed < length:
                    left = length - elapsed
                    return TimerState(phase, round, left, None if paused else now + left, paused)
                elapsed -= length
        return TimerState("over", self.rounds, 0.0, None, False)


@dataclass
class RoomTimer(State):
    """The room's only timer, None before the first one and after it was stopped."""

    timer: Timer | None = None

    def running(self, now: float) -> Timer:
        """The timer, running or paused. Raises Refusal if there is none or it is over."""
        if self.timer is None or self.timer.at(now).phase == "over":
            raise Refusal("timer", "No timer is running here. Start one.")
        return self.timer


class TimerStarted(Fact, frozen=True, tag="timer started"):
    """The lengths are in minutes."""

    focus: int
    rest: int
    rounds: int

    def apply(self, room: Room, event: Event[Any]) -> None:
        timer = Timer(event.by, event.name, event.at, self.focus * 60.0, self.rest * 60.0, self.rounds)
        room[RoomTimer].timer = timer


class TimerPaused(Fact, frozen=True, tag="timer paused"):
    def apply(self, room: Room, event: Event[Any]) -> None:
        if (timer := room[RoomTimer].timer) is not None:
            room[RoomTimer].timer = replace(timer, paused_at=event.at)


class TimerResumed(Fact, frozen=True, tag="timer resumed"):
    def apply(self, room: Room, event: Event[Any]) -> None:
        timer = room[RoomTimer].timer
        if timer is not None and timer.paused_at is not None:
            idle = timer.idle + max(event.at - timer.paused_at, 0.0)
            room[RoomTimer].timer = replace(timer, paused_at=None, idle=idle)


class TimerStopped(Fact, frozen=True, tag="timer stopped"):
    def apply(self, room: Room, event: Event[Any]) -> None:
        room[RoomTimer].timer = None


class StartTimer(Command, frozen=True, tag="start timer"):
    """`focus` and `rest` (the break) are in minutes. Refused while a timer runs."""

    lasting = False
    focus: int = 25
    rest: int = 5
    rounds: int = 4

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, SET_TIMER, room.id)
        if not (1 <= self.focus <= MAX_MINUTES and 0 <= self.rest <= MAX_MINUTES and 1 <= self.rounds <= MAX_ROUNDS):
            minutes = f"1 to {MAX_MINUTES} minutes of focus, breaks of 0 to {MAX_MINUTES} minutes"
            raise Refusal("timer", f"A timer has {minutes}, and 1 to {MAX_ROUNDS} rounds.")
        timer = room[RoomTimer].timer
        if timer is not None and timer.at(now).phase != "over":
            whose = "Your timer" if timer.by == by.id else f"The timer of {timer.name}"
            raise Refusal("timer", f"{whose} is already running here. Stop it first, or join in.")
        return [TimerStarted(self.focus, self.rest, self.rounds)]


class PauseTimer(Command, frozen=True, tag="pause timer"):
    lasting = False

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, SET_TIMER, room.id)
        return [] if room[RoomTimer].running(now).paused_at is not None else [TimerPaused()]


class ResumeTimer(Command, frozen=True, tag="resume timer"):
    lasting = False

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, SET_TIMER, room.id)
        return [TimerResumed()] if room[RoomTimer].running(now).paused_at is not None else []


class StopTimer(Command, frozen=True, tag="stop timer"):
    """Any member who may start a timer may stop it, because it belongs to the room."""

    lasting = False

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, SET_TIMER, room.id)
        return [] if room[RoomTimer].timer is None else [TimerStopped()]


FEATURE = Feature(
    state=RoomTimer, commands=(StartTimer, PauseTimer, ResumeTimer, StopTimer),
    facts=(TimerStarted, TimerPaused, TimerResumed, TimerStopped), rights=(SET_TIMER,), cli="tui.cli.cowork.work",
    verbs=("timer",),
)  # fmt: skip
