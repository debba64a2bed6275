"""A small tokenizer for the probes of exercise.toml; it treats special tokens and tensors as tiktoken does."""

import re

from exercises.kit import ProbeProblem

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


class Watched(Letters):
    """The tokenizer of letters, which records that it is used."""

    is_used = False

    def __getattribute__(self, name):
        if name.startswith(("encode", "decode")):  # others are read when arguments are compared
            object.__setattr__(self, "is_used", True)
        return super().__getattribute__(name)

    @classmethod
    def given_to(cls, function, argument, method):
        """Returns a function's result, of the second call. Raises ProbeProblem if a call does not use its tokenizer."""
        for tokenizer in (cls(), cls()):
            result = function(argument, tokenizer)
            if not object.__getattribute__(tokenizer, "is_used"):
                raise ProbeProblem(
                    f"Your `{function.__name__}` does not use the argument `tokenizer`; each call should use "
                    f"`tokenizer.{method}` of the tokenizer that it gets."
                )
        return result
