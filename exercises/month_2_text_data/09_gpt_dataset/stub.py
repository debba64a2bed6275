import torch
from torch.utils.data import Dataset


class GPTDatasetV1(Dataset):
    """Training examples cut from one long text by a sliding window."""

    def __init__(self, txt, tokenizer, max_length, stride):
        """
        txt: the text
        tokenizer: tokenizer.encode(txt, allowed_special={"<|endoftext|>"}) gives a list of ids
        max_length: ids in a window
        stride: how far the next window starts from this one
        """
        raise NotImplementedError

    def __len__(self):
        """The number of windows."""
        raise NotImplementedError

    def __getitem__(self, idx):
        """Window number idx: (inputs, targets), two int64 tensors of shape (max_length,)."""
        raise NotImplementedError
