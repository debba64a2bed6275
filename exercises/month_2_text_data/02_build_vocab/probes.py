"""Probes for build_vocab."""

from exercises.kit import Int, Text

TOKENS = ["the", "cat", ",", "the", "Cat"]
SPECIALS = ("<|unk|>", "<|endoftext|>")
LONGER_TEXT = "the Dog and the cat , and the Bird -- a bird ? No , the dog . 7 cats !"
LONGER = LONGER_TEXT.split()


def example(impl):
    """The worked example."""
    return impl.build_vocab(list(TOKENS), SPECIALS)


def plain(impl):
    """A vocabulary without special tokens."""
    return impl.build_vocab(list(LONGER))


def with_specials(impl):
    """Special tokens that sorting would move."""
    return impl.build_vocab(list(LONGER), ("zz", "<|endoftext|>", "<|unk|>", "AA"))


def as_list(impl):
    """The specials as a list."""
    return impl.build_vocab(list(LONGER), list(SPECIALS))


def lists(impl):
    """Both lists after the call."""
    tokens, specials = list(LONGER), list(SPECIALS)
    impl.build_vocab(tokens, specials)
    return {"tokens": tokens, "specials": specials}


def small(impl):
    """No tokens, one token, and repeats of one token."""
    return {
        "none": impl.build_vocab([]),
        "specials_alone": impl.build_vocab([], SPECIALS),
        "one": impl.build_vocab(["a"]),
        "repeated": impl.build_vocab(["a", "a", "a"], ("<|unk|>",)),
    }


def words(impl, count: Int[1, 40] = 10, distinct: Int[1, 12] = 5):
    """The vocabulary of `count` words, of which at most `distinct` differ."""
    return impl.build_vocab([f"w{i * 7 % distinct}" for i in range(count)], SPECIALS)


def two(impl):
    """The vocabularies of two texts, then of the first again."""
    first = impl.build_vocab(list(TOKENS), SPECIALS)
    other = impl.build_vocab(["b", "a"])
    return {"first": first, "other": other, "again": impl.build_vocab(list(TOKENS), SPECIALS)}


def words_of(impl, text: Text[0, 200] = "the Dog and the cat , 7 <|unk|>", specials: Int[0, 2] = 2):
    """The vocabulary of any text's words, with up to two special tokens."""
    return impl.build_vocab(text.split(), SPECIALS[:specials])
