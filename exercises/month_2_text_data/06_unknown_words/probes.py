"""Probes for encode_pieces. The grader provides tiktoken's "gpt2" encoding offline."""

from exercises.kit import ProbeProblem, Text


def parts_of(impl, text):
    """Returns the three results of a text by name."""
    result = impl.encode_pieces(text)
    if not isinstance(result, tuple | list) or len(result) != 3:
        count = f"{len(result)} values" if isinstance(result, tuple) else "one value"
        raise ProbeProblem(f"Your encode_pieces(text) returns {count}; it should return three: ids, pieces, restored.")
    ids, pieces, restored = result
    return {"ids": ids, "pieces": pieces, "restored": restored}


def example(impl):
    """The worked example."""
    return parts_of(impl, "Akwirw ier")


def others(impl):
    """Other texts, known and unknown."""
    return [parts_of(impl, text) for text in ("the cat", "Hello, world!", "someunknownPlace", " \n\tx")]


def spread(impl):
    """A text whose emoji spans several ids."""
    return parts_of(impl, "né 🦙")


def empty(impl):
    """An empty text."""
    return parts_of(impl, "")


def any_text(impl, text: Text[0, 60] = "Akwirw ier and 日本"):
    """Any text."""
    return parts_of(impl, text.replace("<|endoftext|>", ""))
