"""GPT-2's tokenizer (Radford et al., 2019, section 2.2; book, section 2.5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

import regex

END = "<|endoftext|>"

PATTERN = (
    r"'s|'t|'re|'ve|'m|'ll|'d"  # contractions: it's, don't, we're, …
    r"| ?\p{L}+"  # letters of any script, with the preceding space
    r"| ?\p{N}+"  # digits and other numerals
    r"| ?[^\s\p{L}\p{N}]+"  # punctuation and other symbols
    r"|\s+(?!\S)"  # whitespace, except the last character before a word
    r"|\s+"  # remaining whitespace, such as a newline before a word
)


def gpt2_split(text: str) -> list[str]:
    """Splits a text into the pieces that are encoded separately. Joined, they give the text again."""
    pieces: list[str] = regex.findall(PATTERN, text)
    return pieces


def bytes_to_unicode() -> dict[int, str]:
    """Maps each byte to a printable character: its own if it is printable, otherwise the next from U+0100 on."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    invisible = [byte for byte in range(256) if byte not in visible]
    names = {byte: chr(byte) for byte in visible}
    names.update({byte: chr(256 + place) for place, byte in enumerate(invisible)})  # a space, byte 32, becomes Ġ
    return names


class GPT2Tokenizer:
    """Byte-pair encoding with a given vocabulary and merges, in the format of GPT-2's two files."""

    def __init__(self, encoder: dict[str, int], merges: Sequence[tuple[str, str]]) -> None:
        self.encoder = encoder
        self.decoder = dict(zip(encoder.values(), encoder.keys(), strict=True))
        self.ranks = dict(zip(merges, range(len(merges)), strict=True))
        self.byte_to_character = bytes_to_unicode()
        self.character_to_byte = {character: byte for byte, character in self.byte_to_character.items()}

    def encode(self, text: str, allowed_special: Collection[str] = ()) -> list[int]:
        """Converts any text to ids. "<|endoftext|>" becomes a single id if allowed_special contains it."""
        special = END in allowed_special and END in self.encoder
        sections = regex.split(f"({regex.escape(END)})", text) if special else [text]
        ids = []
        for section in sections:
            if special and section == END:
                ids.append(self.encoder[END])
                continue
            pieces = gpt2_split(section)
            for piece in pieces:
                characters = [self.byte_to_character[byte] for byte in piece.encode("utf-8")]
                tokens = self.merged(characters)
                ids += [self.encoder[token] for token in tokens]
        return ids

    def merged(self, tokens: list[str]) -> list[str]:
        """Merges all occurrences of the pair with the lowest rank, until no pair has a rank."""
        no_rank = len(self.ranks)
        while len(tokens) > 1:
            best_pair = min(pairwise(tokens), key=lambda pair: self.ranks.get(pair, no_rank))
            if best_pair not in self.ranks:
                break
            tokens = list(merge_pair(tokens, best_pair))
        return tokens

    def decode(self, ids: Sequence[int]) -> str:
        """Converts ids to text. Bytes that are not valid UTF-8, such as part of a character, become �."""
        characters = "".join(self.decoder[idx] for idx in ids)
        data = bytes(self.character_to_byte[character] for character in characters)
        return data.decode("utf-8", errors="replace")


def merge_pair(tokens: Sequence[str], pair: tuple[str, str]) -> Iterator[str]:
    """Joins each occurrence of the pair, from left to right, into one token."""
    i = 0
    while i < len(tokens):
        is_pair = tuple(tokens[i : i + 2]) == pair
        yield "".join(pair) if is_pair else tokens[i]
        i += 2 if is_pair else 1
