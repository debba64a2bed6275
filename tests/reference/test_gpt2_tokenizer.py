"""GPT-2's tokenizer of the reference against tiktoken itself, with OpenAI's own table of ranks."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import regex
import tiktoken
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tiktoken_ext.openai_public import r50k_pat_str

from grader.child import gpt2_vocabulary
from playground.store import add
from reference.gpt2_tokenizer import END, GPT2Tokenizer, bytes_to_unicode, gpt2_split

SCRIPTS = {
    "English": "It's the dogs' day; they'll say WE'RE 'til 1,234.50 -- don't they'd've?",
    "contractions": "I'm you're he'd she'll we've it's 'S 'T 'LL 'x ''s s's I’m",
    "accents": "Ångström, naïve café, Łódź, crème brûlée, ÑANDÚ, ß ẞ ﬁ",
    "combining": "e\u0301 n\u0303o a\u0308\u0323 Z\u0351\u036b\u0343 \u0301start",
    "Greek": "Ἐν ἀρχῇ ἦν ὁ λόγος, τί ἐστιν;",
    "Cyrillic": "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "Hebrew": "שָׁלוֹם עולם \u200fימין לשמאל\u200e",
    "Arabic": "مرحبا بالعالم، كيف حالُك؟ ٠١٢٣ \u202bنص\u202c",
    "Devanagari": "नमस्ते दुनिया, क्षत्रिय १२३",
    "Thai": "สวัสดีชาวโลก ก็ไม่เป็นไร ๑๒๓",
    "Tamil, Khmer, Tibetan": "தமிழ் ភាសាខ្មែរ བོད་སྐད་",
    "Chinese": "天地玄黃，宇宙洪荒。《千字文》 𠮷野家",
    "Japanese": "こんにちは、世界！カタカナ ｶﾞ 々〆ヶ",
    "Hangul": "안녕하세요 세계 \u1112\u1161\u11ab",
    "emoji": "👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 ❤️ 🇩🇪 1️⃣ 🫠",
    "numbers": "½ ² ⅷ Ⅳ ٤ 一 ⑩ 3.14e-10 0x1F 1٢3",
    "signs": "∑∞≠ €£¥ ©®™ →← ░▒▓ “quoted” ‘x’ … – — ‐ ‑",
    "blanks": " a  b   c\td\t\te\n\nf \n g\r\nh\u00a0i\u00a0\u00a0j\u3000k\u2003l\u2028m\u0085n ",
    "only blanks": "  \t \n\n   ",
    "controls": "\x00\x01a\x07b\x1b[0m\x7f\x80\x9f\u200b\ufeff\u00adx",
    "private and unassigned": "\ue000\uf8ff\U0010ffff\u0378\ufffe\ufffd",
    "code": "def f(x):\n    return x**2  # 'squared'\n\n\tif x!=3: pass\n",
    "long": "a" * 300 + " " * 70 + "=" * 90 + "é" * 40,
    "empty": "",
}
TEXTS = st.text(max_size=60)
# blanks, letters, marks and joiners close together, where the split is hardest
HARD = st.text(alphabet=" \t\n\r\u00a0\u3000'sStTlLvVrRmMdD1２½ée\u0301\u0930\u094d\u200d😀👍🏽.,-<|>_", max_size=40)


@pytest.fixture(scope="module")
def theirs() -> Any:
    """tiktoken's encoding with its own pattern, from the fetched table."""
    ranks = gpt2_vocabulary.gpt2(str(add("gpt2-vocabulary")))._mergeable_ranks
    return tiktoken.Encoding("gpt2", pat_str=r50k_pat_str, mergeable_ranks=ranks, special_tokens={END: 50256})


