"""Checks for InstructionDataset and custom_collate_fn."""

from exercises.kit import Diagnosis, common_checks

END, IGNORED = 50256, -100


def compare_pair(run, data, expected, case, hint=""):
    """Compares the inputs, then the targets."""
    for name in ("inputs", "targets"):
        if getattr(data[name], "shape", ())[:-1] == expected[name].shape[:-1]:
            columns = f"number of columns of the {name} of {case}"
            run.equal(data[name].shape[-1], expected[name].shape[-1], what=columns, hint=hint)
        run.equal(data[name], expected[name], what=f"tensor of {name} of {case}", hint=hint)


def compare_cases(run, probe, case, hint=""):
    """Compares a dict of pairs; {} in `case` stands for the key."""
    data, expected = run(probe), run.reference(probe)
    for key, right in expected.items():
        compare_pair(run, data[key], right, case.format(key), hint)


def test_inputs_and_targets(run):
    """The worked example gives the expected batch

    Page: "The inputs are all but the last id; the targets are all but the first."
    """
    compare_pair(run, run("example"), run.reference("example"), "`custom_collate_fn([[1, 2, 3, 4], [5, 6]])`")


def test_places(run):
    """Ids, end token and padding are where the page says

    Page: "In the targets, keep the first `pad_token_id` of a list, and replace the others by `ignore_index`."
    """
    data = {name: getattr(tensor, "tolist", list)() for name, tensor in run("example").items()}
    for row, ids in enumerate(([1, 2, 3, 4], [5, 6])):
        for name, rows in data.items():
            if len(rows) != 2 or not isinstance(rows[row], list):
                return  # other checks are about the shape
            if len(rows[row]) != 4:
                columns = f"Your {name} have {len(rows[row])} columns for lists of 4 and 2 ids"
                raise Diagnosis("columns", f"{columns}; it should be 4, the length of the longest list.")
        check_inputs(data["inputs"][row], ids)
        check_targets(data["targets"][row], data["inputs"][row], ids)


def check_inputs(row, ids):
    padding = [END] * (len(row) - len(ids))
    if padding and row == padding + ids:
        raise Diagnosis("left-padding", "Yours puts the padding before the ids; it should come after them.")
    if row[: len(ids)] != ids:
        raise Diagnosis("inputs", f"Your row of inputs for the list {ids} is {row}; it should begin with the list.")
    if row[len(ids) :] != padding:
        raise Diagnosis("padding", f"Your row of inputs for the list {ids} is {row}; it should end with {padding}.")


def check_targets(row, inputs, ids):
    last = len(ids) - 1  # the place of the end token
    case = f"Your row of targets for the list {ids} is {row}"
    if row == inputs:
        raise Diagnosis("not-shifted", f"{case}, like the inputs; it should be shifted by one id.")
    if row[:last] != ids[1:]:
        raise Diagnosis("targets", f"{case}; it should begin with the ids from the second on, {ids[1:]}.")
    if row[last] != END:
        raise Diagnosis("end-token", f"{case}; the first pad_token_id, {END}, should stand behind {ids[-1]}.")
    if row[last + 1 :] != [IGNORED] * (len(row) - len(ids)):
        raise Diagnosis("not-ignored", f"{case}; behind the end token there should be ignore_index, {IGNORED}, only.")


def test_text(run):
    """An item is the prompt and the response, encoded

    Page: "The prompt and the heading are separated by one empty line"
    """
    run.same("first_text", what="text of `dataset[0]`, decoded,")


def test_all_texts(run):
    """Every entry is an item, in the order of the data

    Page: "dataset[i] list of ids: tokenizer.encode(text)"
    """
    data, expected = run("texts"), run.reference("texts")
    for name, text in expected.items():
        run.equal(data[name], text, what=f"text of `{name}`, decoded,")


def test_length(run):
    """The length of the dataset is the number of entries

    Page: "len(dataset) the number of entries"
    """
    data, expected = run("lengths"), run.reference("lengths")
    for name, length in expected.items():
        run.equal(data[name], length, what=f"`len(dataset)` for {name}")


def test_triple(run):
    """Three lists of different lengths are padded

    Page: "Add more of them, until all lists have T + 1 ids."
    """
    case = "`custom_collate_fn([[0, 1, 2, 3, 4], [5, 6], [7, 8, 9]])`"
    compare_pair(run, run("triple"), run.reference("triple"), case)


