"""What is asked of gpt2_split: texts, each with one difficulty."""

from grader.probing import Int, Text

WORDS = ["the cat sat", "Hello, world!", "one", " leading", "a b"]
NUMBERS = ["in 2024, 12345678 of 7", "3.14", "abc123def", "room101 b2", "x² is ½", "Ⅳ ٣٤", "1,000"]
SIGNS = ["wait...", "a -- b", "(so)!?", "x+=1", " ##", "snake_case", "'quoted' ''", "C:\\dir", "5%"]
ENDINGS = ["it's", "don't we're I've I'm we'll he'd", "'s 't", "it'shape", "rock 'n' roll", "o'clock", "'lls"]
CAPITALS = ["IT'S", "We'LL", "DON'T", "I'M", "it'S"]
SPACES = ["a  b", "a   b", "   a", "a   ", "a  1", "a   !", "  ", "a\u00a0b"]
BLANKS = ["a\nb", "a\tb", "a\n\nb", "a \n b", "a\n  b", "def f():\n    return 1\n", "\r\n", "\t\tx", "\n 7", "\n!"]
ALPHABETS = ["café né", "Zoë Äpfel", "日本語 です", "привет мир", "e\u0301te\u0301", "नमस्ते", "🙂 a🙂b 🙂🙂", "مرحبا"]
LETTERS = ["a", "B", "é", "1", "²", " ", " ", "\n", "'", "s", "!", "_"]


def split(impl, texts):
    return {text: impl.gpt2_split(text) for text in texts}


def example(impl):
    """The task's example."""
    return impl.gpt2_split("Hello, it's 2024 and   we'll\tgo!")


def words(impl):
    """Plain words."""
    return split(impl, WORDS)


def numbers(impl):
    """Numbers of every kind."""
    return split(impl, NUMBERS)


def signs(impl):
    """Other signs."""
    return split(impl, SIGNS)


def endings(impl):
    """Endings such as 's, and other apostrophes."""
    return split(impl, ENDINGS)


def capitals(impl):
    """Endings in capital letters."""
    return split(impl, CAPITALS)


def spaces(impl):
    """Several spaces in a row."""
    return split(impl, SPACES)


def blanks(impl):
    """Tabs, new lines and spaces between them."""
    return split(impl, BLANKS)


def alphabets(impl):
    """Other alphabets, accents and emoji."""
    return split(impl, ALPHABETS)


def empty(impl):
    """The empty text."""
    return impl.gpt2_split("")


def mixed(impl, length: Int[1, 24] = 8, start: Int[0, 30] = 0):
    """A text of letters, numbers, blanks and signs in no sensible order, and its pieces."""
    text = "".join(LETTERS[(start + i * i * 7 + i * 3) % len(LETTERS)] for i in range(length))
    return {text: impl.gpt2_split(text)}


def repeated(impl):
    """One text, another, the first again."""
    return [impl.gpt2_split(text) for text in ("it's  a", "b", "it's  a")]


def any_text(impl, text: Text[0, 200] = "Hello, it's 2024 and   we'll go! x² 日本 é"):
    """The pieces of any text."""
    return impl.gpt2_split(text)
