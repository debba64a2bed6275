"""All commands, facts and questions there are, for reading them from JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from cowork.rooms.base import Event
from cowork.rooms.chat import Said, Say, TakeBack, TakenBack
from cowork.rooms.work import HandedIn, HandIn, Judged, Record, SourceOf

AnyCommand = Say | TakeBack | HandIn | Record
AnyFact = Said | TakenBack | HandedIn | Judged
AnyQuestion = SourceOf

_event = msgspec.json.Decoder(Event[AnyFact])
_fact = msgspec.json.Decoder(AnyFact)


def read_event(data: bytes | str) -> Event[Any]:
    """An event from JSON; raises msgspec.ValidationError."""
    return _event.decode(data)


def read_fact(data: bytes | str) -> Any:
    return _fact.decode(data)
