"""The guard notices each replaced name, whether or not the interpreter counts the versions of dictionaries."""

import sys
import types

import pytest
import torch

from exercises.kit import compare
from grader.child import dict_versions, tamper_guard
from grader.child.dict_versions import DictVersions


def test_a_version_changes_with_its_dictionary_alone() -> None:
    module, owner = types.ModuleType("module"), type("Owner", (), {})
    versions = DictVersions([vars(module), vars(owner)])
    before = versions.read()
    assert versions.read() == before
    module.name = len
    after_module = versions.read()
    owner.method = len  # type: ignore[attr-defined]
    after_class = versions.read()
    if dict_versions.are_supported():
        assert [old == new for old, new in zip(before, after_module, strict=True)] == [False, True]
        assert [old == new for old, new in zip(after_module, after_class, strict=True)] == [True, False]
    else:
        assert before == [None, None]


@pytest.mark.parametrize("with_versions", [True, False])
def test_a_replaced_name_is_noticed_at_the_next_look_and_kept(
    with_versions: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dict_versions, "are_supported", lambda: with_versions and sys.version_info < (3, 13))
    guard = tamper_guard.TamperGuard(tamper_guard.probes_of("def output(impl): return 1"))
    assert guard.replaced() is None
    for owner, name in ((torch.nn.Module, "forward"), (torch, "softmax"), (compare, "difference")):
        guard = tamper_guard.TamperGuard(tamper_guard.probes_of(""))
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, lambda *arguments: None)
            assert str(guard.replaced()).endswith(f".{name}")
        assert str(guard.replaced()).endswith(f".{name}"), "it forgets a name that was put back"


def test_hidden_modules_can_be_shown_again() -> None:
    names = [name for name in sys.modules if name.partition(".")[0] in tamper_guard.OURS]
    tamper_guard.modules_of_ours.cache_clear()
    try:
        tamper_guard.hide_ours()
        tamper_guard.hide_ours()
        assert not any(sys.modules.get(name) for name in names)
    finally:
        tamper_guard.show_ours()
    assert all(sys.modules[name] for name in names)
    tamper_guard.modules_of_ours.cache_clear()
