"""Probes for create_dataloader_v1. The grader provides tiktoken's "gpt2" encoding offline."""

import torch

from exercises.kit import Int, summarized_by

NAMES = "one two three four five six seven eight nine ten red blue green white black".split()  # noqa: SIM905


def make_text(words):
    """Returns a text of words that are one token each, in an order with few repeats."""
    return " ".join(NAMES[(i * i * 7 + i * 3) % 11 + i % 5] for i in range(words))


def pairs(loader):
    """Returns the batches of one epoch."""
    return [{"inputs": inputs, "targets": targets} for inputs, targets in loader]


def rows(loader):
    """Returns the windows of one epoch in order."""
    return [row.tolist() for inputs, targets in loader for row in torch.stack((inputs, targets), 1)]


def example(impl):
    """The worked example."""
    options = {"batch_size": 3, "max_length": 4, "stride": 4, "shuffle": False, "drop_last": False}
    return pairs(impl.create_dataloader_v1(make_text(19), **options))


def plain(impl, batch_size: Int[1, 5] = 3, max_length: Int[1, 6] = 4, stride: Int[1, 8] = 2, words: Int[12, 40] = 24):
    """All batches in order, including a smaller last one."""
    return pairs(
        impl.create_dataloader_v1(
            make_text(words),
            batch_size=batch_size,
            max_length=max_length,
            stride=stride,
            shuffle=False,
            drop_last=False,
        )
    )


def in_position(impl):
    """Passes all arguments by position."""
    return pairs(impl.create_dataloader_v1(make_text(30), 2, 5, 3, False, True, 0))


def last_batch(impl):
    """The batch sizes with and without drop_last, for a text with a smaller last batch and one without."""
    batch_sizes = {}
    for words in (19, 25):
        for drop_last in (True, False):
            loader = impl.create_dataloader_v1(
                make_text(words), batch_size=3, max_length=4, stride=4, shuffle=False, drop_last=drop_last
            )
            batch_sizes[f"{words} ids, drop_last={drop_last}"] = [len(batch["inputs"]) for batch in pairs(loader)]
    return batch_sizes


def orders(epochs):
    """Whether two shuffled epochs contain every window once, and whether the orders of epochs differ."""
    first, second = epochs["shuffled"]
    in_order, *unshuffled = epochs["in order"]
    return {
        "all": sorted(first) == sorted(second) == sorted(in_order),
        "shuffled": first != in_order and second != in_order,
        "reshuffled": first != second,
        "unshuffled": all(epoch == in_order for epoch in unshuffled),
    }


@summarized_by(orders)
def shuffled(impl):
    """The windows of two epochs with shuffle=True and of three with shuffle=False."""
    options = {"batch_size": 4, "max_length": 3, "stride": 2, "drop_last": False}
    in_order = rows(impl.create_dataloader_v1(make_text(90), shuffle=False, **options))
    loader = impl.create_dataloader_v1(make_text(90), shuffle=True, **options)
    first, second = rows(loader), rows(loader)
    unshuffled = impl.create_dataloader_v1(make_text(90), shuffle=False, **options)
    return {"shuffled": [first, second], "in order": [in_order, rows(unshuffled), rows(unshuffled)]}


def default_properties(data):
    """The batch shapes, the start of the second window, and whether the first batches of two epochs differ."""
    return {
        "shapes": data["shapes"],
        "shuffled": data["second"] is None or not torch.equal(data["first"], data["second"]),
        "second_window": data["second_window"],
    }


@summarized_by(default_properties)
def defaults(impl):
    """Uses the defaults: the batch shapes, the first batches of two epochs, and the start of the second window."""
    text = make_text(256 + 128 * 41 + 2)
    loader = impl.create_dataloader_v1(text)
    first, second = ([batch["inputs"] for batch in pairs(loader)] for _ in range(2))
    in_order = impl.create_dataloader_v1(text, batch_size=1, shuffle=False)
    return {
        "shapes": [list(inputs.shape) for inputs in first],
        "first": first[0],
        "second": second[0] if second else None,
        "second_window": pairs(in_order)[1]["inputs"][0, :8],
    }


def workers(impl):
    """The num_workers of two loaders."""
    numbers = []
    for number in (0, 1):
        try:
            loader = impl.create_dataloader_v1(make_text(20), 2, 4, 4, num_workers=number)
        except PermissionError:  # code that iterates here would start a process, which the sandbox refuses
            loader = None
        numbers.append(getattr(loader, "num_workers", None))
    return numbers


def signs(impl):
    """A text with punctuation, accents and <|endoftext|>."""
    text = "Hello, world! Née 2024.<|endoftext|>It's a new text, and the end of it is near."
    return pairs(impl.create_dataloader_v1(text, 2, 4, 4, shuffle=False, drop_last=False))


def two(impl):
    """The batches of a loader, before and after a second loader is created."""
    first = impl.create_dataloader_v1(make_text(20), 2, 4, 4, False)
    before = pairs(first)
    pairs(impl.create_dataloader_v1(make_text(33), 3, 2, 5, False, False))
    return [before, pairs(first)]
