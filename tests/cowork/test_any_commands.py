"""Any commands by any member in any order raise only refusals, and keep the hub's and the client's room equal."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from cowork.permissions import HUB
from cowork.refusal import Refusal
from cowork.rooms.break_it import TryRandomInputs
from cowork.rooms.chat import SendMessage
from cowork.rooms.live_meeting import AskQuestion
from cowork.rooms.meetings import PlanMeeting
from cowork.rooms.reactions import EMOJI
from cowork.rooms.registry import AnyCommand
from cowork.rooms.review import AddComment, RequestReview
from exercises.inputs import probes
from exercises.load import load_course
from tests.support.rooms import ANNA, BEN, GUEST, ORGA, RoomPair

EXERCISE = "causal-attention"
PROBES = list(probes(load_course().exercise(EXERCISE)))
WORDS = [EXERCISE, "multi-head-attention", "passed", "failed", *list(EMOJI)[:2], "hello", "x\x1b]0;y\x07", ""]


# fields that need matching values for commands to succeed; "$n" stands for the n-th id of `start_room`
NAMED = {
    "submission": st.sampled_from(["$0", "$0", "$1", "nothing"]),
    "meeting": st.sampled_from(["$2", "$2", "$2", "nothing"]),
    "attempt": st.sampled_from(["$3", "$3", "nothing"]),
    "probe": st.sampled_from([*PROBES, "nothing"]),
    "line": st.integers(0, 14),
}


def start_room() -> tuple[RoomPair, list[str]]:
    """A room that contains one of everything, and the ids."""
    pair = RoomPair()
    ids = [pair.hand_in(ANNA, EXERCISE, b"1\n2\n3", "failed"), pair.hand_in(BEN, EXERCISE, b"2")]
    for id, by in zip(ids, (ANNA, BEN), strict=True):
        pair.do(by, RequestReview(id))
    pair.do(ANNA, SendMessage("Hello"))
    pair.do(BEN, AddComment(ids[0], "Why?", 2))
    (planned,) = pair.do(ORGA, PlanMeeting(pair.now + 60))
    (challenged,) = pair.do(BEN, TryRandomInputs(ids[0], PROBES[0]))
    ids += [planned.meeting, challenged.attempt]
    pair.do(BEN, AskQuestion(planned.meeting, "What?"))
    return pair, ids


def values(type: Any) -> st.SearchStrategy[Any]:
    """Values that JSON can hold for a field; "$n" stands for the n-th id of the room."""
    kinds = msgspec.inspect
    if isinstance(type, kinds.UnionType):
        return st.one_of([values(member) for member in type.types])
    if isinstance(type, kinds.StructType):
        names = {field.encode_name: field.type for field in type.fields}
        given = {name: NAMED[name] if name in NAMED else values(of) for name, of in names.items()}
        needed = {name: given.pop(name) for name in [f.encode_name for f in type.fields if f.required]}
        tag = {} if type.tag is None else {str(type.tag_field): st.just(type.tag)}
        return st.fixed_dictionaries({**needed, **tag}, optional=given)
    if isinstance(type, kinds.LiteralType):
        return st.sampled_from(type.values)
    if isinstance(type, kinds.ListType | kinds.VarTupleType):
        return st.lists(values(type.item_type), max_size=3)
    if isinstance(type, kinds.DictType):
        return st.dictionaries(values(type.key_type), values(type.value_type), max_size=2)
    simple: dict[Any, st.SearchStrategy[Any]] = {
        kinds.NoneType: st.none(),
        kinds.BoolType: st.booleans(),
        kinds.IntType: st.sampled_from([*range(14), 25, -1, 2**63 - 1, -(2**63)]),
        kinds.FloatType: st.floats(-10, 1e10),
        kinds.BytesType: st.sampled_from(["", "YQ==", "YgpjCg=="]),
        kinds.StrType: st.sampled_from(["$0", "$1", *WORDS]),
        kinds.AnyType: st.integers(0, 3) | st.text(max_size=3) | st.lists(st.integers(0, 3), max_size=2),
    }
    return simple[type.__class__]


def insert_ids(data: Any, ids: list[str]) -> Any:
    if isinstance(data, dict):
        return {key: insert_ids(value, ids) for key, value in data.items()}
    if isinstance(data, list):
        return [insert_ids(value, ids) for value in data]
    if isinstance(data, str) and re.fullmatch(r"\$\d", data) and ids:
        return ids[int(data[1:]) % len(ids)]
    return data


commands = values(msgspec.inspect.type_info(AnyCommand))
turns = st.tuples(st.sampled_from([ANNA, BEN, ORGA, GUEST]), commands, st.floats(0, 4_000))


@settings(max_examples=60, deadline=None)
@given(st.lists(turns, min_size=20, max_size=40))
def test_hub_and_client_stay_equal(asked: list[Any]) -> None:
    pair, ids = start_room()
    for by, data, after in asked:
        pair.now += after
        for member in (by, ORGA, HUB):  # others may have the right
            try:
                pair.do(member, msgspec.convert(insert_ids(data, ids), AnyCommand))
            except Refusal as refusal:
                if refusal.code != "not allowed":
                    break
            except msgspec.ValidationError:
                break
            else:
                break
            finally:
                assert pair.hub == pair.client
