"""`fromscratch cowork meeting repeat` and `coming`: meetings that repeat, and who comes to each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from cowork.refusal import Refusal
from cowork.rooms.meeting_replies import ReplyToMeeting, describe_replies
from cowork.rooms.meeting_series import PlanSeries
from cowork.rooms.meeting_state import Comes, Meeting
from cowork.rooms.meetings import Meetings
from tui.cli.cowork.room_client import RoomClient, with_client


def describe_meeting(meeting: Meeting, state: Meetings) -> str:
    """Returns what a list says about a meeting besides its title: its series, its replies, or that it is cancelled."""
    parts = ["cancelled"] * meeting.cancelled
    if meeting.series:
        parts.append(state.series[meeting.series].rule.text())
    if meeting.series and meeting.starts != meeting.original:
        parts.append("moved")
    if count := len(meeting.coming("yes")):
        parts.append(f"{count} {'comes' if count == 1 else 'come'}")
    return f" ({', '.join(parts)})" if parts else ""


@click.command("repeat")
@click.argument("rule")
@click.option("--first", metavar="DATE", help="Begin on this date or after it (default: today).")
@click.option("--at", "time", default="18:30", show_default=True, help="The local time of day.")
@click.option("--zone", help="The time zone, such as Europe/Berlin (default: this machine's).")
@click.option("--times", type=int, help="How many meetings (default: one for each month of the course).")
@click.option("--month", metavar="ID", help="Begin with this month of the outline, such as month-3.")
@click.option("--minutes", type=int, help="The length of each meeting (default: 90).")
@click.option("--place", help="A room, or a link.")
@click.option("--title", default="", help="The title of the series.")
@click.option("--agenda", multiple=True, help="An item; can be given several times (default: the outline's agendas).")
@click.option("--replace", metavar="MEETING", help="Cancel this meeting and the later ones of its series.")
@with_client()
async def repeat_command(
    client: RoomClient, rule: str, first: str | None, time: str, zone: str | None, times: int | None,
    month: str | None, minutes: int | None, place: str | None, title: str, agenda: tuple[str, ...], replace: str | None,
) -> None:  # fmt: skip
    """Plan meetings that repeat by a RULE: "first Thursday", "last Friday", "day 15", "last day", "2 weeks".

    In the lobby, the meetings follow the outline of the course, a month each. (Organisers only.)
    """
    from cowork.rooms.recurrence import parse_rule
    from cowork.time_zones import local_zone

    try:
        day = datetime.fromisoformat(first).date() if first else datetime.now().date()
        start = datetime.combine(day, datetime.strptime(time, "%H:%M").time())
    except ValueError:
        raise click.UsageError("Write --first like 2026-12-01, and --at like 18:30.") from None
    command = PlanSeries(
        parse_rule(rule), start.isoformat(timespec="minutes"), zone or local_zone(), times, minutes, place, title,
        agenda or None, month, replace,
    )  # fmt: skip
    await client.execute(command, f"Planned, in the time zone {command.zone}: `meeting list` shows the dates.")


@click.command("coming")
@click.argument("answer", type=click.Choice(["yes", "perhaps", "no"]))
@click.option("--meeting", "id", help="The meeting, by its id (default: the next one).")
@with_client()
async def coming_command(client: RoomClient, answer: Comes, id: str | None) -> None:
    """Reply whether you will come to a meeting."""
    meetings = client.room[Meetings]
    meeting: Any = meetings.find(id) if id is not None else meetings.next(client.session.clock())
    if meeting is None:
        raise Refusal("unknown", "No meeting is planned in this room.")
    await client.execute(ReplyToMeeting(meeting.id, answer), f"{meeting.title}: your reply is “{answer}”.")


def reply_lines(meeting: Meeting) -> list[str]:
    """The line about who comes, of a meeting that is not over."""
    if meeting.ended is not None or meeting.cancelled:
        return []
    return [f"Replies: {describe_replies(meeting) or 'none yet; `meeting coming yes`'}."]
