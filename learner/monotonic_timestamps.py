"""Times that were written by a clock which was wrong for a while."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime


def steady(times: Sequence[datetime]) -> list[datetime]:
    """The times of events in the order in which they happened, made so that none is before an earlier one.

    The longest series that never goes back is believed; any other time becomes that of the believed one before it,
    or, at the beginning, after it. So one day with a wrong clock, ahead or behind, changes that day alone.
    """
    ends: list[datetime] = []  # ends[n]: the least last time of a series of n + 1 events
    places: list[int] = []  # the length, less one, of the longest series that ends with each event
    for time in times:
        place = bisect_right(ends, time)
        ends[place : place + 1] = [time]
        places.append(place)
    believed: dict[int, datetime] = {}
    wanted = len(ends) - 1
    for i in range(len(times) - 1, -1, -1):
        if places[i] == wanted:
            believed[i], wanted = times[i], wanted - 1
    result: list[datetime] = []
    last = next((believed[i] for i in range(len(times)) if i in believed), None)
    for i in range(len(times)):
        last = believed.get(i, last)
        assert last is not None
        result.append(last)
    return result
