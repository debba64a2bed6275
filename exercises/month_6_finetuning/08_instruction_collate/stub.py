import torch
from parts import format_input
from torch.utils.data import Dataset


class InstructionDataset(Dataset):
    """The token ids of each entry: its prompt, followed by its response."""

    def __init__(self, data, tokenizer):
        """
        data: a list of dicts with the texts "instruction", "input" and "output"
        tokenizer: tokenizer.encode(text) returns a list of ids
        """
        raise NotImplementedError

    def __len__(self):
        """Returns the number of entries."""
        raise NotImplementedError

    def __getitem__(self, index):
        """Returns the ids of an entry, a list."""
        raise NotImplementedError


def custom_collate_fn(batch, pad_token_id=50256, ignore_index=-100, allowed_max_length=None, device="cpu"):
    """Returns (inputs, targets), two int64 tensors (B, T); T is the length of the longest list.

    batch: B lists of ids
    pad_token_id: ends each list once, and fills up the inputs
    ignore_index: fills up the targets
    allowed_max_length: cuts inputs and targets to this length, if not None
    device: where the two tensors are created
    """
    raise NotImplementedError
