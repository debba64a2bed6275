"""Checks SpamDataset: the length of all messages, padding, truncation and labels."""

import torch

from exercises.kit import Diagnosis


def test_example(run):
    """The worked example gives the expected ids and labels

    Page: "dataset[0] [10, 11, 12, P, P], 1"
    """
    check(run, "example", "the worked example with max_length=None")


def test_limit(run):
    """A longer message keeps its first ids

    Page: "a longer message keeps its first T ids"
    """
    check(run, "limited", "the worked example with max_length=4")


def test_longest(run):
    """Without a limit, all have the length of the longest message

    Page: "T is the number of tokens of the longest message"
    """
    for messages in (8, 2, 5):
        check(run, "longest", f"a file of {messages} messages", messages=messages)


def test_other_limits(run):
    """With a limit, all have this length

    Page: "With `max_length=9`, every message has 9 ids."
    """
    for messages, max_length in ((3, 9), (8, 5), (1, 1), (4, 3), (8, 15)):
        what = f"a file of {messages} messages with max_length={max_length}"
        check(run, "with_limit", what, messages=messages, max_length=max_length)


def test_padding(run):
    """Any id can be the padding

    Page: "Any id can be the padding, 0 too."
    """
    for number, data, expected in zip((0, 7), run("padding"), run.reference("padding"), strict=True):
        compare(run, data, expected, f"a dataset with pad_token_id={number}", padding=number)


def test_other_order(run):
    """The columns are taken by name

    Page: "the columns may come in any order"
    """
    error = run("other_order").get("raised")
    if error:
        says = f"Yours raises {error} for a file whose first column is Text and whose second one is Label"
        raise Diagnosis("columns", f"{says}; it should take the columns by name.")
    check(run, "other_order", "a file with the columns Text and Label")


def test_tokenizer(run):
    """It uses the given tokenizer

    Page: "Encode each text: `tokenizer.encode(text)`"
    """
    check(run, "other_tokenizer", "a tokenizer whose ids start at 3000")


def test_no_memory(run):
    """Each dataset has its own messages

    Page: "The ids and labels of a dataset are its own"
    """
    data = run("two")
    shared = "Keep ids, labels and max_length on self: all datasets share the attributes of the class."
    before, second, after = ([example["ids"] for example in data[key]["examples"]] for key in data)
    assert not _equal(second[0], before[0]), (
        f"A second dataset with other messages begins with the first message of the first dataset. {shared}"
    )
    labels = [[example["label"] for example in data[key]["examples"]] for key in ("before", "after")]
    same = len(before) == len(after) and all(map(_equal, before, after)) and all(map(_equal, *labels))
    assert same and data["before"]["max_length"] == data["after"]["max_length"], (
        f"Your dataset changes when a second one is created. {shared}"
    )


def _equal(first, second):
    return torch.equal(torch.as_tensor(first), torch.as_tensor(second))


def test_batches(run):
    """A DataLoader makes batches of ids and labels

    Page: "The classifier sees ids (8, T) and labels (8,)."
    """
    data, expected = run("batches"), run.reference("batches")
    sizes = [sum(len(batch[0]) for batch in batches if hasattr(batch[0], "shape")) for batches in (data, expected)]
    if sizes[0] != sizes[1]:
        says = f"A DataLoader takes {sizes[0]} of 7 messages from yours; it should take all, the number from __len__."
        raise Diagnosis("batches", says)
    for number, (mine, right) in enumerate(zip(data, expected, strict=True), 1):
        for name, a, b in zip(("ids", "labels"), mine, right, strict=True):
            run.equal(a, b, what=f"tensor of {name} in batch {number} of `DataLoader(dataset, batch_size=4)`")


def check(run, probe, what, **arguments):
    compare(run, run(probe, **arguments), run.reference(probe, **arguments), what)


def _plain(ids):
    return ids.tolist() if isinstance(ids, torch.Tensor) and ids.dim() == 1 else [-1]


def compare(run, data, expected, what, padding=50256):
    if data["length"] != expected["length"]:
        raise Diagnosis(
            "length",
            f"Yours returns {data['length']} as `len(dataset)` of {what}; it should be {expected['length']}, the "
            "number of "
            "messages.",
        )
    if isinstance(data["max_length"], int) and data["max_length"] != expected["max_length"]:
        says = (
            f"Yours has {data['max_length']} as `dataset.max_length` of {what}; it should be {expected['max_length']}"
        )
        raise Diagnosis("max-length", f"{says}: the argument, or else the number of ids of the longest message.")
    run.equal(data["max_length"], expected["max_length"], what=f"`dataset.max_length` of {what}")
    rows = [[_plain(example["ids"]) for example in side["examples"]] for side in (data, expected)]
    if rows[0] != rows[1] and sorted(rows[0]) == sorted(rows[1]):
        raise Diagnosis("order", f"Yours returns the messages of {what} in a new order; it should keep the file's.")
    if len(rows[1]) > 1 and rows[0] == rows[1][-1:] * len(rows[1]) != rows[1]:
        says = f"All items of yours have the ids of the last message of {what}"
        raise Diagnosis("shared-tensor", f"{says}; each message should have a tensor of its own.")
    for mine, right in zip(*rows, strict=True):
        kept = next((i for i, (a, b) in enumerate(zip(mine, right, strict=False)) if a != b), len(right))
        rest = set(mine[kept:])
        if len(mine) == len(right) and len(rest) == 1 and set(right[kept:]) == {padding}:
            says = f"Yours fills up the message {right} of {what} with {rest.pop()}"
            raise Diagnosis("padding-id", f"{says}; it should fill it up with pad_token_id, {padding}.")
        if len(mine) == len(right) and 0 < kept < len(right) and len(rest) == 1 and right[kept] not in rest:
            says = f"Yours keeps {kept} ids of the message {right} of {what} and fills up with {rest.pop()}"
            raise Diagnosis("ids-lost", f"{says}; it should keep as many ids as fit, and fill up with pad_token_id.")
    for index, (mine, right) in enumerate(zip(data["examples"], expected["examples"], strict=True)):
        run.equal(mine["ids"], right["ids"], what=f"tensor of ids, `dataset[{index}][0]`, of {what}")
        run.equal(mine["label"], right["label"], what=f"label, `dataset[{index}][1]`, of {what}")
