from parts import gpt2_split


class GPT2Tokenizer:
    """GPT-2's byte-pair encoding with a given vocabulary and merges."""

    def __init__(self, encoder, merges):
        """
        encoder: a dict from token to id; tokens are spelled in GPT-2's characters, such as "Ġthe"
        merges: a list of pairs of tokens (left, right); a pair's position in the list is its rank
        """
        raise NotImplementedError

    def encode(self, text, allowed_special=()):
        """Returns the ids of any text; with allowed_special={"<|endoftext|>"}, each <|endoftext|> is one id."""
        raise NotImplementedError

    def decode(self, ids):
        """Returns the text of a list of ids."""
        raise NotImplementedError
