"""What is asked of split_words: texts, each with one difficulty."""

from grader.probing import Text

MARKS = ["a,b", "a.b", "a:b", "a;b", "a?b", "a_b", "a!b", 'a"b', "a(b", "a)b", "a'b"]
DASHES = ["sun--moon", "sun -- moon", "-- so", "and --", "well-known", "x - y"]
BLANKS = ["two  spaces", "a\ttab", "new\nline", "\n\n first", "last \n", "Windows\r\nlines"]
TOGETHER = ["Really?!", '"No," she said.', "(so it is.)", "he said: 'yes.'", "wait...", "_so_ it--is"]
OTHERS = ["100% sure", "a+b=c", "[x] {y}", "e-mail@home", "Äpfel für Zoë", "日本 語", "3.14"]
SHORT = ["", " ", "\n", "a", ",", "--"]


def split(impl, texts):
    return {text: impl.split_words(text) for text in texts}


def example(impl):
    """The task's example."""
    return impl.split_words("Hello, world. Is this-- a test?")


def marks(impl):
    """Each mark between two letters."""
    return split(impl, MARKS)


def dashes(impl):
    """Two dashes, and single ones."""
    return split(impl, DASHES)


def blanks(impl):
    """Every kind of white space."""
    return split(impl, BLANKS)


def together(impl):
    """Marks side by side and next to blanks."""
    return split(impl, TOGETHER)


def others(impl):
    """Signs that are not among the marks, and other alphabets."""
    return split(impl, OTHERS)


def short(impl):
    """The shortest texts."""
    return split(impl, SHORT)


def repeated(impl):
    """Words that occur twice, in either case; one text asked twice."""
    return [impl.split_words(text) for text in ("the cat The cat, the", "A dog", "the cat The cat, the")]


def any_text(impl, text: Text[0, 200] = "Hello, world. Is this-- a test?"):
    """The words of any text."""
    return impl.split_words(text)
