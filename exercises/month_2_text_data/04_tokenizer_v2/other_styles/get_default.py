"""Uses dict.get with a default."""

from parts import SimpleTokenizerV1, split_words


class SimpleTokenizerV2:
    def __init__(self, vocab: dict[str, int]) -> None:
        self._ids = {**vocab}
        self._unknown = self._ids["<|unk|>"]
        self._v1 = SimpleTokenizerV1(vocab)

    def encode(self, text: str) -> list[int]:
        return [self._ids.get(word, self._unknown) for word in split_words(text)]

    def decode(self, ids: list[int]) -> str:
        return self._v1.decode(ids)
