"""The shared timer: deadlines on the hub's clock, whoever looks and whenever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rooms_kit import ANNA, BEN, GUEST, Table

from cowork.refusal import Refusal
from cowork.rooms.timer import PauseTimer, ResumeTimer, RoomTimer, StartTimer, StopTimer, Timer


def test_rounds_follow_each_other() -> None:
    timer = Timer("anna", "Anna", 1_000.0, focus=1_500.0, rest=300.0, rounds=2)
    seen = [(timer.at(1_000.0 + s).phase, timer.at(1_000.0 + s).round) for s in (0, 1_499, 1_500, 1_799, 1_800, 3_300)]
    assert seen == [("focus", 1), ("focus", 1), ("break", 1), ("break", 1), ("focus", 2), ("over", 2)]
    assert timer.at(1_100.0).left == 1_400.0
    assert timer.at(1_100.0).ends == 2_500.0
    assert timer.at(900.0).left == 1_500.0  # a client's clock that is behind shows no more than there is


def test_a_pause_moves_the_deadline() -> None:
    table = Table()
    table.do(ANNA, StartTimer(25, 5, 1))
    table.now += 60
    table.do(BEN, PauseTimer())
    assert table.do(ANNA, PauseTimer()) == []
    table.now += 3_600
    timer = table.client[RoomTimer].timer
    assert timer is not None
    assert timer.at(table.now).paused
    assert timer.at(table.now).left == 24 * 60
    table.do(ANNA, ResumeTimer())
    assert table.do(BEN, ResumeTimer()) == []
    timer = table.client[RoomTimer].timer
    assert timer is not None
    assert timer.at(table.now).ends == table.now + 24 * 60
    assert table.hub == table.client


def test_of_two_who_start_at_once_the_second_is_told() -> None:
    table = Table()
    table.do(ANNA, StartTimer())
    with pytest.raises(Refusal, match="A timer of Anna runs here already"):
        table.do(BEN, StartTimer())
    with pytest.raises(Refusal, match="Your timer"):
        table.do(ANNA, StartTimer())
    table.do(BEN, StopTimer())
    assert table.do(BEN, StopTimer()) == []
    table.do(BEN, StartTimer())
    assert table.client[RoomTimer].timer is not None
    assert table.client[RoomTimer].timer.by == "ben"


def test_after_the_last_round_a_new_one_starts() -> None:
    table = Table()
    table.do(ANNA, StartTimer(1, 0, 1))
    table.now += 60
    for command in (PauseTimer(), ResumeTimer()):
        with pytest.raises(Refusal, match="No timer runs"):
            table.do(ANNA, command)
    table.do(BEN, StartTimer(1, 0, 1))


@pytest.mark.parametrize("lengths", [(0, 5, 1), (181, 5, 1), (25, -1, 1), (25, 181, 1), (25, 5, 0), (25, 5, 13)])
def test_lengths_have_limits(lengths: tuple[int, int, int]) -> None:
    with pytest.raises(Refusal) as refused:
        Table().do(ANNA, StartTimer(*lengths))
    assert refused.value.code == "timer"


@pytest.mark.parametrize("command", [StartTimer(), PauseTimer(), ResumeTimer(), StopTimer()])
def test_guests_do_not_touch_it(command: StartTimer) -> None:
    table = Table()
    table.do(ANNA, StartTimer())
    with pytest.raises(Refusal) as refused:
        table.do(GUEST, command)
    assert refused.value.code == "not allowed"


@given(st.integers(1, 180), st.integers(0, 180), st.integers(1, 12), st.floats(0, 1e6))
def test_what_is_left_always_ends_the_phase(focus: int, rest: int, rounds: int, after: float) -> None:
    timer = Timer("anna", "Anna", 0.0, focus * 60.0, rest * 60.0, rounds)
    reading = timer.at(after)
    total = (focus * rounds + rest * (rounds - 1)) * 60
    assert (reading.phase == "over") == (after >= total)
    if reading.phase != "over":
        assert 0 < reading.left <= max(focus, rest) * 60
        later = timer.at(after + reading.left + 1e-3)
        assert (later.phase, later.round) != (reading.phase, reading.round)
