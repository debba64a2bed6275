"""Encodes growing conversations and takes the differences of their lengths; returns tensors."""

import torch

SYSTEM = {"role": "system", "content": "You are a helpful AI assistant named SmolLM, trained by Hugging Face"}


def render(messages):
    text = ""
    for number, message in enumerate(messages):
        if number == 0 and message["role"] != "system":
            text += render([SYSTEM])
        text += f"<|im_start|>{message['role']}\n{message['content']}<|im_end|>\n"
    return text


def targets(messages, tokenizer):
    if messages[0]["role"] != "system":
        messages = [SYSTEM, *messages]
    ids = torch.tensor(tokenizer.encode(render(messages)))
    labels = torch.full_like(ids, -100)
    for i, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        before = render(messages[:i]) + "<|im_start|>assistant\n"
        start = len(tokenizer.encode(before))
        stop = len(tokenizer.encode(before + message["content"] + "<|im_end|>"))
        labels[start:stop] = ids[start:stop]
    return ids[:-1], labels[1:]
