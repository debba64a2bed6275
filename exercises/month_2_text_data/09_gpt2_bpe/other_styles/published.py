"""Resembles GPT-2's published code: words as tuples, pairs as a set, and a cache."""

from functools import lru_cache
from itertools import pairwise

import regex as re

PAT = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")


@lru_cache
def bytes_to_unicode():
    table, n = {}, 0
    for b in range(256):
        if chr(b).isprintable() and b not in (32, 173):
            table[b] = chr(b)
        else:
            table[b] = chr(256 + n)
            n += 1
    return table


class GPT2Tokenizer:
    def __init__(self, encoder, merges, errors="replace"):
        self.encoder = encoder
        self.decoder = dict(map(reversed, encoder.items()))
        self.errors = errors
        self.byte_encoder = bytes_to_unicode()
        self.byte_decoder = {v: k for k, v in self.byte_encoder.items()}
        self.bpe_ranks = dict(zip(merges, range(len(merges)), strict=True))
        self.cache = {}

    def bpe(self, token):
        if token in self.cache:
            return self.cache[token]
        word = tuple(token)
        while len(word) > 1:
            pairs = set(pairwise(word))
            bigram = min(pairs, key=lambda pair: self.bpe_ranks.get(pair, float("inf")))
            if bigram not in self.bpe_ranks:
                break
            new_word, i = [], 0
            while i < len(word):
                if word[i : i + 2] == bigram:
                    new_word.append(word[i] + word[i + 1])
                    i += 2
                else:
                    new_word.append(word[i])
                    i += 1
            word = tuple(new_word)
        self.cache[token] = word
        return word

    def encode(self, text, allowed_special=None):
        bpe_tokens = []
        specials = [s for s in allowed_special or () if s in self.encoder]
        parts = re.split("(" + "|".join(map(re.escape, specials)) + ")", text) if specials else [text]
        for part in parts:
            if part in specials:
                bpe_tokens.append(self.encoder[part])
                continue
            for token in re.findall(PAT, part):
                token = "".join(self.byte_encoder[b] for b in token.encode("utf-8"))
                bpe_tokens.extend(self.encoder[t] for t in self.bpe(token))
        return bpe_tokens

    def decode(self, tokens):
        text = "".join([self.decoder[token] for token in tokens])
        return bytearray([self.byte_decoder[c] for c in text]).decode("utf-8", errors=self.errors)
