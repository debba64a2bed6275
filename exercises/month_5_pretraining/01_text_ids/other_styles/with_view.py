import torch


def text_to_token_ids(text, tokenizer):
    ids = tokenizer.encode(text, allowed_special={"<|endoftext|>"})
    return torch.LongTensor(ids).view(1, -1)


def token_ids_to_text(token_ids, tokenizer):
    (sequence,) = token_ids.tolist()
    return tokenizer.decode(sequence)
