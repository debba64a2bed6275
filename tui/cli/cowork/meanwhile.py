"""`fromscratch cowork meanwhile`: what concerns the learner in all rooms since they last looked."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from cowork.rooms.base import Room
from cowork.rooms.meanwhile import passed_exercises, unseen_news
from cowork.rooms.news import News, Reader
from tui.cli.cowork.room_client import RoomClient, format_time, with_client
from tui.news_text import sentence

COMMANDS = {
    "chat": "read --since {before}",
    "review": "review show {target}",
    "breaks": "review show {target}",
    "meeting": "meeting show {target}",
}


@click.command("meanwhile")
@click.option("--keep", is_flag=True, help="Do not mark anything as seen.")
@with_client(enter=False)
async def meanwhile_command(client: RoomClient, keep: bool) -> None:
    """Print what is new for you since you last looked, in all rooms or in --room.

    These are mentions (@name), replies, comments and reviews, broken code, meetings and assignments. They are then
    marked as seen, on all your devices.
    """
    session = client.session
    ids = [client.room_id] if client.target.room is not None else [card.id for card in session.cards]
    rooms = [await session.enter(card.id) for card in session.cards]  # passes in all rooms count
    seen = await client.request("seen")
    names = {id: frozenset(member["name"] for member in await client.room_members(id)) for id in ids}
    client.keep_due_dates()
    me = session.member
    assert me is not None
    passed = passed_exercises(rooms, me.id)
    found: list[tuple[Room, News]] = []
    for id in ids:
        reader = Reader(me, session.clock(), names[id], passed, frozenset(seen.get(id, ())))
        found += [(session.rooms[id], news) for news in unseen_news(session.rooms[id], reader)]
    found.sort(key=lambda pair: -pair[1].at)
    client.show(
        {"news": [_data(room, news) for room, news in found]},
        [line for room, news in found for line in _lines(client, room, news)] or ["There is nothing new for you."],
    )
    if found and not keep:
        marks: dict[str, list[int]] = {}
        for room, news in found:
            marks.setdefault(room.id, []).extend({news.seq, *news.covers})
        await client.request("mark seen", seqs=marks)


def _data(room: Room, news: News) -> dict[str, Any]:
    data: dict[str, Any] = {"room": room.id, "room_title": room.title, **msgspec.to_builtins(news)}
    del data["covers"]
    return data


def _lines(client: RoomClient, room: Room, news: News) -> list[str]:
    command = COMMANDS.get(news.page, "").format(before=news.seq - 1, target=news.target)
    line = f"{format_time(news.at)}  {sentence(news, room.title, client.session.clock())}"
    if not command:
        return [line, f"       fromscratch open {news.target}"]
    return [line, f"       fromscratch cowork {command} --room {room.id}"]
