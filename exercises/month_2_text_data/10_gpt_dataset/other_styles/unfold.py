"""Creates one tensor of windows with unfold, without inheriting from Dataset."""

from dataclasses import dataclass

import torch


@dataclass
class GPTDatasetV1:
    txt: str
    tokenizer: object
    max_length: int
    stride: int

    def __post_init__(self) -> None:
        ids = self.tokenizer.encode(self.txt, allowed_special="all")
        self.windows = torch.LongTensor(ids).unfold(0, self.max_length + 1, self.stride)

    def __len__(self) -> int:
        return self.windows.shape[0]

    def __getitem__(self, i: int) -> list[torch.Tensor]:
        return [self.windows[i, :-1], self.windows[i, 1:]]
