"""Runs the learner's tokenizer over a model's vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from playground.byte_bpe import ByteBPE
from playground.host.own_code import OwnCode, PartError
from playground.host.tokenizer import Tokenizer
from reference.gpt2_tokenizer import END, bytes_to_unicode


class OwnTokenizer:
    """Encodes and decodes with the learner's GPT2Tokenizer; ids and their bytes are those of the model's vocabulary."""

    def __init__(self, base: ByteBPE, code: OwnCode) -> None:
        self.chat_template, self.bos_id, self.eos_id = base.chat_template, base.bos_id, base.eos_id
        self.adds_bos, self.start_id, self.end_ids = base.adds_bos, base.start_id, base.end_ids
        self.token_bytes, self._code = base.token_bytes, code
        self.part = "tokenizer" if code.is_own("tokenizer") else "pretokenizer"
        encoder, merges = gpt2_files(base)
        self._own = self._call(lambda: code.part("tokenizer")(encoder, merges))

    def encode(self, text: str, special: bool = True) -> list[int]:
        """Converts text to token ids. Raises PartError where the learner's code fails or returns other things."""
        ids = self._call(lambda: list(self._own.encode(text, allowed_special={END} if special else set())))
        if not all(isinstance(id, int) and 0 <= id < len(self.token_bytes) for id in ids):
            raise PartError(self.part, f"Your {self.part} returned ids that are not in the vocabulary.")
        return ids

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        return b"".join(self.token_bytes[id] for id in ids)

    def decode(self, ids: Sequence[int]) -> str:
        text = self._call(lambda: self._own.decode(list(ids)))
        if not isinstance(text, str):
            raise PartError(self.part, f"Your {self.part} decoded ids to {type(text).__name__}, not to text.")
        return text

    def _call(self, function: Any) -> Any:
        try:
            return function()
        except PartError:
            raise
        except (Exception, SystemExit) as error:
            raise self._code.blame(error, self.part) from error


def own_tokenizer(base: Tokenizer, code: OwnCode) -> Tokenizer:
    """Returns the learner's tokenizer over the vocabulary of `base`, or `base` if none of its parts is chosen.

    Raises PartError if the learner's cannot be created.
    """
    chosen = next((id for id in ("tokenizer", "pretokenizer") if code.is_own(id)), None)
    if chosen is None:
        return base
    if not isinstance(base, ByteBPE):
        raise PartError(chosen, "The tokenizer of this model cannot be replaced, only that of pocket and yours.")
    return OwnTokenizer(base, code)


def gpt2_files(base: ByteBPE) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Returns a vocabulary as GPT-2's two files have it: ids by spelled tokens, and the merges in order."""
    characters = bytes_to_unicode()

    def spelled(id: int) -> str:
        return "".join(characters[byte] for byte in base.token_bytes[id])

    encoder = {spelled(id): id for id in range(len(base.token_bytes)) if id != base.end_id}
    encoder[END] = base.end_id
    return encoder, [(spelled(left), spelled(right)) for left, right in base.merges]
