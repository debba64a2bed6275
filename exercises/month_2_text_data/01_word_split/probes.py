"""The probe of split_words that takes any text; the others are in exercise.toml."""

from exercises.kit import Text


def any_text(impl, text: Text[0, 200] = "Hello, world. Is this-- a test?"):
    """Splits any text."""
    return impl.split_words(text)
