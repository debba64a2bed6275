"""Uses explicit samplers and a module-level tokenizer."""

from parts import GPTDatasetV1
from tiktoken import get_encoding
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, SequentialSampler

TOKENIZER = get_encoding("gpt2")


def create_dataloader_v1(
    txt: str,
    batch_size: int = 4,
    max_length: int = 256,
    stride: int = 128,
    shuffle: bool = True,
    drop_last: bool = True,
    num_workers: int = 0,
) -> DataLoader:
    windows = GPTDatasetV1(txt, TOKENIZER, max_length=max_length, stride=stride)
    order = RandomSampler(windows) if shuffle else SequentialSampler(windows)
    return DataLoader(windows, batch_sampler=BatchSampler(order, batch_size, drop_last), num_workers=num_workers)
