import torch


def text_to_token_ids(text, tokenizer):
    return torch.tensor([tokenizer.encode(text, allowed_special="all")])


def token_ids_to_text(token_ids, tokenizer):
    return tokenizer.decode([int(i) for i in token_ids[0]])
