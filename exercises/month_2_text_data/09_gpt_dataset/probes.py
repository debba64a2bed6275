"""What is asked of a GPTDatasetV1. The tokenizer is the probes' own: a letter is one token."""

from torch.utils.data import DataLoader

from grader.probing import Int

END = "<|endoftext|>"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class LetterTokenizer:
    """a is 10, b is 11 and so on, or from another number on; called as tiktoken's is, and as strict about END."""

    def __init__(self, first=10):
        self.first = first
        self.special_tokens_set = {END}
        self.n_vocab = first + len(LETTERS)

    def encode(self, text, *, allowed_special=frozenset(), disallowed_special="all"):
        if END in text and allowed_special != "all" and END not in allowed_special:
            raise ValueError(f"the text holds {END!r}, which is not in allowed_special")
        spelled = text.replace(END, ".")
        return [self.first + (LETTERS + ".").index(letter) for letter in spelled]

    def encode_ordinary(self, text):
        return self.encode(text)

    def decode(self, ids):
        return "".join(LETTERS[id - self.first] for id in ids)


def dataset(impl, tokens, max_length, stride, first=10):
    return impl.GPTDatasetV1(LETTERS[:tokens], LetterTokenizer(first), max_length, stride)


def pairs(made):
    """Each window as {"inputs", "targets"}."""
    return [dict(zip(("inputs", "targets"), made[i], strict=True)) for i in range(len(made))]


def windows(impl, tokens: Int[9, 20] = 10, max_length: Int[1, 6] = 4, stride: Int[1, 8] = 3):
    """Every window of a text."""
    return pairs(dataset(impl, tokens, max_length, stride))


def count(impl, tokens: Int[9, 20] = 10, max_length: Int[1, 6] = 4, stride: Int[1, 8] = 3):
    """How many windows there are."""
    return len(dataset(impl, tokens, max_length, stride))


def first_window(impl):
    """The first window alone."""
    return pairs(dataset(impl, 5, 4, 1))[:1]


def exact_fit(impl):
    """A text of just max_length + 1 tokens, and of one more with a stride of one and of two."""
    sizes = {"max_length + 1 tokens": (5, 4, 1), "max_length + 2 tokens": (6, 4, 1), "stride 2": (6, 4, 2)}
    return {name: len(dataset(impl, *size)) for name, size in sizes.items()}


def other_tokenizer(impl):
    """With a tokenizer that gives other ids to the same letters."""
    return pairs(dataset(impl, 7, 3, 2, first=50_000))


def with_end(impl):
    """A text that holds an end of text."""
    return pairs(impl.GPTDatasetV1(f"abc{END}defg", LetterTokenizer(), 3, 2))


def two(impl):
    """Two datasets; the first is asked after the second was made."""
    first = dataset(impl, 7, 3, 2)
    second = dataset(impl, 9, 5, 1, first=500)
    return {"first": pairs(first), "second": pairs(second), "lengths": [len(first), len(second)]}


def repeated(impl):
    """One window, the window before it, and the first again."""
    made = dataset(impl, 10, 4, 3)
    return [pairs(made)[1], pairs(made)[0], pairs(made)[1]]


def batch(impl):
    """A batch by PyTorch's own loader."""
    inputs, targets = next(iter(DataLoader(dataset(impl, 12, 4, 3), batch_size=2)))
    return {"inputs": inputs, "targets": targets}
