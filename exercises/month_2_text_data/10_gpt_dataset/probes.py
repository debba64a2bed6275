"""Probes for GPTDatasetV1, with a tokenizer for which each letter is one token."""

from torch.utils.data import DataLoader

from exercises.kit import Int, ProbeProblem

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
    windows = []
    for i in range(len(dataset)):
        window = dataset[i]
        if not isinstance(window, tuple | list) or len(window) != 2:
            raise ProbeProblem("Your dataset[i] is not a pair; it should be (inputs, targets).")
        windows.append({"inputs": window[0], "targets": window[1]})
    return windows


def windows(impl, tokens: Int[9, 20] = 10, max_length: Int[2, 6] = 4, stride: Int[1, 8] = 3):
    """All windows of a text."""
    return pairs(make_dataset(impl, tokens, max_length, stride))


def count(impl, tokens: Int[9, 20] = 10, max_length: Int[2, 6] = 4, stride: Int[1, 8] = 3):
    """The number of windows."""
    return len(make_dataset(impl, tokens, max_length, stride))


def first_window(impl):
    """The first window only."""
    return pairs(make_dataset(impl, 5, 4, 1))[:1]


def exact_fit(impl):
    """The number of windows in texts of max_length + 1 and max_length + 2 tokens."""
    return [len(make_dataset(impl, *size)) for size in ((5, 4, 1), (6, 4, 1), (6, 4, 2))]


def other_tokenizer(impl):
    """Uses a tokenizer with different ids for the same letters."""
    return pairs(make_dataset(impl, 7, 3, 2, first=50_000))


def with_end(impl):
    """A text that contains <|endoftext|>."""
    return pairs(impl.GPTDatasetV1(f"abc{END}defg", LetterTokenizer(), 3, 2))


def two(impl):
    """The windows of a dataset before and after a second dataset is created."""
    first = make_dataset(impl, 7, 3, 2)
    before = pairs(first)
    pairs(make_dataset(impl, 7, 3, 2, first=500))
    return [before, pairs(first)]


def batch(impl):
    """A batch from PyTorch's DataLoader."""
    inputs, targets = next(iter(DataLoader(make_dataset(impl, 12, 4, 3), batch_size=2)))
    return {"inputs": inputs, "targets": targets}
