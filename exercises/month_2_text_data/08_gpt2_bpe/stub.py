from parts import gpt2_split


class GPT2Tokenizer:
    """GPT-2's byte-pair encoding, with a vocabulary and merges that are given."""

    def __init__(self, encoder, merges):
        """
        encoder: a dict from token to id; tokens are spelled in GPT-2's characters, such as "Ġthe"
        merges: a list of pairs of tokens (left, right); a pair's place in the list is its rank
        """
        raise NotImplementedError

    def encode(self, text, allowed_special=()):
        """Any text -> a list of ids; with allowed_special={"<|endoftext|>"} that text is one id."""
        raise NotImplementedError

    def decode(self, ids):
        """A list of ids -> the text."""
        raise NotImplementedError
