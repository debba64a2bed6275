"""Probes for split_words. Each text tests one difficulty."""

from exercises.kit import Text

PUNCTUATION = ["a,b", "a.b", "a:b", "a;b", "a?b", "a_b", "a!b", 'a"b', "a(b", "a)b", "a'b"]
DASHES = ["sun--moon", "sun -- moon", "-- so", "and --", "well-known", "x - y"]
WHITESPACE = ["two  spaces", "a\ttab", "new\nline", "\n\n first", "last \n", "Windows\r\nlines"]
ADJACENT = ["Really?!", '"No," she said.', "(so it is.)", "he said: 'yes.'", "wait...", "_so_ it--is"]
OTHER_SYMBOLS = ["100% sure", "a+b=c", "[x] {y}", "e-mail@home", "Äpfel für Zoë", "日本 語", "3.14"]
SHORT = ["", " ", "\n", "a", ",", "--"]


def split_each(impl, texts):
    return {text: impl.split_words(text) for text in texts}


def example(impl):
    """The worked example."""
    return impl.split_words("Hello, world. Is this-- a test?")


def marks(impl):
    """Each punctuation mark between two letters."""
    return split_each(impl, PUNCTUATION)


def dashes(impl):
    """Double and single dashes."""
    return split_each(impl, DASHES)


def blanks(impl):
    """Every kind of whitespace."""
    return split_each(impl, WHITESPACE)


def together(impl):
    """Adjacent punctuation marks, also next to whitespace."""
    return split_each(impl, ADJACENT)


def others(impl):
    """Symbols that are not separators, and other alphabets."""
    return split_each(impl, OTHER_SYMBOLS)


def short(impl):
    """Empty and very short texts."""
    return split_each(impl, SHORT)


def repeated(impl):
    """A text with repeated words in both cases, a different text, and the first text again."""
    return [impl.split_words(text) for text in ("the cat The cat, the", "A dog", "the cat The cat, the")]


def any_text(impl, text: Text[0, 200] = "Hello, world. Is this-- a test?"):
    """Splits any text."""
    return impl.split_words(text)
