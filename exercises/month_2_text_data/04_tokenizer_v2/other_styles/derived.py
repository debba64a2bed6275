"""Reuses SimpleTokenizerV1 with a dict that returns the id of <|unk|> for missing keys."""

from parts import SimpleTokenizerV1


class VocabWithUnknown(dict):
    def __missing__(self, word):
        return self["<|unk|>"]


class SimpleTokenizerV2(SimpleTokenizerV1):
    def __init__(self, vocab):
        super().__init__(VocabWithUnknown(vocab))
