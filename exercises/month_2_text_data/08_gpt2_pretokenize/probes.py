"""Probes for gpt2_split. Each text tests one difficulty."""

from exercises.kit import Int, Text

WORDS = ["the cat sat", "Hello, world!", "one", " leading", "a b"]
NUMBERS = ["in 2024, 12345678 of 7", "3.14", "abc123def", "room101 b2", "x² is ½", "Ⅳ ٣٤", "1,000"]
SYMBOLS = ["wait...", "a -- b", "(so)!?", "x+=1", " ##", "snake_case", "'quoted' ''", "C:\\dir", "5%"]
ENDINGS = ["it's", "don't we're I've I'm we'll he'd", "'s 't", "it'shape", "rock 'n' roll", "o'clock", "'lls"]
CAPITALS = ["IT'S", "We'LL", "DON'T", "I'M", "it'S"]
SPACES = ["a  b", "a   b", "   a", "a   ", "a  1", "a   !", "  ", "a\u00a0b"]
WHITESPACE = ["a\nb", "a\tb", "a\n\nb", "a \n b", "a\n  b", "def f():\n    return 1\n", "\r\n", "\t\tx", "\n 7", "\n!"]
ALPHABETS = ["café né", "Zoë Äpfel", "日本語 です", "привет мир", "e\u0301te\u0301", "नमस्ते", "🙂 a🙂b 🙂🙂", "مرحبا"]
LETTERS = ["a", "B", "é", "1", "²", " ", " ", "\n", "'", "s", "!", "_"]


def split_each(impl, texts):
    return {text: impl.gpt2_split(text) for text in texts}


def example(impl):
    """The worked example."""
    return impl.gpt2_split("Hello, it's 2024 and   we'll\tgo!")


def words(impl):
    """Plain words."""
    return split_each(impl, WORDS)


def numbers(impl):
    """Numbers of every kind."""
    return split_each(impl, NUMBERS)


def signs(impl):
    """Symbols that are not letters, numbers or whitespace."""
    return split_each(impl, SYMBOLS)


def endings(impl):
    """Contraction endings such as 's, and other apostrophes."""
    return split_each(impl, ENDINGS)


def capitals(impl):
    """Contraction endings in capital letters."""
    return split_each(impl, CAPITALS)


def spaces(impl):
    """Several spaces in a row."""
    return split_each(impl, SPACES)


def blanks(impl):
    """Tabs, newlines, and spaces between them."""
    return split_each(impl, WHITESPACE)


def alphabets(impl):
    """Other alphabets, accents and emoji."""
    return split_each(impl, ALPHABETS)


def empty(impl):
    """An empty text."""
    return impl.gpt2_split("")


def mixed(impl, length: Int[1, 24] = 8, start: Int[0, 30] = 0):
    """A mixture of letters, numbers, whitespace and symbols, mapped to its pieces."""
    text = "".join(LETTERS[(start + i * i * 7 + i * 3) % len(LETTERS)] for i in range(length))
    return {text: impl.gpt2_split(text)}


def repeated(impl):
    """A text, a different text, and the first text again."""
    return [impl.gpt2_split(text) for text in ("it's  a", "b", "it's  a")]


def any_text(impl, text: Text[0, 200] = "Hello, it's 2024 and   we'll go! x² 日本 é"):
    """Splits any text."""
    return impl.gpt2_split(text)
