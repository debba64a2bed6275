"""Verbs of `fromscratch cowork` for people and what they say."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import click

from cowork.rooms.chat import Chat
from cowork.rooms.reactions import Reactions
from tui.cli.cowork.shared import At, Where, clock_time, say_json, table, where_options


@click.command("people")
@where_options
def people_command(where: Where) -> None:
    """Who is in the room, and on which exercise."""

    async def people(at: At) -> None:
        here = await at.until(lambda: at.session.people.get(at.room_id), 10, "Who is here")
        rows = sorted(here.values(), key=lambda one: one.name.casefold())
        at.show({"people": rows}, table([[one.name, one.role, _doing(one)] for one in rows]))

    where.talk(people)


def _doing(person: Any) -> str:
    here = person.here
    if here is None or here.exercise is None:
        return ""
    return f"{here.exercise}, {here.passed_checks} of {here.checks} checks by their own account"


@click.command("say")
@click.argument("words", nargs=-1, required=True)
@click.option("--reply", type=int, help="The number of the message that this answers.")
@where_options
def say_command(where: Where, words: tuple[str, ...], reply: int | None) -> None:
    """Say something; `-` reads it from standard input. Without a connection it is kept, and sent later."""
    from cowork.rooms.chat import SendMessage

    text = sys.stdin.read() if words == ("-",) else " ".join(words)

    where.do(lambda at: SendMessage(text, reply), "Said.", enter=False, offline=True)


@click.command("take-back")
@click.argument("message", type=int)
@where_options
def take_back_command(where: Where, message: int) -> None:
    """Take back what you said: the MESSAGE of this number."""
    from cowork.rooms.chat import RetractMessage

    where.do(lambda at: RetractMessage(message), "Taken back.", enter=False, offline=True)


@click.command("read")
@click.option("-n", "--last", type=click.IntRange(1), default=30, show_default=True, help="So many messages.")
@click.option("--since", type=int, help="All after the message of this number.")
@click.option("--follow", is_flag=True, help="And what comes, until Ctrl-C.")
@where_options
def read_command(where: Where, last: int, since: int | None, follow: bool) -> None:
    """What was said in the room. With --json and --follow, one object a line."""

    async def read(at: At) -> None:
        messages = [one for one in at.room[Chat].messages.values() if since is None or one.seq > since]
        chosen = messages if since is not None else messages[-last:]
        if not follow:
            at.show({"room": at.room_id, "messages": [_data(at, one) for one in chosen]}, _lines(at, chosen))
            return
        moved = asyncio.Event()
        at.session.subscribe(lambda change: moved.set())
        shown = since or 0
        while True:
            for one in chosen:
                say_json(_data(at, one)) if where.as_json else at.show({}, _lines(at, [one]))
                shown = one.seq
            await moved.wait()
            moved.clear()
            chosen = [one for one in at.room[Chat].messages.values() if one.seq > shown]

    where.talk(read)


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@where_options
def search_command(where: Where, words: tuple[str, ...]) -> None:
    """Messages that have all of the WORDS."""

    async def search(at: At) -> None:
        found = at.room[Chat].search(" ".join(words))
        at.show({"room": at.room_id, "messages": [_data(at, one) for one in found]}, _lines(at, found) or ["Nothing."])

    where.talk(search)


@click.command("react")
@click.argument("to")
@click.argument("sign")
@click.option("--undo", is_flag=True, help="Take it back.")
@where_options
def react_command(where: Where, to: str, sign: str, undo: bool) -> None:
    """React to something: to a message's number, or to what was handed in and passed, with the name of a SIGN."""
    from cowork.rooms.reactions import AddReaction, RemoveReaction

    async def react(at: At) -> None:
        target = int(to) if to.isdigit() and int(to) in at.room[Chat].messages else to
        at.done(await at.do(RemoveReaction(target, sign) if undo else AddReaction(target, sign)))

    where.talk(react)


def _data(at: At, one: Any) -> dict[str, Any]:
    reactions = dict(at.room[Reactions].of(one.seq))
    return {
        "seq": one.seq, "at": one.at, "by": one.by, "name": one.name, "text": one.text, "reply_to": one.reply_to,
        "taken_back": one.taken_back, "reactions": reactions,
    }  # fmt: skip


def _lines(at: At, messages: list[Any]) -> list[str]:
    from cowork.rooms.reactions import EMOJI

    lines = []
    for one in messages:
        answers = f" (to {one.reply_to})" if one.reply_to is not None else ""
        head, *rest = ("taken back" if one.taken_back else one.text).split("\n")
        signs = "".join(f"  {EMOJI[sign]} {', '.join(names)}" for sign, names in at.room[Reactions].of(one.seq))
        lines += [
            f"{one.seq:>4}  {clock_time(one.at)}  {one.name}{answers}: {head}",
            *(f"      {line}" for line in rest),
        ]
        lines += [f"    {signs}"] if signs else []
    return lines
