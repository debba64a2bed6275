"""The tokenizers that the X-ray compares, and their tokens as it shows them."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from playground.byte_bpe import ByteBPE
from playground.catalogue import GPT2, GPT2_VOCABULARY, POCKET
from playground.host.gpt2_tokenizer import GPT2Tokenizer
from playground.host.host_error import HostError
from playground.host.tokenizer import Tokenizer
from playground.xray_messages import TokenView
from reference.gguf_file import GGUFFile
from reference.gguf_tokenizer import GGUFTokenizer


def tokenizer_named(name: str, files: Mapping[str, str]) -> Tokenizer:
    """Loads "pocket", "gpt2" or "smollm2"; `files` are those that are installed. Raises HostError."""
    if name not in files:
        asset = GPT2_VOCABULARY.name if name == GPT2.name else name
        raise HostError(f"The tokenizer of {name} is not installed. Run `fromscratch models add {asset}`.")
    try:
        return _load(name, Path(files[name]))
    except (ValueError, OSError) as error:
        raise HostError(f"The tokenizer of {name} could not be loaded: {error}") from error


@cache
def _load(name: str, path: Path) -> Tokenizer:
    if name == POCKET.name:
        return ByteBPE.load(path)
    if name == GPT2.name:
        return GPT2Tokenizer(path)
    return GGUFTokenizer(GGUFFile(path).values)


def view(tokenizer: Tokenizer, id: int) -> TokenView:
    """Returns a token with its bytes and its text."""
    data = tokenizer.token_bytes[id]
    return TokenView(id, data.decode("utf-8", errors="replace"), data)


def view_all(tokenizer: Tokenizer, ids: Iterable[int]) -> list[TokenView]:
    return [view(tokenizer, id) for id in ids]
