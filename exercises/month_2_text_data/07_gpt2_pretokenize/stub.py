import regex


def gpt2_split(text):
    """A text -> the list of its pieces, as GPT-2 splits it. Joined, the pieces are the text."""
    raise NotImplementedError
