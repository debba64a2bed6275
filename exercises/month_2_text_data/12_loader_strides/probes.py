"""Probes for window_inputs. The grader provides tiktoken's "gpt2" encoding offline."""

from exercises.kit import Int

NAMES = "one two three four five six seven eight nine ten red blue green white black".split()  # noqa: SIM905


def make_text(words):
    """Returns a text of words that are one token each."""
    return " ".join(NAMES[(i * i * 7 + i * 3) % 11 + i % 5] for i in range(words))


def example(impl):
    """The three settings of the worked example."""
    return [impl.window_inputs(make_text(9), *setting) for setting in ((2, 2), (4, 2), (4, 4))]


def windows(impl, words: Int[10, 40] = 24, max_length: Int[1, 8] = 5, stride: Int[1, 9] = 3):
    """The windows for any setting."""
    return impl.window_inputs(make_text(words), max_length, stride)


def by_name(impl):
    """Passes the arguments by name."""
    return impl.window_inputs(txt=make_text(150), stride=2, max_length=8)


def repeated(impl):
    """The windows of a text, before and after those of a different text."""
    first = impl.window_inputs(make_text(20), 4, 4)
    impl.window_inputs(make_text(30), 3, 2)
    return [first, impl.window_inputs(make_text(20), 4, 4)]
