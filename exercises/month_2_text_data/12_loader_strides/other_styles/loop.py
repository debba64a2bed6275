import torch
from parts import create_dataloader_v1


def window_inputs(txt: str, max_length: int, stride: int) -> torch.Tensor:
    rows = []
    for x, _ in create_dataloader_v1(txt, 2, max_length, stride, False, False):
        rows.extend(x)
    return torch.stack(rows)
