"""Words the news that concern the learner, for the Meanwhile page and `fromscratch cowork meanwhile`."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from cowork import time_zones
from cowork.refusal import Refusal
from cowork.rooms.news import News
from tui.formatting import in_days, long_date


def when(news: News, now: float, zone: tzinfo | None = None) -> str:
    """Returns the time of a meeting in the learner's `zone`, or the date of an assignment in the room's; "" if the news
    are about neither."""
    if news.starts is not None:
        starts = datetime.fromtimestamp(news.starts, zone)
        return f"{starts:%A} {long_date(starts.date())}, {starts:%H:%M}"
    if news.due is not None and news.zone is not None:
        try:
            day, today = date.fromisoformat(news.due), time_zones.day_at(news.zone, now)
        except (Refusal, ValueError):  # the hub knows a zone that this machine does not know
            return f"due on {news.due} ({news.zone})"
        return f"due on {long_date(day)} ({news.zone}), {in_days((day - today).days)}"
    return ""


def sentence(news: News, room: str, now: float, zone: tzinfo | None = None) -> str:
    """Returns what happened in the room with this title, in one line, with the quotation, without a full stop."""
    details = when(news, now, zone)
    quoted = f": “{news.quote}”" if news.quote and not details else ""
    return f"{news.says} in {room}{f', {details}' if details else quoted}"