def test_longest(run):
    """Lists without padding get an end token too

    Page: "The longest list needs its end token as well, though it gets no padding."
    """
    compare_cases(run, "longest", "`custom_collate_fn(batch)` for {}")


def test_single_ids(run):
    """A list can have a single id

    Page: "T is the length of the longest list in this batch."
    """
    compare_cases(run, "single_ids", "`custom_collate_fn({})`")


def test_shortened(run):
    """allowed_max_length cuts inputs and targets

    Page: "keep only the first `allowed_max_length` columns of both"
    """
    cases = [("shortened", "[[1, 2, 3, 4], [5, 6]]", n) for n in (3, 1, 4, 9)]
    cases += [("shortened_triple", "[[0, 1, 2, 3, 4], [5, 6], [7, 8, 9]]", n) for n in (2, 4)]
    for probe, _, length in cases:
        run(probe, allowed_max_length=length)  # all of them, to tell apart mistakes that differ in some
    for probe, batch, length in cases:
        data, expected = (get(probe, allowed_max_length=length) for get in (run, run.reference))
        compare_pair(run, data, expected, f"`custom_collate_fn({batch}, allowed_max_length={length})`")


def test_other_tokens(run):
    """pad_token_id and ignore_index are used

    Page: "Use the arguments, not the numbers 50256 and −100"
    """
    compare_cases(run, "other_tokens", "`custom_collate_fn(batch, {})`")


def test_in_position(run):
    """The parameters have the expected order

    Page: "custom_collate_fn(batch, pad_token_id=50256, ignore_index=-100, allowed_max_length=None"
    """
    case = "`custom_collate_fn(batch, 99, -7, 4, 'cpu')`"
    compare_pair(run, run("in_position"), run.reference("in_position"), case)


def test_sizes(run):
    """Batches of any size work

    Page: "list of B items of the dataset"
    """
    run.vary("sizes", what="batch")


def test_device_argument(run):
    """The tensors are on the device

    Page: "two int64 tensors on `device`"
    """
    data, expected = run("on_devices"), run.reference("on_devices")
    for name, device in expected.items():
        run.equal(data[name], device, what=f"device of the {name}")


def test_loader(run):
    """A DataLoader batches the dataset

    Page: "a `DataLoader` calls it with a list of B items of the dataset"
    """
    batches, expected = run("loaded"), run.reference("loaded")
    run.equal(len(batches), len(expected), what="number of batches of a `DataLoader(dataset, batch_size=2)`")
    for number, (batch, right) in enumerate(zip(batches, expected, strict=True), 1):
        compare_pair(run, batch, right, f"batch {number} of a `DataLoader` with your function")


def test_epochs(run):
    """A second epoch gives the same batches

    Page: "the dataset gives the same ones in the next epoch"
    """
    first, second = run("two_epochs")
    for number, (before, after) in enumerate(zip(first, second, strict=True), 1):
        hint = "It was different in the first epoch: do not change the lists of the batch."
        compare_pair(run, after, before, f"batch {number} in the second epoch", hint)


def test_two_datasets(run):
    """Each dataset has its own entries

    Page: "each dataset has its own entries: store them on `self`"
    """
    data, expected = run("two_datasets"), run.reference("two_datasets")
    before, after = data["before"], data["after"]
    hint = "Store data on self, not on the class."
    if data["second"] == before[1] or after != before:
        raise Diagnosis("kept-on-the-class", "Yours keeps entries for all datasets; each should store its own on self.")
    run.equal(after[0], before[0], what="`len(dataset)`, read again after a second dataset is created,", hint=hint)
    run.equal(
        after[1], before[1], what="text of `dataset[0]`, read again after a second dataset is created,", hint=hint
    )
    what = "text of the first item, decoded, of a second dataset"
    run.equal(data["second"], expected["second"], what=what, hint=hint)


def test_no_memory(run):
    """Nothing is kept between calls

    Page: "Nothing is kept between calls"
    """
    data = run("repeated")
    hint = "The first result changed during a later call."
    compare_pair(run, data["first"], data["copied"], "the first call, read again after others,", hint)
    hint = "The first call gave a different result."
    compare_pair(run, data["again"], data["copied"], "the same call after others", hint)


# General checks
test_manners = common_checks.manners("example")
