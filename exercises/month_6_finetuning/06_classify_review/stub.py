import torch


def classify_review(
    text, model, tokenizer, device, max_length=None, pad_token_id=50256
):
    """Returns "spam" or "not spam".

    text: a string
    model: a classifier, maps ids (1, T) to logits (1, T, 2)
    tokenizer: has encode(text), which returns a list of ids
    max_length: the number of ids that the model gets, always given
    pad_token_id: the id that fills a shorter text
    """
    raise NotImplementedError
