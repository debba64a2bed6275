"""The fast trainer learns and encodes exactly as the plain one does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exercises.texts import many_stories, short_story
from reference.bpe import BasicTokenizer, get_stats, merge
from reference.bpe_fast import FastTokenizer, merge_array, most_frequent_pair

# few letters, so that pairs repeat, tie and overlap; signs of several bytes among them
TEXTS = st.text(alphabet="aab \né日🙂", max_size=60) | st.text(max_size=40).filter(lambda text: text.isprintable())
IDS = st.lists(st.integers(0, 3), max_size=40)


@settings(deadline=None)
@given(TEXTS, TEXTS, st.integers(256, 300))
@example("aaaaaaa", "aaaaa", 258)
@example("abab cdcd", "abcdab", 260)
@example("", "a", 300)
def test_it_learns_and_encodes_what_the_plain_one_does(text: str, other: str, vocab_size: int) -> None:
    plain, fast = BasicTokenizer(), FastTokenizer()
    plain.train(text, vocab_size)
    fast.train(text, vocab_size)
    assert list(fast.merges.items()) == list(plain.merges.items())
    assert fast.vocab == plain.vocab
    for new in (text, other, text + other):
        assert fast.encode(new) == plain.encode(new)
        assert fast.decode(fast.encode(new)) == new


@given(IDS, st.integers(0, 3), st.integers(0, 3))
def test_a_merge_of_an_array_is_that_of_a_list(ids: list[int], left: int, right: int) -> None:
    before = np.array(ids, dtype=np.int64)
    assert merge_array(before, (left, right), 9).tolist() == merge(ids, (left, right), 9)
    assert before.tolist() == ids


@given(IDS.filter(lambda ids: len(ids) > 1))
def test_of_tied_pairs_the_first_seen_wins(ids: list[int]) -> None:
    counts = get_stats(ids)
    best = max(counts, key=lambda pair: counts[pair])
    assert most_frequent_pair(np.array(ids, dtype=np.int64), 4) == (best, counts[best])


def test_it_agrees_on_real_text() -> None:
    text = short_story()[:8_000]
    plain, fast = BasicTokenizer(), FastTokenizer()
    plain.train(text, 320)
    fast.train(text, 320)
    assert list(fast.merges.items()) == list(plain.merges.items())
    new = many_stories(2_000, seed=9)
    assert fast.encode(new) == plain.encode(new)


def test_training_again_starts_afresh(capsys: pytest.CaptureFixture[str]) -> None:
    tokenizer = FastTokenizer()
    tokenizer.train("ababab", 258, verbose=True)
    assert capsys.readouterr().out.startswith("256: (97, 98): b'ab'\n")
    tokenizer.train("cdcd", 257)
    assert tokenizer.merges == {(99, 100): 256} and set(tokenizer.vocab) == set(range(257))
