import torch
from torch.utils.data import Dataset


class GPTDatasetV1(Dataset):
    """Training examples from a sliding window over one text."""

    def __init__(self, txt, tokenizer, max_length, stride):
        """
        txt: the text
        tokenizer: tokenizer.encode(txt, allowed_special={"<|endoftext|>"}) returns a list of ids
        max_length: the number of ids in a window
        stride: the number of ids from the start of one window to the start of the next
        """
        raise NotImplementedError

    def __len__(self):
        """Returns the number of windows."""
        raise NotImplementedError

    def __getitem__(self, idx):
        """Returns (inputs, targets) of window idx, two int64 tensors of shape (max_length,)."""
        raise NotImplementedError
