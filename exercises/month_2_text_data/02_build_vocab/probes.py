"""What is asked of build_vocab."""

from grader.probing import Int, Text

TOKENS = ["the", "cat", ",", "the", "Cat"]
SPECIALS = ("<|unk|>", "<|endoftext|>")
LONGER_TEXT = "the Dog and the cat , and the Bird -- a bird ? No , the dog . 7 cats !"
LONGER = LONGER_TEXT.split()


def example(impl):
    """The task's example."""
    return impl.build_vocab(list(TOKENS), SPECIALS)


def plain(impl):
    """No special tokens."""
    return impl.build_vocab(list(LONGER))


def with_specials(impl):
    """Special tokens that would sort elsewhere, and not in this order."""
    return impl.build_vocab(list(LONGER), ("zz", "<|endoftext|>", "<|unk|>", "AA"))


def as_list(impl):
    """The specials in a list, and what is left of both lists afterwards."""
    tokens, specials = list(LONGER), list(SPECIALS)
    vocab = impl.build_vocab(tokens, specials)
    return {"vocab": vocab, "tokens": tokens, "specials": specials}


def small(impl):
    """No tokens, one token, one token often."""
    return {
        "none": impl.build_vocab([]),
        "specials_alone": impl.build_vocab([], SPECIALS),
        "one": impl.build_vocab(["a"]),
        "repeated": impl.build_vocab(["a", "a", "a"], ("<|unk|>",)),
    }


def words(impl, count: Int[1, 40] = 10, distinct: Int[1, 12] = 5):
    """Words drawn from a few."""
    return impl.build_vocab([f"w{i * 7 % distinct}" for i in range(count)], SPECIALS)


def two(impl):
    """Two texts in a row, then the first again."""
    first = impl.build_vocab(list(TOKENS), SPECIALS)
    other = impl.build_vocab(["b", "a"])
    return {"first": first, "other": other, "again": impl.build_vocab(list(TOKENS), SPECIALS)}


def words_of(impl, text: Text[0, 200] = "the Dog and the cat , 7 <|unk|>", specials: Int[0, 2] = 2):
    """The vocabulary of a text's words, with some special tokens."""
    return impl.build_vocab(text.split(), SPECIALS[:specials])
