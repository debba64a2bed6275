"""GPT-2's tokenizer for the host, from the vocabulary file that `fromscratch models add gpt2-vocabulary` installs."""

import base64
from collections.abc import Iterable, Sequence
from pathlib import Path

import tiktoken

from reference.gpt2_tokenizer import END, PATTERN


class GPT2Tokenizer:
    """Converts text to GPT-2's token ids and back, with the attributes of GGUFTokenizer that the host uses."""

    chat_template: str | None = None
    bos_id: int | None = None
    adds_bos = False

    def __init__(self, path: Path) -> None:
        """`path` is a file with lines "base64 rank"."""
        with path.open("rb") as file:
            lines = (line.partition(b" ") for line in file)
            ranks = {base64.b64decode(token): int(rank) for token, _, rank in lines}
        self.eos_id: int | None = len(ranks)
        self.token_bytes = [*ranks, END.encode()]
        self.start_id = len(ranks)  # GPT-2 begins a text with the end of the one before
        self.end_ids = frozenset((len(ranks),))
        self._bpe = tiktoken.Encoding("gpt2", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={END: len(ranks)})

    def encode(self, text: str, special: bool = True) -> list[int]:
        """Converts text to token ids. If `special` is true, <|endoftext|> becomes one id."""
        return self._bpe.encode(text, allowed_special={END} if special else set(), disallowed_special=())

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        return b"".join(self.token_bytes[token] for token in ids)

    def decode(self, ids: Sequence[int]) -> str:
        return self.decode_bytes(ids).decode("utf-8", errors="replace")
