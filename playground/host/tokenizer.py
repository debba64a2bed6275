"""The interface of a model's tokenizer."""

from collections.abc import Iterable, Sequence
from typing import Protocol


class Tokenizer(Protocol):
    """Converts text to token ids and back. `token_bytes` has the bytes of each id, `end_ids` the ids that end a text.

    `start_id` is the first id of an empty text; `chat_template` is a Jinja program, or None for a model that continues
    texts.
    """

    chat_template: str | None
    bos_id: int | None
    eos_id: int | None
    adds_bos: bool
    start_id: int
    end_ids: frozenset[int]
    token_bytes: list[bytes]

    def encode(self, text: str, special: bool = True) -> list[int]: ...
    def decode_bytes(self, ids: Iterable[int]) -> bytes: ...
    def decode(self, ids: Sequence[int]) -> str: ...
