"""The room's focus timer, whose phases follow from deadlines on the hub's clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cowork.refusal import Refusal
from cowork.rooms.timer import PauseTimer, ResumeTimer, RoomTimer, StartTimer, StopTimer, Timer
from tests.support.rooms import ANNA, BEN, GUEST, RoomPair


def test_rounds_follow_each_other() -> None:
    timer = Timer("anna", "Anna", 1_000.0, focus=1_500.0, rest=300.0, rounds=2)
    seen = [(timer.at(1_000.0 + s).phase, timer.at(1_000.0 + s).round) for s in (0, 1_499, 1_500, 1_799, 1_800, 3_300)]
    assert seen == [("focus", 1), ("focus", 1), ("break", 1), ("break", 1), ("focus", 2), ("over", 2)]
    assert timer.at(1_100.0).left == 1_400.0
    assert timer.at(1_100.0).ends == 2_500.0
    assert timer.at(900.0).left == 1_500.0  # a client whose clock is behind shows the full phase


def test_a_pause_moves_the_deadline() -> None:
    pair = RoomPair()
    pair.do(ANNA, StartTimer(25, 5, 1))
    pair.now += 60
    pair.do(BEN, PauseTimer())
    assert pair.do(ANNA, PauseTimer()) == []
    pair.now += 3_600
    timer = pair.client[RoomTimer].timer
    assert timer is not None
    assert timer.at(pair.now).paused
    assert timer.at(pair.now).left == 24 * 60
    pair.do(ANNA, ResumeTimer())
    assert pair.do(BEN, ResumeTimer()) == []
    timer = pair.client[RoomTimer].timer
    assert timer is not None
    assert timer.at(pair.now).ends == pair.now + 24 * 60
    assert pair.hub == pair.client


def test_a_second_start_is_refused() -> None:
    pair = RoomPair()
    pair.do(ANNA, StartTimer())
    with pytest.raises(Refusal, match="The timer of Anna is already running here"):
        pair.do(BEN, StartTimer())
    with pytest.raises(Refusal, match="Your timer"):
        pair.do(ANNA, StartTimer())
    pair.do(BEN, StopTimer())
    assert pair.do(BEN, StopTimer()) == []
    pair.do(BEN, StartTimer())
    assert pair.client[RoomTimer].timer is not None
    assert pair.client[RoomTimer].timer.by == "ben"


def test_a_timer_that_is_over_can_be_replaced() -> None:
    pair = RoomPair()
    pair.do(ANNA, StartTimer(1, 0, 1))
    pair.now += 60
    for command in (PauseTimer(), ResumeTimer()):
        with pytest.raises(Refusal, match="No timer is running"):
            pair.do(ANNA, command)
    pair.do(BEN, StartTimer(1, 0, 1))


@pytest.mark.parametrize("lengths", [(0, 5, 1), (181, 5, 1), (25, -1, 1), (25, 181, 1), (25, 5, 0), (25, 5, 13)])
def test_lengths_have_limits(lengths: tuple[int, int, int]) -> None:
    with pytest.raises(Refusal) as refused:
        RoomPair().do(ANNA, StartTimer(*lengths))
    assert refused.value.code == "timer"


@pytest.mark.parametrize("command", [StartTimer(), PauseTimer(), ResumeTimer(), StopTimer()])
def test_guests_cannot_control_it(command: StartTimer) -> None:
    pair = RoomPair()
    pair.do(ANNA, StartTimer())
    with pytest.raises(Refusal) as refused:
        pair.do(GUEST, command)
    assert refused.value.code == "not allowed"


@given(st.integers(1, 180), st.integers(0, 180), st.integers(1, 12), st.floats(0, 1e6))
def test_a_phase_ends_after_the_time_left(focus: int, rest: int, rounds: int, after: float) -> None:
    timer = Timer("anna", "Anna", 0.0, focus * 60.0, rest * 60.0, rounds)
    reading = timer.at(after)
    total = (focus * rounds + rest * (rounds - 1)) * 60
    assert (reading.phase == "over") == (after >= total)
    if reading.phase != "over":
        assert 0 < reading.left <= max(focus, rest) * 60
        later = timer.at(after + reading.left + 1e-3)
        assert (later.phase, later.round) != (reading.phase, reading.round)
