"""A feature is declared once: commands, facts, state, rights, queries, verbs and page follow from the declaration."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
import msgspec
import pytest
from click.testing import CliRunner

from cowork.permissions import ORGANISERS, Member, Right, require
from cowork.refusal import Refusal
from cowork.rooms.base import Command, Event, Fact, Feature, Job, Page, Query, Room, State
from cowork.rooms.chat import Chat
from cowork.rooms.registry import FEATURES, REGISTRY, Registry
from tests.support.rooms import ANNA, GUEST, ORGA
from tui.cli.lazy_group import LazyGroup

RING = Right("ring", ORGANISERS)


@dataclass
class Bell(State):
    rings: int = 0

    def jobs(self, room: str) -> list[Job]:
        return [Job("echo", room, str(self.rings))] if self.rings else []


class BellRung(Fact, frozen=True, tag="bell rung"):
    times: int

    def apply(self, room: Room, event: Event[Any]) -> None:
        room[Bell].rings += self.times


class RingBell(Command, frozen=True, tag="ring bell"):
    times: int = 1

    def decide(self, room: Room, by: Member, now: float) -> list[Fact]:
        require(by, RING, room.id)
        return [BellRung(self.times)]


class RingsQuery(Query, frozen=True, tag="rings"):
    def answer(self, room: Room, by: Member, blob: Callable[[str], bytes]) -> Any:
        return room[Bell].rings


@click.command("ring")
def ring_command() -> None:
    click.echo("ding")


PAGE = Page("bell", "l", "Bell", "Ring it", "test_features:Bell")
TOY = Feature(Bell, (RingBell,), (BellRung,), (RingsQuery,), (RING,), "test_features", ("ring",), PAGE)
WITH_TOY = Registry((*FEATURES, TOY))


def test_its_command_leads_to_its_event_and_the_event_to_its_state() -> None:
    room = WITH_TOY.new_room("r", "Room")
    command = msgspec.json.decode(b'{"do": "ring bell", "times": 2}', type=WITH_TOY.command)
    (fact,) = command.decide(room, ORGA, 0.0)
    sent = msgspec.json.encode(Event(1, 0.0, ORGA.id, ORGA.name, "c1", fact))
    room.apply(WITH_TOY.read_event(sent))
    assert room[Bell].rings == 2
    assert room[Chat].messages == {}
    assert room.jobs() == [Job("echo", "r", "2")]
    query = msgspec.json.decode(b'{"ask": "rings"}', type=WITH_TOY.query)
    assert query.answer(room, ORGA, lambda key: b"") == 2


@pytest.mark.parametrize("member", [ANNA, GUEST])
def test_its_right_is_required(member: Member) -> None:
    assert RING in WITH_TOY.rights
    with pytest.raises(Refusal, match="Only an organiser"):
        RingBell().decide(WITH_TOY.new_room("r", "Room"), member, 0.0)


def test_its_verb_is_a_command() -> None:
    group = LazyGroup("cowork", modules=WITH_TOY.verbs)
    assert CliRunner().invoke(group, ["ring"]).output == "ding\n"


def test_its_page_is_listed_last() -> None:
    assert list(WITH_TOY.pages) == ["chat", "board", "review", "breaks", "league", "meeting", "meanwhile", "bell"]


def test_other_registries_do_not_know_it() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"do": "ring bell"}', type=REGISTRY.command)
    assert "ring" not in REGISTRY.verbs


def test_every_verb_has_its_command() -> None:
    from tui.cli.cowork import cowork_command

    context = click.Context(cowork_command)
    for verb in REGISTRY.verbs:
        assert cowork_command.get_command(context, verb) is not None, verb


def test_every_page_has_its_widget() -> None:
    for page in REGISTRY.pages.values():
        module, _, name = f"tui.screens.cowork_pages.{page.widget}".partition(":")
        assert page.id == getattr(importlib.import_module(module), name).TAB
