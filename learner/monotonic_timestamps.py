"""Corrects timestamps that were recorded while the clock was wrong."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime


def make_monotonic(times: Sequence[datetime]) -> list[datetime]:
    """Returns the times of events, given in the order of the events, corrected so that none decreases.

    The longest non-decreasing subsequence is trusted. Every other time becomes the trusted time before it or, at
    the beginning, the first trusted time. One day with a wrong clock, fast or slow, thus affects only that day.
    """
    last_times: list[datetime] = []  # last_times[n]: the smallest last time of a subsequence of n + 1 events
    positions: list[int] = []  # for each event, its position in the longest subsequence that ends with it
    for time in times:
        position = bisect_right(last_times, time)
        last_times[position : position + 1] = [time]
        positions.append(position)
    trusted: dict[int, datetime] = {}
    wanted = len(last_times) - 1
    for i in range(len(times) - 1, -1, -1):
        if positions[i] == wanted:
            trusted[i], wanted = times[i], wanted - 1
    corrected: list[datetime] = []
    previous = next((trusted[i] for i in range(len(times)) if i in trusted), None)
    for i in range(len(times)):
        previous = trusted.get(i, previous)
        assert previous is not None
        corrected.append(previous)
    return corrected
