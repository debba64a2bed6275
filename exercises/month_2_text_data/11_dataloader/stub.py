import tiktoken
from torch.utils.data import DataLoader

from parts import GPTDatasetV1


def create_dataloader_v1(txt, batch_size=4, max_length=256, stride=128,
                         shuffle=True, drop_last=True, num_workers=0):
    """
    Returns a DataLoader over the windows of a text, encoded with tiktoken.get_encoding("gpt2").

    Each batch is (inputs, targets), two int64 tensors (batch_size, max_length).
    """
    raise NotImplementedError
