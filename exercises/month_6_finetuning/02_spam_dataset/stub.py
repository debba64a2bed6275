import pandas as pd
import torch
from torch.utils.data import Dataset


class SpamDataset(Dataset):
    """Messages as token ids of equal length, with their labels.

    csv_file: the path of a file with the columns Label (0 or 1) and Text
    tokenizer: has encode(text), which returns a list of ids
    max_length: the length of all messages; None for that of the longest one
    pad_token_id: the id that fills shorter messages
    """

    def __init__(self, csv_file, tokenizer, max_length=None, pad_token_id=50256):
        raise NotImplementedError

    def __getitem__(self, index):
        """Returns the ids, (max_length,), and the label, (), both int64."""
        raise NotImplementedError

    def __len__(self):
        """Returns the number of messages."""
        raise NotImplementedError
