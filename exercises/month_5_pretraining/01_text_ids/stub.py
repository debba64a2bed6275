import torch


def text_to_token_ids(text, tokenizer):
    """Encodes a text as a batch with one sequence of ids: (1, T), int64.

    "<|endoftext|>" in the text becomes its special id.
    """
    raise NotImplementedError


def token_ids_to_text(token_ids, tokenizer):
    """Decodes a batch with one sequence of ids, (1, T), to a text."""
    raise NotImplementedError
