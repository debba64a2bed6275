"""What is asked of create_dataloader_v1. Its tokenizer is tiktoken's "gpt2", which the grader offers offline."""

import torch

from grader.probing import Int

NAMES = "one two three four five six seven eight nine ten red blue green white black".split()  # noqa: SIM905


def text(words):
    """Words that are one token each, in an order that hardly repeats."""
    return " ".join(NAMES[(i * i * 7 + i * 3) % 11 + i % 5] for i in range(words))


def pairs(loader):
    """The batches of one epoch."""
    return [{"inputs": inputs, "targets": targets} for inputs, targets in loader]


def rows(loader):
    """The windows of one epoch, one after the other."""
    return [row.tolist() for inputs, targets in loader for row in torch.stack((inputs, targets), 1)]


def plain(impl, batch_size: Int[1, 5] = 3, max_length: Int[1, 6] = 4, stride: Int[1, 8] = 2, words: Int[12, 40] = 24):
    """All batches in order, the last one too."""
    return pairs(
        impl.create_dataloader_v1(
            text(words), batch_size=batch_size, max_length=max_length, stride=stride, shuffle=False, drop_last=False
        )
    )


def in_position(impl):
    """All arguments in their places, without their names."""
    return pairs(impl.create_dataloader_v1(text(30), 2, 5, 3, False, True, 0))


def last_batch(impl):
    """How many windows the batches hold, with and without the last, where it is smaller and where it is not."""
    found = {}
    for words in (19, 25):
        for drop_last in (True, False):
            loader = impl.create_dataloader_v1(
                text(words), batch_size=3, max_length=4, stride=4, shuffle=False, drop_last=drop_last
            )
            found[f"{words} ids, drop_last={drop_last}"] = [len(batch["inputs"]) for batch in pairs(loader)]
    return found


def shuffled(impl):
    """Whether two epochs hold every window once, and in which orders."""
    options = {"batch_size": 4, "max_length": 3, "stride": 2, "drop_last": False}
    in_order = rows(impl.create_dataloader_v1(text(90), shuffle=False, **options))
    loader = impl.create_dataloader_v1(text(90), shuffle=True, **options)
    first, second = rows(loader), rows(loader)
    fixed = impl.create_dataloader_v1(text(90), shuffle=False, **options)
    return {
        "windows": in_order,
        "all": sorted(first) == sorted(second) == sorted(in_order),
        "shuffled": first != in_order and second != in_order,
        "anew": first != second,
        "unshuffled": rows(fixed) == rows(fixed) == in_order,
    }


def defaults(impl):
    """A long text and no other argument: the shapes of the batches, the windows' starts, and two epochs' orders."""
    words = text(256 + 128 * 41 + 2)
    loader = impl.create_dataloader_v1(words)
    first, second = ([batch["inputs"] for batch in pairs(loader)] for _ in range(2))
    starts = impl.create_dataloader_v1(words, batch_size=1, shuffle=False)
    return {
        "shapes": [list(inputs.shape) for inputs in first],
        "shuffled": not torch.equal(first[0], second[0]),
        "second_window": pairs(starts)[1]["inputs"][0, :8],
    }


def workers(impl):
    """How many processes would load the data."""
    made = [impl.create_dataloader_v1(text(20), 2, 4, 4, num_workers=number) for number in (0, 1)]
    return [getattr(loader, "num_workers", None) for loader in made]


def signs(impl):
    """A text with signs, accents and an end of text."""
    words = "Hello, world! Née 2024.<|endoftext|>It's a new text, and the end of it is near."
    return pairs(impl.create_dataloader_v1(words, 2, 4, 4, shuffle=False, drop_last=False))


def two(impl):
    """Two loaders; the first is asked after the second was made."""
    first = impl.create_dataloader_v1(text(20), 2, 4, 4, False)
    second = impl.create_dataloader_v1(text(33), 3, 2, 5, False, False)
    return {"first": pairs(first), "second": pairs(second), "again": pairs(first)}
