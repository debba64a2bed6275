"""`parts` contains what it offers and its dependencies, and nothing else of the reference."""

from __future__ import annotations

from grader.source import slicing


def test_a_slice_contains_only_dependencies() -> None:
    sources, offers = slicing.sliced([("reference.attention", "CausalAttention")])
    assert offers == {"CausalAttention": "attention"}
    text = sources["attention"]
    assert "class CausalAttention" in text
    assert "class SelfAttention_v1" not in text
    assert "class MultiHeadAttention" not in text
    namespace: dict[str, object] = {"__name__": "slice"}
    exec(text, namespace)
    assert callable(namespace["CausalAttention"])


def test_without_symbols_nothing_is_offered() -> None:
    assert slicing.sliced([]) == ({}, {})
