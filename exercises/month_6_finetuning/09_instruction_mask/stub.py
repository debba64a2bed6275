import torch


def custom_collate_fn(batch, pad_token_id=50256, ignore_index=-100, allowed_max_length=None, device="cpu"):
    """Returns (inputs, targets), two int64 tensors (B, T); T is the length of the longest list of ids.

    batch: B pairs (instruction_length, ids); the first instruction_length ids are the prompt
    pad_token_id: ends each list once, and fills up the inputs
    ignore_index: replaces the targets of the prompt, and fills up the targets
    allowed_max_length: cuts inputs and targets to this length, if not None
    device: where the two tensors are created
    """
    raise NotImplementedError
