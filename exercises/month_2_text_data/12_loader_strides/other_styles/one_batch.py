"""Reads all windows as a single batch."""

from parts import create_dataloader_v1


def window_inputs(txt, max_length, stride):
    loader = create_dataloader_v1(txt, len(txt), max_length, stride, shuffle=False, drop_last=False)
    return next(iter(loader))[0]
