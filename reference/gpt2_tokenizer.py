"""GPT-2's tokenizer (Radford et al., 2019, section 2.2; book, section 2.5): split, spell in bytes, merge by rank."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

import regex

END = "<|endoftext|>"

PATTERN = (
    r"'s|'t|'re|'ve|'m|'ll|'d"  # the ends of it's, don't, we're, …
    r"| ?\p{L}+"  # letters of any alphabet, with the space before them
    r"| ?\p{N}+"  # digits and other numbers
    r"| ?[^\s\p{L}\p{N}]+"  # all other signs
    r"|\s+(?!\S)"  # blanks, but not the last one before a word, which belongs to the word
    r"|\s+"  # a blank that cannot: a tab or a new line
)


def gpt2_split(text: str) -> list[str]:
    """The pieces of a text that are encoded one by one; joined they are the text."""
    pieces: list[str] = regex.findall(PATTERN, text)
    return pieces


def bytes_to_unicode() -> dict[int, str]:
    """A visible character for each byte: its own if it has one, otherwise the next from number 256 on."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    invisible = [byte for byte in range(256) if byte not in visible]
    names = {byte: chr(byte) for byte in visible}
    names.update({byte: chr(256 + place) for place, byte in enumerate(invisible)})  # so a space, 32, is Ġ
    return names


class GPT2Tokenizer:
    """Byte-pair encoding with a vocabulary and merges that are given, as GPT-2's two files hold them."""

    def __init__(self, encoder: dict[str, int], merges: Sequence[tuple[str, str]]) -> None:
        self.encoder = encoder
        self.decoder = dict(zip(encoder.values(), encoder.keys(), strict=True))
        self.ranks = dict(zip(merges, range(len(merges)), strict=True))
        self.byte_to_character = bytes_to_unicode()
        self.character_to_byte = {character: byte for byte, character in self.byte_to_character.items()}

    def encode(self, text: str, allowed_special: Collection[str] = ()) -> list[int]:
        """The ids of any text; where allowed_special holds it, "<|endoftext|>" is one id."""
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
        """Merges the pair of lowest rank, wherever it stands, until no pair has a rank."""
        never = len(self.ranks)
        while len(tokens) > 1:
            best_pair = min(pairwise(tokens), key=lambda pair: self.ranks.get(pair, never))
            if best_pair not in self.ranks:
                break
            tokens = list(joined(tokens, best_pair))
        return tokens

    def decode(self, ids: Sequence[int]) -> str:
        """The text of the ids; bytes that are no UTF-8, such as half a character, become the sign �."""
        characters = "".join(self.decoder[idx] for idx in ids)
        data = bytes(self.character_to_byte[character] for character in characters)
        return data.decode("utf-8", errors="replace")


def joined(tokens: Sequence[str], pair: tuple[str, str]) -> Iterator[str]:
    """The tokens with each occurrence of the pair, from left to right, made one."""
    i = 0
    while i < len(tokens):
        both = tuple(tokens[i : i + 2]) == pair
        yield "".join(pair) if both else tokens[i]
        i += 2 if both else 1
