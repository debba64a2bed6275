"""Probes for the custom_collate_fn that masks the prompt."""

import torch

from exercises.kit import Int, ProbeProblem, summarized_by

EXAMPLE = ((3, (1, 2, 3, 4, 5)), (1, (6, 7, 8)))
LENGTHS = ((2, (11, 12, 13, 12, 15)), (4, (21, 22, 23, 24, 25, 22)), (3, (31, 32, 33, 34)))  # 12 and 22 occur twice


def pair(result):
    """Returns the result of a collate function as {"inputs": …, "targets": …}."""
    if not isinstance(result, tuple | list) or len(result) != 2:
        kind = f"{len(result)} values" if isinstance(result, tuple | list) else f"a {type(result).__name__}"
        kind = "None" if result is None else kind
        raise ProbeProblem(f"Your `custom_collate_fn` returns {kind}; it should return two tensors, (inputs, targets).")
    return {"inputs": result[0], "targets": result[1]}


def items(batch):
    return [(length, list(ids)) for length, ids in batch]


def collate(impl, batch, *arguments, **options):
    return pair(impl.custom_collate_fn(items(batch), *arguments, **options))


def example(impl):
    """The worked example."""
    return collate(impl, EXAMPLE)


def own_lengths(impl):
    """Three prompts and responses of different lengths."""
    return collate(impl, LENGTHS)


def equal_lengths(impl):
    """Batches without padding."""
    return {
        "one pair": collate(impl, [(2, (3, 1, 2, 4))]),
        "three lists of equal lengths": collate(impl, [(3, (1, 2, 3, 4)), (1, (5, 6, 7, 8)), (2, (9, 8, 7, 6))]),
    }


def extremes(impl):
    """Prompts and responses of one id."""
    return {
        "[(1, [5, 6, 7])]": collate(impl, [(1, (5, 6, 7))]),
        "[(2, [5, 6, 7])]": collate(impl, [(2, (5, 6, 7))]),
        "[(1, [3, 4]), (3, [5, 6, 7, 8])]": collate(impl, [(1, (3, 4)), (3, (5, 6, 7, 8))]),
    }


def shortened(impl, allowed_max_length=3):
    """The batch of three, cut."""
    return collate(impl, LENGTHS, allowed_max_length=allowed_max_length)


def other_padding(impl):
    """Another padding token."""
    return collate(impl, EXAMPLE, pad_token_id=0)


def with_minus_one(data):
    """Replaces −100 by −1 in the targets before the padding: the book's solution masks the prompt with −100."""
    targets = data["targets"]
    if isinstance(targets, torch.Tensor) and targets.shape == (2, 5):
        is_padding = torch.zeros_like(targets, dtype=torch.bool)
        is_padding[1, 3:] = True
        targets = targets.masked_fill(~is_padding & (targets == -100), -1)
    return {"inputs": data["inputs"], "targets": targets}


@summarized_by(with_minus_one)
def other_ignored(impl):
    """Another ignored index."""
    return collate(impl, EXAMPLE, ignore_index=-1)


def masks_with_minus_100(impl):
    """Whether the targets of the prompt are −100 although ignore_index is −1."""
    targets = collate(impl, EXAMPLE, ignore_index=-1)["targets"]
    return isinstance(targets, torch.Tensor) and targets.dim() == 2 and targets[0, 0].item() == -100


def in_position(impl):
    """All arguments by position."""
    return collate(impl, LENGTHS, 99, -100, 5, "cpu")


def sizes(impl, lists: Int[1, 4] = 3, prompt: Int[1, 5] = 3, response: Int[1, 5] = 2, step: Int[1, 5] = 2):
    """The rows of batches of other sizes."""
    batch = []
    for i in range(lists):
        length, rest = 1 + (prompt - 1 + i * step) % 5, 1 + (response - 1 + i) % 4
        batch.append((length, tuple(10 * i + j + 1 for j in range(length + rest))))
    return {name: x.tolist() if isinstance(x, torch.Tensor) else x for name, x in collate(impl, batch).items()}


def on_devices(impl):
    """The devices of the results; code that reads values of a tensor on "meta" has created it there."""
    devices = {}
    for device in ("cpu", "meta"):
        try:
            data = collate(impl, LENGTHS, device=torch.device(device))
        except (NotImplementedError, RuntimeError) as error:
            if "meta" not in str(error).lower():
                raise
            data = {}
        for name in ("inputs", "targets"):
            devices[f"{name} for device={device!r}"] = data[name].device.type if name in data else device
    return devices


def same_lists(impl):
    """The batches of two calls with the same lists, as in two epochs."""
    batch = items(LENGTHS)
    return [pair(impl.custom_collate_fn(batch)), pair(impl.custom_collate_fn(batch))]


def repeated(impl):
    """A result, and the same call again after another one; the first result is read at the end."""
    first = collate(impl, EXAMPLE)
    copied = {name: tensor.clone() for name, tensor in first.items()}
    collate(impl, LENGTHS, allowed_max_length=2)
    return {"copied": copied, "first": first, "again": collate(impl, EXAMPLE)}
