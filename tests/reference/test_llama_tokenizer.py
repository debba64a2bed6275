"""The tokenizer of a GGUF file: against a plain byte-pair encoder that follows the file's list of merges."""

from itertools import pairwise

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from reference.chat_template import ChatTemplateError, render_chat
from reference.gguf_file import GGUFError
from reference.gguf_tokenizer import GPT2_PATTERN, GGUFTokenizer, byte_characters
from tests.support.tiny_llama import MERGES, SPECIALS, TEMPLATE, tokenizer_values, vocabulary

TEXTS = st.text(alphabet=st.sampled_from("abcheron it é1٣½ \n\t'sd<|>_?汉😀"), max_size=30)


def plain_bpe(text: str, tokens: list[str]) -> list[int]:
    """Digits off, then GPT-2's pieces, then the first merge of the list that applies, again and again."""
    of_byte = {byte: character for character, byte in byte_characters().items()}
    merges = [tuple(merge.split(" ")) for merge in MERGES]
    ids = []
    for part in regex.split(r"(\p{N})", text):
        for piece in regex.findall(GPT2_PATTERN, part):
            symbols = [of_byte[byte] for byte in piece.encode()]
            while pairs := [p for p in pairwise(symbols) if p in merges]:
                first = min(pairs, key=merges.index)
                at = list(pairwise(symbols)).index(first)
                symbols[at : at + 2] = ["".join(first)]
            ids += [tokens.index(symbol) for symbol in symbols]
    return ids


@given(TEXTS)
def test_ids_are_those_of_the_merges_in_their_order(text: str) -> None:
    assert GGUFTokenizer(tokenizer_values()).encode(text, special=False) == plain_bpe(text, vocabulary())


@given(TEXTS)
def test_ids_need_not_be_numbered_in_the_order_of_the_merges(text: str) -> None:
    tokens = vocabulary(shuffled=True)
    tokenizer = GGUFTokenizer(tokenizer_values(tokens))
    assert tokenizer.encode(text, special=False) == plain_bpe(text, tokens)


@given(st.text(max_size=40))
def test_decoding_gives_the_text_back(text: str) -> None:
    tokenizer = GGUFTokenizer(tokenizer_values())
    assert tokenizer.decode(tokenizer.encode(text, special=False)) == text


def test_bytes_without_a_token_are_left_out() -> None:
    tokenizer = GGUFTokenizer(tokenizer_values(vocabulary(without=b"\x00h")))
    assert tokenizer.decode(tokenizer.encode("a\x00b hsh")) == "ab s"


def test_special_tokens_are_one_token_only_where_they_may_be() -> None:
    tokenizer = GGUFTokenizer(tokenizer_values())
    assert tokenizer.encode("<|im_start|>the") == [1, *tokenizer.encode("the")]
    plain = tokenizer.encode("<|im_start|>", special=False)
    assert 1 not in plain
    assert tokenizer.decode(plain) == tokenizer.decode([1]) == "<|im_start|>"
    assert tokenizer.end_ids == {0, 2}
    assert [tokenizer.special[text] for text in SPECIALS] == [0, 1, 2]


def test_a_character_may_be_spread_over_tokens() -> None:
    tokenizer = GGUFTokenizer(tokenizer_values())
    ids = tokenizer.encode("😀")
    assert len(ids) == 4
    assert tokenizer.decode(ids[:2]) == "�"
    assert tokenizer.decode(ids) == "😀"


def test_lone_surrogates_do_no_harm() -> None:
    tokenizer = GGUFTokenizer(tokenizer_values())
    assert tokenizer.decode(tokenizer.encode("a\ud800b")) == "a�b"


def test_a_vocabulary_of_other_characters_is_refused() -> None:
    with pytest.raises(GGUFError, match="represents no byte"):
        GGUFTokenizer(tokenizer_values([*vocabulary(), "a b"]))


def test_the_files_own_template_makes_the_prompt() -> None:
    said = [{"role": "user", "content": "Hi {{ 1 }}"}]
    assert render_chat(TEMPLATE, said) == (
        "<|im_start|>system\nBe kind<|im_end|>\n<|im_start|>user\nHi {{ 1 }}<|im_end|>\n<|im_start|>assistant\n"
    )
    own = [{"role": "system", "content": "S"}, *said]
    assert render_chat(TEMPLATE, own).startswith("<|im_start|>system\nS<|im_end|>\n<|im_start|>user")


@pytest.mark.parametrize(
    "template",
    [
        "{{ messages.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.append(1) }}",
        "{{ raise_exception('Roles must alternate') }}",
        "{% for %}",
        "{{ nothing.here }}",
    ],
)
def test_a_template_that_misbehaves_is_an_error(template: str) -> None:
    with pytest.raises(ChatTemplateError):
        render_chat(template, [{"role": "user", "content": "Hi"}])
