"""Probes for GPTDatasetV1, with a tokenizer for which each letter is one token."""

from torch.utils.data import DataLoader

from exercises.kit import Int

END = "<|endoftext|>"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class LetterTokenizer:
    """Encodes a, b, … as first, first + 1, … Has tiktoken's interface, including its error for END."""

    def __init__(self, first=10):
        self.first = first
        self.special_tokens_set = {END}
        self.n_vocab = first + len(LETTERS)

    def encode(self, text, *, allowed_special=frozenset(), disallowed_special="all"):
        if END in text and allowed_special != "all" and END not in allowed_special:
            raise ValueError(f"the text holds {END!r}, which is not in allowed_special")
        return [self.first + (LETTERS + ".").index(letter) for letter in text.replace(END, ".")]

    def encode_ordinary(self, text):
        return self.encode(text)

    def decode(self, ids):
        return "".join(LETTERS[id - self.first] for id in ids)


def make_dataset(impl, tokens, max_length, stride, first=10):
    return impl.GPTDatasetV1(LETTERS[:tokens], LetterTokenizer(first), max_length, stride)


def pairs(dataset):
    """Returns each window as {"inputs": …, "targets": …}."""
    return [dict(zip(("inputs", "targets"), dataset[i], strict=True)) for i in range(len(dataset))]


def windows(impl, tokens: Int[9, 20] = 10, max_length: Int[1, 6] = 4, stride: Int[1, 8] = 3):
    """All windows of a text."""
    return pairs(make_dataset(impl, tokens, max_length, stride))


def count(impl, tokens: Int[9, 20] = 10, max_length: Int[1, 6] = 4, stride: Int[1, 8] = 3):
    """The number of windows."""
    return len(make_dataset(impl, tokens, max_length, stride))


def first_window(impl):
    """The first window only."""
    return pairs(make_dataset(impl, 5, 4, 1))[:1]


def exact_fit(impl):
    """The number of windows in texts of max_length + 1 and max_length + 2 tokens."""
    sizes = {"max_length + 1 tokens": (5, 4, 1), "max_length + 2 tokens": (6, 4, 1), "stride 2": (6, 4, 2)}
    return {name: len(make_dataset(impl, *size)) for name, size in sizes.items()}


def other_tokenizer(impl):
    """Uses a tokenizer with different ids for the same letters."""
    return pairs(make_dataset(impl, 7, 3, 2, first=50_000))


def with_end(impl):
    """A text that contains <|endoftext|>."""
    return pairs(impl.GPTDatasetV1(f"abc{END}defg", LetterTokenizer(), 3, 2))


def two(impl):
    """Two datasets, the first used after the second is created."""
    first = make_dataset(impl, 7, 3, 2)
    second = make_dataset(impl, 9, 5, 1, first=500)
    return {"first": pairs(first), "second": pairs(second), "lengths": [len(first), len(second)]}


def repeated(impl):
    """Window 1, window 0, and window 1 again."""
    dataset = make_dataset(impl, 10, 4, 3)
    return [pairs(dataset)[1], pairs(dataset)[0], pairs(dataset)[1]]


def batch(impl):
    """A batch from PyTorch's DataLoader."""
    inputs, targets = next(iter(DataLoader(make_dataset(impl, 12, 4, 3), batch_size=2)))
    return {"inputs": inputs, "targets": targets}
