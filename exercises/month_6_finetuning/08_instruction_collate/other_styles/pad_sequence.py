"""Pads with PyTorch's pad_sequence; uses its own format_input, and encodes prompt and response one by one."""

import torch
from torch.nn.utils.rnn import pad_sequence


def format_input(entry):
    text = "Below is an instruction that describes a task. Write a response that appropriately completes the request."
    text += "\n\n### Instruction:\n" + entry["instruction"]
    return text + ("\n\n### Input:\n" + entry["input"] if entry["input"] else "")


class InstructionDataset(torch.utils.data.Dataset):
    def __init__(self, data: list, tokenizer) -> None:
        encode = tokenizer.encode
        self.items = [encode(format_input(e)) + encode("\n\n### Response:\n" + e["output"]) for e in data]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> list[int]:
        return self.items[index]


def custom_collate_fn(batch, pad_token_id=50256, ignore_index=-100, allowed_max_length=None, device="cpu"):
    ended = [torch.tensor([*ids, pad_token_id]) for ids in batch]
    x = pad_sequence([ids[:-1] for ids in ended], batch_first=True, padding_value=pad_token_id)
    y = pad_sequence([ids[1:] for ids in ended], batch_first=True, padding_value=ignore_index)
    if allowed_max_length:
        x, y = x[:, :allowed_max_length], y[:, :allowed_max_length]
    return [x.to(device), y.to(device)]
