"""Tests of the tokenizer of pocket and of trained models."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises.texts import many_stories
from playground.byte_bpe import ByteBPE, VocabularyError, learn_merges
from playground.catalogue import POCKET
from playground.model_folder import VOCABULARY
from reference.bpe import get_stats, merge
from reference.gpt2_tokenizer import END, gpt2_split

TEXTS = st.text(alphabet="aab \n'sé日🙂1.", max_size=80) | st.text(max_size=40)


@pytest.fixture(scope="module")
def pocket() -> ByteBPE:
    return ByteBPE.load(POCKET.folder / VOCABULARY)


@settings(deadline=None)
@given(TEXTS, TEXTS, st.integers(257, 300))
def test_it_learns_what_counting_all_pieces_gives(text: str, other: str, vocab_size: int) -> None:
    words = [list(piece.encode()) for piece in gpt2_split(text)]
    merges: list[tuple[int, int]] = []
    while len(merges) < vocab_size - 257:
        counts: dict[tuple[int, int], int] = {}
        for word in words:
            get_stats(word, counts)
        if not counts:
            break
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        words = [merge(word, best, 256 + len(merges)) for word in words]
        merges.append(best)
    tokenizer = ByteBPE()
    tokenizer.train(text, vocab_size)
    assert list(tokenizer.merges) == merges
    assert [idx for word in words for idx in word] == tokenizer.encode(text)
    for new in (other, text + other, f"{other}{END}{text}"):
        assert tokenizer.decode(tokenizer.encode(new)) == tokenizer.decode(tokenizer.encode(new, special=False)) == new


def test_the_end_of_a_text_is_one_id(pocket: ByteBPE) -> None:
    ids = pocket.encode(f"The end.{END}Once{END}")
    assert ids.count(2047) == 2 and ids[-1] == 2047 == pocket.eos_id == pocket.start_id
    assert 2047 not in pocket.encode(END, special=False)
    assert (pocket.vocab_size, pocket.adds_bos, pocket.end_ids) == (2048, True, frozenset({2047}))
    assert len(set(pocket.token_bytes)) == 2048


def test_pieces_are_not_merged_across_their_bounds() -> None:
    assert learn_merges({"ab": 3, " ab": 1}, 9) == [(97, 98), (32, 256)]


def test_pockets_vocabulary_fits_the_stories(pocket: ByteBPE) -> None:
    text = many_stories(100_000, seed=7)
    ids = pocket.encode(text)
    assert pocket.decode(ids) == text
    assert len(text) / len(ids) > 3.5  # characters per token


def test_a_vocabulary_is_saved_and_loaded(tmp_path: Path) -> None:
    tokenizer = ByteBPE()
    tokenizer.train("the cat and the hat", 270)
    path = tmp_path / "v.json"
    tokenizer.save(path)
    loaded = ByteBPE.load(path)
    assert list(loaded.merges.items()) == list(tokenizer.merges.items())
    assert loaded.adds_bos is tokenizer.adds_bos is False
    assert [file.name for file in tmp_path.iterdir()] == ["v.json"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "v.json has format 2; this program reads format 1."),
        ({"merges": [[32, 97], [257, 98]]}, "v.json is damaged: its merge 1 joins ids that do not exist yet."),
        ({"merges": [[32, 97], [32, 97]]}, "v.json is damaged: it has a merge twice."),
        ({"merges": "none"}, "v.json is damaged or is not a vocabulary file: Expected `array`"),
        (None, "v.json is damaged or is not a vocabulary file: Input data was truncated."),
    ],
)
def test_a_damaged_vocabulary_is_one_sentence(changes: dict[str, object] | None, message: str, tmp_path: Path) -> None:
    path, data = tmp_path / "v.json", (POCKET.folder / VOCABULARY).read_bytes()
    path.write_bytes(data[:900] if changes is None else json.dumps(json.loads(data) | changes).encode())
    with pytest.raises(VocabularyError, match=re.escape(message)):
        ByteBPE.load(path)
