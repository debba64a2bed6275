import torch


def score_choices(model, tokenizer, prompt, choices):
    """Returns how likely each choice is after the prompt.

    model: maps ids (1, T) to logits (1, T, V)
    tokenizer: tokenizer.encode(text) returns a list of ids
    prompt: a text; choices: a list of texts
    Returns for each choice {"total": …, "per_token": …, "per_byte": …}, floats.
    """
    raise NotImplementedError
