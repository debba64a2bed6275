"""A small tokenizer for the probes of exercise.toml; it treats special tokens and tensors as tiktoken does."""

import re

LETTERS = "abc<|>endoftx AB"
SPECIAL = "<|endoftext|>"
E_ACUTE = tuple("é".encode())  # the ids of its two bytes: 195 and 169
TOKENS = (
    {i: letter.encode() for i, letter in enumerate(LETTERS)}
    | {byte: bytes([byte]) for byte in E_ACUTE}
    | {50256: SPECIAL.encode()}
)


class Letters:
    """Each letter is a token, numbered from 0, each byte of é is one too, and <|endoftext|> is the token 50256."""

    def encode(self, text, *, allowed_special=frozenset(), disallowed_special="all"):
        allowed = allowed_special == "all" or SPECIAL in allowed_special
        if SPECIAL in text and not allowed and disallowed_special == "all":
            raise ValueError(f"Encountered text corresponding to disallowed special token {SPECIAL!r}.")
        pieces = re.split(f"({re.escape(SPECIAL)})", text) if allowed else [text]
        return [i for piece in pieces for i in ([50256] if piece == SPECIAL else self._ids(piece))]

    def encode_ordinary(self, text):
        return self.encode(text, disallowed_special=())

    def decode(self, tokens):
        if not isinstance(tokens, list) or not all(type(token) is int for token in tokens):
            raise TypeError(f"decode takes a list of int, not {type(tokens).__name__}: {tokens!r}")
        return b"".join(TOKENS[token] for token in tokens).decode(errors="replace")

    def _ids(self, text):
        return [i for letter in text for i in (E_ACUTE if letter == "é" else [LETTERS.index(letter)])]
