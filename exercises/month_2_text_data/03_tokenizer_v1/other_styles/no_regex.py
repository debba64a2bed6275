"""A dataclass that builds the text token by token."""

from dataclasses import dataclass, field

from parts import split_words


@dataclass
class SimpleTokenizerV1:
    vocab: dict
    words: dict = field(init=False)

    def __post_init__(self) -> None:
        self.words = dict(zip(self.vocab.values(), self.vocab.keys(), strict=True))

    def encode(self, text: str) -> list:
        return list(map(self.vocab.__getitem__, split_words(text)))

    def decode(self, ids) -> str:
        text = ""
        for i in ids:
            word = self.words[i]
            text += word if word in set(",.?!\"()'") or not text else " " + word
        return text
