"""The byte-level BPE tokenizer of a GGUF file, built from its vocabulary, merges and special tokens.

tiktoken merges the adjacent pair whose joined bytes have the lowest rank. The file lists the merges in the order in
which they were learned, so a merge's index in the list determines the rank of its token. Ranks differ from the
model's token ids: they number the 256 bytes, then the merges, then the special tokens.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import tiktoken

from reference.gguf_file import GGUFError

# The pre-tokenization patterns, by their names in GGUF files.
GPT2_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
# SmolLM splits off every digit first, then applies GPT-2's pattern to the text between digits.
SMOLLM_PATTERN = r"\p{N}|'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?[^\s\p{L}\p{N}]+|\s+(?![^\s\p{N}])|\s+"
PATTERNS = {"gpt-2": GPT2_PATTERN, "default": GPT2_PATTERN, "smollm": SMOLLM_PATTERN}

CONTROL, USER_DEFINED = 3, 4  # values of tokenizer.ggml.token_type


def byte_characters() -> dict[str, int]:
    """Maps the characters of GPT-2's vocabulary files to the bytes that they represent.

    Printable bytes represent themselves; the other 68 bytes are represented by the characters from U+0100 on.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + i): byte for i, byte in enumerate(others)}


class GGUFTokenizer:
    """Converts text to the model's token ids and back.

    `values` is GGUFFile.values. Raises GGUFError if the tokenizer is of a different type.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        if values.get("tokenizer.ggml.model") != "gpt2":
            raise GGUFError("the file's tokenizer is not a byte-level BPE tokenizer")
        pre = values.get("tokenizer.ggml.pre", "default")
        if pre not in PATTERNS:
            raise GGUFError(f"the file's pre-tokenization is not supported: {pre}")
        tokens: list[str] = values["tokenizer.ggml.tokens"]
        types: list[int] = values.get("tokenizer.ggml.token_type", [1] * len(tokens))
        byte_of = byte_characters()

        def to_bytes(token: str) -> bytes:
            return bytes(map(byte_of.__getitem__, token))

        special_ids = {i for i, kind in enumerate(types) if kind in (CONTROL, USER_DEFINED)}
        self.special: dict[str, int] = {tokens[i]: i for i in special_ids}
        try:
            self.token_bytes: list[bytes] = [
                token.encode() if i in special_ids else to_bytes(token) for i, token in enumerate(tokens)
            ]
            merges = ["".join(merge.split(" ", 1)) for merge in values["tokenizer.ggml.merges"]]
            in_order = [bytes([byte]) for byte in range(256)] + [to_bytes(merge) for merge in merges]
        except KeyError as error:
            raise GGUFError(f"a character in the vocabulary represents no byte: {error}") from error

        ids = {token: i for i, token in enumerate(self.token_bytes) if i not in special_ids}
        ranks: dict[bytes, int] = {}
        self._id_of_rank: list[int | None] = []  # None for a byte that is not in the vocabulary
        for token in in_order:
            if token not in ranks and (token in ids or len(token) == 1):
                ranks[token] = len(ranks)
                self._id_of_rank.append(ids.get(token))
        special_ranks = {token: len(ranks) + i for i, token in enumerate(self.special)}
        self._id_of_rank.extend(self.special.values())
        self._bpe = tiktoken.Encoding(
            "gguf", pat_str=PATTERNS[pre], mergeable_ranks=ranks, special_tokens=special_ranks
        )

        self.chat_template: str | None = values.get("tokenizer.chat_template")
        self.bos_id: int | None = values.get("tokenizer.ggml.bos_token_id")
        self.eos_id: int | None = values.get("tokenizer.ggml.eos_token_id")
        self.adds_bos: bool = values.get("tokenizer.ggml.add_bos_token", False) and self.bos_id is not None
        end_of_text = self.special.get("<|endoftext|>")
        ends = (self.eos_id, values.get("tokenizer.ggml.eot_token_id"), end_of_text)
        self.end_ids: frozenset[int] = frozenset(end for end in ends if end is not None)
        # the first id of an empty text
        self.start_id: int = next((i for i in (end_of_text, self.bos_id) if i is not None), 0)

    @property
    def vocab_size(self) -> int:
        return len(self.token_bytes)

    def encode(self, text: str, special: bool = True) -> list[int]:
        """Converts text to token ids. If `special` is true, special tokens such as <|im_start|> become one id.

        Omits bytes that are not in the vocabulary, such as some control characters in SmolLM2.
        """
        allowed = set(self.special) if special else set()
        ranks = self._bpe.encode(text, allowed_special=allowed, disallowed_special=())
        ids = [self._id_of_rank[rank] for rank in ranks]
        return [token for token in ids if token is not None]

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """Converts token ids to bytes. A token may hold part of a character, so decode the joined bytes."""
        return b"".join(self.token_bytes[token] for token in ids)

    def decode(self, ids: Sequence[int]) -> str:
        return self.decode_bytes(ids).decode("utf-8", errors="replace")
