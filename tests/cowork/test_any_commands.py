"""Any commands, by anybody, in any order: only refusals are raised, and hub and client see the same room."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from rooms_kit import ANNA, BEN, GUEST, ORGA, Table

from cowork.people import HUB
from cowork.refusal import Refusal
from cowork.rooms.chat import Say
from cowork.rooms.reactions import SIGNS
from cowork.rooms.registry import AnyCommand
from cowork.rooms.review import AskReview

ID = re.compile(r"\b[0-9a-f]{16}\b")  # what facts name things by
WORDS = ["causal-attention", "multi-head-attention", "passed", "failed", *list(SIGNS)[:2], "hello", "x\x1b]0;y\x07", ""]


def values(type: Any) -> st.SearchStrategy[Any]:
    """What JSON may hold for a field; "$n" stands for the id of something that is there."""
    kinds = msgspec.inspect
    if isinstance(type, kinds.UnionType):
        return st.one_of([values(one) for one in type.types])
    if isinstance(type, kinds.StructType):
        given = {field.encode_name: values(field.type) for field in type.fields}
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
        kinds.IntType: st.integers(0, 12) | st.integers(-(2**63), 2**63 - 1),
        kinds.FloatType: st.floats(-10, 1e10),
        kinds.BytesType: st.sampled_from(["", "YQ==", "YgpjCg=="]),
        kinds.StrType: st.sampled_from([f"${n}" for n in range(3)] * 4 + WORDS) | st.text(max_size=6),
        kinds.AnyType: st.integers(0, 3) | st.text(max_size=3) | st.lists(st.integers(0, 3), max_size=2),
    }
    return simple[type.__class__]


def put_in(data: Any, ids: list[str]) -> Any:
    if isinstance(data, dict):
        return {key: put_in(value, ids) for key, value in data.items()}
    if isinstance(data, list):
        return [put_in(value, ids) for value in data]
    if isinstance(data, str) and re.fullmatch(r"\$\d", data) and ids:
        return ids[int(data[1:]) % len(ids)]
    return data


commands = values(msgspec.inspect.type_info(AnyCommand))
turns = st.tuples(st.sampled_from([ANNA, ANNA, BEN, BEN, ORGA, GUEST, HUB]), commands, st.floats(0, 4_000))


@settings(max_examples=60, deadline=None)
@given(st.lists(turns, min_size=20, max_size=40))
def test_rooms_fold_alike(asked: list[Any]) -> None:
    table = Table()
    ids = dict.fromkeys([table.hand_in(ANNA, "causal-attention", b"1\n2\n3", "failed")])
    ids[table.hand_in(BEN, "causal-attention", b"2")] = None
    for id, by in zip(ids, (ANNA, BEN), strict=True):
        table.do(by, AskReview(id))
    table.do(ANNA, Say("Hello"))
    for by, data, after in asked:
        table.now += after
        try:
            facts = table.do(by, msgspec.convert(put_in(data, list(ids)), AnyCommand))
        except (Refusal, msgspec.ValidationError):
            continue
        finally:
            assert table.hub == table.client
        ids |= dict.fromkeys(ID.findall(msgspec.json.encode(facts).decode()))
    assert table.hub == table.client
