import regex


def gpt2_split(text):
    """Returns the pieces into which GPT-2 splits a text as a list. Joined, the pieces are the text."""
    raise NotImplementedError