@pytest.fixture(scope="module")
def ours(theirs: Any) -> GPT2Tokenizer:
    """The reference's tokenizer, from encoder and merges as GPT-2's two files hold them."""
    names = bytes_to_unicode()
    ranks = theirs._mergeable_ranks

    def name(token: bytes) -> str:
        return "".join(names[byte] for byte in token)

    merges = []
    for token in sorted((token for token in ranks if len(token) > 1), key=ranks.__getitem__):
        left, right = _halves(token, ranks)
        merges.append((name(left), name(right)))
    encoder = {name(token): rank for token, rank in ranks.items()} | {END: theirs.eot_token}
    return GPT2Tokenizer(encoder, merges)


def _halves(token: bytes, ranks: dict[bytes, int]) -> list[bytes]:
    """The two parts that the merge with this token's rank joined: what the earlier merges make of its bytes."""
    parts = [bytes([byte]) for byte in token]
    while len(parts) > 2:
        at = min(range(len(parts) - 1), key=lambda i: ranks.get(parts[i] + parts[i + 1], sys.maxsize))
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts


def check(ours: GPT2Tokenizer, theirs: Any, text: str) -> None:
    ids = ours.encode(text)
    assert ids == theirs.encode(text, disallowed_special=())
    assert ours.decode(ids) == theirs.decode(ids) == text
    pieces = gpt2_split(text)
    assert pieces == regex.findall(r50k_pat_str, text)
    assert "".join(pieces) == text


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script(ours: GPT2Tokenizer, theirs: Any, name: str) -> None:
    check(ours, theirs, SCRIPTS[name])
    check(ours, theirs, f" {SCRIPTS[name]}\n{SCRIPTS[name]} ")


@settings(deadline=None, max_examples=200)
@given(text=TEXTS)
def test_any_text(ours: GPT2Tokenizer, theirs: Any, text: str) -> None:
    check(ours, theirs, text)


@settings(deadline=None, max_examples=300)
@given(text=HARD)
@example(text="'S 's  'll")
@example(text="a\u00a0\u00a0b \n c")
def test_any_mixture_of_blanks_marks_and_letters(ours: GPT2Tokenizer, theirs: Any, text: str) -> None:
    check(ours, theirs, text)


@settings(deadline=None, max_examples=300)
@given(ids=st.lists(st.integers(0, 50256), max_size=30) | st.lists(st.integers(94, 255), max_size=12))
@example(ids=[162, 254, 100])  # bytes that are no UTF-8
def test_any_ids_decode_alike(ours: GPT2Tokenizer, theirs: Any, ids: list[int]) -> None:
    """Random ids are mostly no valid UTF-8: the same signs � stand in the same places."""
    assert ours.decode(ids) == theirs.decode(ids)


def test_every_single_token_decodes_alike(ours: GPT2Tokenizer, theirs: Any) -> None:
    assert all(ours.decode([idx]) == theirs.decode([idx]) for idx in range(50257))


@pytest.mark.parametrize(
    "text", ["a<|endoftext|>b", "<|endoftext|><|endoftext|>", "<|endoftext| >", "é <|endoftext|>\n"]
)
def test_the_end_of_a_text(ours: GPT2Tokenizer, theirs: Any, text: str) -> None:
    special = ours.encode(text, allowed_special={END})
    assert special == theirs.encode(text, allowed_special={END})
    assert ours.encode(text) == theirs.encode(text, disallowed_special=())
    assert ours.decode(special) == theirs.decode(special) == text


def test_lone_surrogates_are_refused_and_not_garbled(ours: GPT2Tokenizer) -> None:
    """They are no Unicode text. tiktoken puts � in their place; the reference says so, as Python does."""
    for text in ("\ud800", "a\udc00b"):
        assert "".join(gpt2_split(text)) == text
        with pytest.raises(UnicodeEncodeError, match="surrogates"):
            ours.encode(text)


def test_known_ids(ours: GPT2Tokenizer) -> None:
    assert ours.encode("Akwirw ier") == [33901, 86, 343, 86, 220, 959]
    assert len(bytes_to_unicode()) == len(set(bytes_to_unicode().values())) == 256
