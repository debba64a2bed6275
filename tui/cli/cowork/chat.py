"""The verbs of `fromscratch cowork` for people, messages and reactions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from cowork.rooms.chat import Chat, Message, RetractMessage, SendMessage
from cowork.rooms.reactions import EMOJI, AddReaction, Reactions, RemoveReaction
from tui.cli.cowork.room_client import (
    CHANGE_TIMEOUT,
    RoomClient,
    Target,
    format_time,
    print_json,
    table,
    target_options,
)
from tui.cli.terminal import read_input

if TYPE_CHECKING:
    from cowork.frames import Person


@click.command("people")
@target_options
def people_command(target: Target) -> None:
    """List the people in the room and their exercises."""

    async def list_people(client: RoomClient) -> None:
        present = await client.wait_for(
            lambda: client.session.people.get(client.room_id), CHANGE_TIMEOUT, "The list of people"
        )
        people = sorted(present.values(), key=lambda person: person.name.casefold())
        rows = [[person.name, person.role, _activity(person)] for person in people]
        client.show({"people": people}, table(rows))

    target.run(list_people)


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
    target.do(lambda client: SendMessage(text, reply), "Sent.", enter=False, offline=True)


@click.command("take-back")
@click.argument("message", type=int)
@target_options
def take_back_command(target: Target, message: int) -> None:
    """Delete your message with the number MESSAGE. Organisers can delete any message."""
    target.do(lambda client: RetractMessage(message), "Deleted.", enter=False, offline=True)


@click.command("read")
@click.option("-n", "--last", type=click.IntRange(1), default=30, show_default=True, help="The last N messages.")
@click.option("--since", type=int, help="All messages after the one with this number.")
@click.option("--follow", is_flag=True, help="Print new messages too, until Ctrl-C.")
@target_options
def read_command(target: Target, last: int, since: int | None, follow: bool) -> None:
    """Print the room's messages. With --json and --follow, one JSON object per message."""

    async def read(client: RoomClient) -> None:
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
                if target.as_json:
                    print_json(_message_data(client, message))
                else:
                    client.show({}, _message_lines(client, [message]))
                last_seq = message.seq
            await changed.wait()
            changed.clear()
            chosen = [message for message in client.room[Chat].messages.values() if message.seq > last_seq]

    target.run(read)


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@target_options
def search_command(target: Target, words: tuple[str, ...]) -> None:
    """Print the messages that contain all of the WORDS."""

    async def search(client: RoomClient) -> None:
        messages = client.room[Chat].search(" ".join(words))
        data = [_message_data(client, message) for message in messages]
        lines = _message_lines(client, messages) or ["No messages match."]
        client.show({"room": client.room_id, "messages": data}, lines)

    target.run(search)


@click.command("react")
@click.argument("to")
@click.argument("sign")
@click.option("--undo", is_flag=True, help="Remove your reaction.")
@target_options
def react_command(target: Target, to: str, sign: str, undo: bool) -> None:
    """React to a message or a submission.

    TO is the number of a message, or the id of a submission that passed.
    SIGN is one of: agree, bravo, thanks, idea, eyes, puzzled.
    """

    async def react(client: RoomClient) -> None:
        number = int(to) if to.isdigit() and int(to) in client.room[Chat].messages else to
        client.report(await client.do(RemoveReaction(number, sign) if undo else AddReaction(number, sign)))

    target.run(react)


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
