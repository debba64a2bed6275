"""Tests of SmolLM2, downloaded through the package index: its answer and its tokens are the known ones."""

import asyncio
from pathlib import Path

from playground import store
from playground.command import stream
from playground.messages import Sampling
from reference.gguf_file import GGUFFile
from reference.gguf_tokenizer import GGUFTokenizer

PROMPT = "Explain self-attention in one paragraph."
BEGINNING = (
    "Self-attention is a cognitive strategy that involves actively processing and evaluating "
    "the context of a given task,"
)
# computed by the tokenizers package with the same vocabulary, merges and pre-tokenization
TEXT = "Hello  World! 3.14159 isn't\n\n\tdef f(x):    return x²  # 漢字 😀 naïve\n"
IDS = """
19556 216 2260 17 216 35 30 33 36 33 37 41 3247 982 1116 197 1604 275
24 104 727 333 1003 1792 19133 216 907 17097 137 112 36518 40303 218 15486 46494 198
"""


def install() -> Path:
    """Installs the model in the platform's data folder, where later runs find it."""
    return store.add("smollm2")


async def test_smollm2_explains_self_attention() -> None:
    await asyncio.to_thread(install)
    written: list[str] = []
    sampling = Sampling(greedy=True, max_tokens=24)
    assert await stream(PROMPT, "smollm2", sampling, {}, tuple, written.append, exact=True) == 0
    assert "".join(written).startswith(BEGINNING)


def test_its_tokens_equal_those_of_the_tokenizers_package() -> None:
    tokenizer = GGUFTokenizer(GGUFFile(install()).values)
    ids = [int(number) for number in IDS.split()]
    assert tokenizer.encode(TEXT) == ids
    assert tokenizer.decode(ids) == TEXT
