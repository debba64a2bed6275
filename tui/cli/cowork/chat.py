"""The verbs of `fromscratch cowork` for people, messages and reactions."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from cowork.frames import Person
from cowork.rooms.chat import Chat, Message, RetractMessage, SendMessage
from cowork.rooms.reactions import EMOJI, AddReaction, Reactions, RemoveReaction
from tui.cli.cowork.room_client import RoomClient, Target, format_time, table, target_options, with_client
from tui.cli.terminal import read_input


@click.command("people")
@with_client()
async def people_command(client: RoomClient) -> None:
    """List the people in the room and their exercises."""
    people = sorted(await client.people(), key=lambda person: person.name.casefold())
    rows = [[person.name, person.role, _activity(person)] for person in people]
    client.show({"people": people}, table(rows))


def _activity(person: Person) -> str:
    here = person.here
    if here is None or here.exercise is None:
        return ""
    return f"{here.exercise}, {here.passed_checks} of {here.checks} checks (not verified by the hub)"


@click.command("say")
@click.argument("words", nargs=-1, required=True)
@click.option("--reply", type=int, help="Reply to the message with this number.")
@target_options
def say_command(target: Target, words: tuple[str, ...], reply: int | None) -> None:
    """Send a message; `-` reads it from standard input. Offline, it is kept and sent later."""
    text = read_input() if words == ("-",) else " ".join(words)
    target.run(lambda client: client.execute(SendMessage(text, reply), "Sent."), enter=False, offline=True)


@click.command("take-back")
@click.argument("message", type=int)
@with_client(enter=False, offline=True)
async def take_back_command(client: RoomClient, message: int) -> None:
    """Delete your message with the number MESSAGE. Organisers can delete any message."""
    await client.execute(RetractMessage(message), "Deleted.")


@click.command("read")
@click.option("-n", "--last", type=click.IntRange(1), default=30, show_default=True, help="The last N messages.")
@click.option("--since", type=int, help="All messages after the one with this number.")
@click.option("--follow", is_flag=True, help="Print new messages too, until Ctrl-C.")
@with_client()
async def read_command(client: RoomClient, last: int, since: int | None, follow: bool) -> None:
    """Print the room's messages. With --json and --follow, one JSON object per message."""
    messages = [message for message in client.room[Chat].messages.values() if since is None or message.seq > since]
    chosen = messages if since is not None else messages[-last:]
    if not follow:
        data = [_message_data(client, message) for message in chosen]
        client.show({"room": client.room_id, "messages": data}, _message_lines(client, chosen))
        return
    changed = asyncio.Event()
    client.session.subscribe(lambda change: changed.set())
    last_seq = since or 0
    while True:
        for message in chosen:
            client.show(_message_data(client, message), _message_lines(client, [message]))
            last_seq = message.seq
        await changed.wait()
        changed.clear()
        chosen = [message for message in client.room[Chat].messages.values() if message.seq > last_seq]


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@with_client()
async def search_command(client: RoomClient, words: tuple[str, ...]) -> None:
    """Print the messages that contain all of the WORDS."""
    messages = client.room[Chat].search(" ".join(words))
    data = [_message_data(client, message) for message in messages]
    lines = _message_lines(client, messages) or ["No messages match."]
    client.show({"room": client.room_id, "messages": data}, lines)


@click.command("react")
@click.argument("to")
@click.argument("sign")
@click.option("--undo", is_flag=True, help="Remove your reaction.")
@with_client()
async def react_command(client: RoomClient, to: str, sign: str, undo: bool) -> None:
    """React to a message or a submission.

    TO is the number of a message, or the id of a submission that passed.
    SIGN is one of: agree, bravo, thanks, idea, eyes, puzzled.
    """
    number = int(to) if to.isdigit() and int(to) in client.room[Chat].messages else to
    client.report(await client.do(RemoveReaction(number, sign) if undo else AddReaction(number, sign)))


def _message_data(client: RoomClient, message: Message) -> dict[str, Any]:
    reactions = dict(client.room[Reactions].of(message.seq))
    return {
        "seq": message.seq, "at": message.at, "by": message.by, "name": message.name, "text": message.text,
        "reply_to": message.reply_to, "taken_back": message.taken_back, "reactions": reactions,
    }  # fmt: skip


def _message_lines(client: RoomClient, messages: list[Message]) -> list[str]:
    lines = []
    for message in messages:
        reply = f" (to {message.reply_to})" if message.reply_to is not None else ""
        first, *rest = ("deleted" if message.taken_back else message.text).split("\n")
        lines.append(f"{message.seq:>4}  {format_time(message.at)}  {message.name}{reply}: {first}")
        lines += [f"      {line}" for line in rest]
        reactions = client.room[Reactions].of(message.seq)
        if reactions:
            lines.append("    " + "".join(f"  {EMOJI[sign]} {', '.join(names)}" for sign, names in reactions))
    return lines
