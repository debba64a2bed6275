"""A look at what stands under names tells every change of it, whether the quick look is possible here or not."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest

from grader.child import namespace_snapshot
from grader.child.namespace_snapshot import Codes, Table

SOURCE = """
def one(): return 1
def other(): return 2
class Thing:
    def method(self): return 3
number = 4
"""


@pytest.fixture(params=["counted", "quick", "by names"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param != "counted":
        monkeypatch.setattr(namespace_snapshot, "COUNTED", False)
    if request.param == "by names":
        monkeypatch.setattr(namespace_snapshot, "QUICK", False)
        monkeypatch.setattr(namespace_snapshot, "CODE", 0)


def made() -> Any:
    module = types.ModuleType("made")
    exec(SOURCE, vars(module))
    return module


def functions(name: str, value: object) -> bool:
    return isinstance(value, types.FunctionType)


def told(table: Table) -> list[str]:
    return [name for name, _, _ in table.replaced()]


def test_what_stands_for_something_else_is_told_until_it_is_put_back() -> None:
    module = made()
    right, table = module.one, Table(module, functions)
    assert told(table) == []
    for wrong in (module.other, None, lambda: 1):
        module.one = wrong
        assert table.replaced() == [("one", wrong, right)]
    del module.one
    assert told(table) == ["one"]
    module.one = right
    assert told(table) == []


@pytest.mark.parametrize("change", [
    lambda module: setattr(module, "number", 5),
    lambda module: setattr(module, "added", lambda: 6),
    lambda module: [setattr(module, f"name_{i}", made) for i in range(1000)],
    lambda module: setattr(module, "one", vars(module).pop("one")),
])  # fmt: skip
def test_other_names_may_change_and_the_next_look_still_sees(change: Callable[[Any], object]) -> None:
    module = made()
    table = Table(module, functions)
    change(module)
    assert told(table) == []
    assert told(table) == []
    module.other = module.one
    assert told(table) == ["other"]


def test_methods_of_a_class() -> None:
    module = made()
    table = Table(module.Thing, functions)
    assert table.name == "made.Thing"
    right = module.Thing.method
    module.Thing.method = module.one
    assert told(table) == ["method"]
    module.Thing.method = right
    assert told(table) == []


def test_code_put_in_place_of_a_function_s_own() -> None:
    module = made()
    codes = Codes([module.one, module.other])
    assert codes.replaced() is None
    right = module.other.__code__
    module.other.__code__ = module.one.__code__
    assert codes.replaced() == "made.other"
    module.other.__code__ = right
    assert codes.replaced() is None


def test_the_quick_look_is_possible_on_cpython(request: pytest.FixtureRequest) -> None:
    if request.node.callspec.params["way"] == "quick":
        assert namespace_snapshot.QUICK
        assert namespace_snapshot.CODE
