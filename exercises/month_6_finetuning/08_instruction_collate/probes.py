"""Probes for InstructionDataset and custom_collate_fn, with a tokenizer for which each character is one token."""

from functools import partial

import torch
from torch.utils.data import DataLoader

from exercises.kit import Int, ProbeProblem

ENTRIES = (
    {"instruction": "Correct the spelling.", "input": "Ocasion", "output": "Occasion"},
    {"instruction": "Name a prime number between 20 and 30.", "input": "", "output": "23"},
    {"instruction": "Is 91 prime?", "input": "", "output": "No.\n91 = 7 * 13 "},
)
EXAMPLE = ((1, 2, 3, 4), (5, 6))
TRIPLE = ((0, 1, 2, 3, 4), (5, 6), (7, 8, 9))  # the book's example, section 7.3


class Characters:
    """Has tiktoken's interface; the id of a character is its code point."""

    def encode(self, text, *, allowed_special=frozenset(), disallowed_special="all"):
        return [ord(character) for character in text]

    def encode_ordinary(self, text):
        return self.encode(text)

    def decode(self, ids):
        return "".join(map(chr, ids))


def make_dataset(impl, entries=ENTRIES):
    return impl.InstructionDataset([dict(entry) for entry in entries], Characters())


def text_of(dataset, index):
    """Returns the text of an item, which must be a list of ids."""
    ids = dataset[index]
    if not isinstance(ids, list):
        kind = f"a {type(ids).__name__}" + (f" of {len(ids)} items" if isinstance(ids, tuple) else "")
        raise ProbeProblem(f"Your `dataset[{index}]` is {kind}; it should be a list of token ids.")
    if wrong := next((x for x in ids if type(x) is not int), None):
        raise ProbeProblem(f"Your `dataset[{index}]` contains {wrong!r}; it should be a list of token ids.")
    return "".join(chr(x) if x < 50_000 else "<|endoftext|>" for x in ids)


def texts(impl):
    """The texts of all entries, the last one first."""
    dataset = make_dataset(impl)
    return {f"dataset[{index}]": text_of(dataset, index) for index in (2, 0, 1)}


def first_text(impl):
    return text_of(make_dataset(impl), 0)


def lengths(impl):
    """The numbers of entries of three datasets."""
    return {f"a dataset of {n} entries": len(make_dataset(impl, (ENTRIES * 2)[:n])) for n in (3, 1, 5)}


def two_datasets(impl):
    """The length and an item of a dataset, before and after a second one is created, and an item of the second."""
    first = make_dataset(impl)
    before = [len(first), text_of(first, 0)]
    second = make_dataset(impl, ENTRIES[1:])
    return {"before": before, "after": [len(first), text_of(first, 0)], "second": text_of(second, 0)}


def pair(result):
    """Returns the result of a collate function as {"inputs": …, "targets": …}."""
    if not isinstance(result, tuple | list) or len(result) != 2:
        kind = f"{len(result)} values" if isinstance(result, tuple | list) else f"a {type(result).__name__}"
        kind = "None" if result is None else kind
        raise ProbeProblem(f"Your `custom_collate_fn` returns {kind}; it should return two tensors, (inputs, targets).")
    return {"inputs": result[0], "targets": result[1]}


def collate(impl, batch, *arguments, **options):
    return pair(impl.custom_collate_fn([list(ids) for ids in batch], *arguments, **options))


def example(impl):
    """The worked example."""
    return collate(impl, EXAMPLE)


def triple(impl):
    """The book's example."""
    return collate(impl, TRIPLE)


def longest(impl):
    """Batches in which no list is padded."""
    return {"one list": collate(impl, [(3, 1, 2)]), "equal lengths": collate(impl, [(3, 1), (2, 4), (5, 5)])}


def single_ids(impl):
    """Batches with lists of a single id."""
    return {"[[7]]": collate(impl, [(7,)]), "[[7], [1, 2, 3], [9]]": collate(impl, [(7,), (1, 2, 3), (9,)])}


def shortened(impl, allowed_max_length=3):
    """The batches of the examples, cut."""
    return collate(impl, EXAMPLE, allowed_max_length=allowed_max_length)


def shortened_triple(impl, allowed_max_length=2):
    return collate(impl, TRIPLE, allowed_max_length=allowed_max_length)


def other_tokens(impl):
    """Another padding token and another ignored index."""
    return {
        "pad_token_id=0": collate(impl, EXAMPLE, pad_token_id=0),
        "ignore_index=-1": collate(impl, EXAMPLE, ignore_index=-1),
        "pad_token_id=99, ignore_index=-7": collate(impl, TRIPLE, pad_token_id=99, ignore_index=-7),
    }


def in_position(impl):
    """All arguments by position."""
    return collate(impl, TRIPLE, 99, -7, 4, "cpu")


def sizes(impl, lists: Int[1, 5] = 3, longest: Int[1, 7] = 4, step: Int[1, 5] = 2):
    """The rows of batches of other sizes."""
    batch = [[10 * i + j + 1 for j in range(1 + (i * step + longest - 1) % longest)] for i in range(lists)]
    return {name: x.tolist() if isinstance(x, torch.Tensor) else x for name, x in collate(impl, batch).items()}


def loaded(impl):
    """The batches of a DataLoader over the dataset."""
    collate_fn = partial(impl.custom_collate_fn, device="cpu", allowed_max_length=1024)
    loader = DataLoader(make_dataset(impl), batch_size=2, collate_fn=collate_fn)
    return [pair(batch) for batch in loader]


def two_epochs(impl):
    """Whether two epochs of one loader give the same batches."""
    loader = DataLoader(make_dataset(impl), batch_size=2, collate_fn=impl.custom_collate_fn)
    return [[pair(batch) for batch in loader] for _ in range(2)]


def on_devices(impl):
    """The devices of the results; code that reads values of a tensor on "meta" has created it there."""
    devices = {}
    for device in ("cpu", "meta"):
        try:
            data = collate(impl, TRIPLE, device=torch.device(device))
        except (NotImplementedError, RuntimeError) as error:
            if "meta" not in str(error).lower():
                raise
            data = {}
        for name in ("inputs", "targets"):
            devices[f"{name} for device={device!r}"] = data[name].device.type if name in data else device
    return devices


def repeated(impl):
    """A result, and the same call again after another one; the first result is read at the end."""
    first = collate(impl, EXAMPLE)
    copied = {name: tensor.clone() for name, tensor in first.items()}
    collate(impl, TRIPLE, allowed_max_length=2)
    return {"copied": copied, "first": first, "again": collate(impl, EXAMPLE)}
