"""What `parts` offers is all that is needed, and nothing more of the reference."""

from __future__ import annotations

from grader.source import slicing


def test_a_slice_holds_what_is_needed_and_no_more() -> None:
    sources, offers = slicing.sliced([("reference.attention", "CausalAttention")])
    assert offers == {"CausalAttention": "attention"}
    text = sources["attention"]
    assert "class CausalAttention" in text
    assert "class SelfAttention_v1" not in text
    assert "class MultiHeadAttention" not in text
    namespace: dict[str, object] = {"__name__": "slice"}
    exec(text, namespace)
    assert callable(namespace["CausalAttention"])


def test_nothing_is_offered_for_nothing() -> None:
    assert slicing.sliced([]) == ({}, {})
