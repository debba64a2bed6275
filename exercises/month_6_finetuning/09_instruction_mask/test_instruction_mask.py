"""Checks for the custom_collate_fn that masks the prompt."""

from exercises.kit import Diagnosis, common_checks

MINUS_100 = (
    "Your code masks the prompt with −100, whatever ignore_index is, as the book's solution does. Both are accepted; "
    "but a loss with a different ignore_index would not accept −100."
)

END, IGNORED = 50256, -100


def compare_pair(run, data, expected, case, hint=""):
    """Compares the inputs, then the targets."""
    for name in ("inputs", "targets"):
        if getattr(data[name], "shape", ())[:-1] == expected[name].shape[:-1]:
            columns = f"number of columns of the {name} of {case}"
            run.equal(data[name].shape[-1], expected[name].shape[-1], what=columns, hint=hint)
        run.equal(data[name], expected[name], what=f"tensor of {name} of {case}", hint=hint)


def compare_cases(run, probe, case):
    """Compares a dict of pairs; {} in `case` stands for the key."""
    data, expected = run(probe), run.reference(probe)
    for key, right in expected.items():
        compare_pair(run, data[key], right, case.format(key))


def test_example(run):
    """The worked example gives the expected batch

    Page: "So a prompt of n ids has n − 1 targets: mask `targets[:n - 1]`"
    """
    case = "`custom_collate_fn([(3, [1, 2, 3, 4, 5]), (1, [6, 7, 8])])`"
    compare_pair(run, run("example"), run.reference("example"), case)


def test_places(run):
    """Prompt, response, end token and padding are where the page says

    Page: "In addition, every target that belongs to the prompt is `ignore_index`."
    """
    data = {name: getattr(tensor, "tolist", list)() for name, tensor in run("example").items()}
    for row, (length, ids) in enumerate(((3, [1, 2, 3, 4, 5]), (1, [6, 7, 8]))):
        for name, rows in data.items():
            if len(rows) != 2 or not isinstance(rows[row], list):
                return  # other checks are about the shape
            if len(rows[row]) != 5:
                columns = f"Your {name} have {len(rows[row])} columns for lists of 5 and 3 ids"
                raise Diagnosis("columns", f"{columns}; it should be 5, the length of the longest list.")
        check_inputs(data["inputs"][row], ids)
        check_targets(data["targets"][row], length, ids)


def check_inputs(row, ids):
    padding = [END] * (len(row) - len(ids))
    if padding and row == padding + ids:
        raise Diagnosis("left-padding", "Yours puts the padding before the ids; it should come after them.")
    if row[: len(ids)] != ids:
        raise Diagnosis("inputs", f"Your row of inputs for the ids {ids} is {row}; it should begin with the ids.")
    if row[len(ids) :] != padding:
        raise Diagnosis("padding", f"Your row of inputs for the ids {ids} is {row}; it should end with {padding}.")


def check_targets(row, length, ids):
    last = len(ids) - 1  # the place of the end token
    case = f"Your row of targets for a prompt of {length} ids in {ids} is {row}"
    if row[: length - 1] != [IGNORED] * (length - 1):
        raise Diagnosis("prompt", f"{case}; its first {length - 1} targets should be ignore_index.")
    if row[length - 1 : last] != ids[length:]:
        raise Diagnosis("response", f"{case}; {ids[length:]}, the response, should stand from index {length - 1} on.")
    if row[last] != END:
        raise Diagnosis("end-token", f"{case}; the first pad_token_id, {END}, should stand behind {ids[-1]}.")
    if row[last + 1 :] != [IGNORED] * (len(row) - len(ids)):
        raise Diagnosis("not-ignored", f"{case}; behind the end token there should be ignore_index only.")


def test_own_lengths(run):
    """Each row is masked by the length of its own prompt

    Page: "Each row has its own length of the prompt."
    """
    case = "`custom_collate_fn(batch)` for prompts of 2, 4 and 3 ids"
    compare_pair(run, run("own_lengths"), run.reference("own_lengths"), case)


def test_equal_lengths(run):
    """Lists without padding are masked too

    Page: "every target that belongs to the prompt is `ignore_index`"
    """
    compare_cases(run, "equal_lengths", "`custom_collate_fn(batch)` for {}")


def test_extremes(run):
    """A prompt or a response can be one id

    Page: "how many ids belong to the prompt, 1 to L − 1"
    """
    compare_cases(run, "extremes", "`custom_collate_fn(batch)` for {}")


def test_shortened(run):
    """allowed_max_length cuts inputs and targets

    Page: "A row whose prompt fills all columns has no target that counts."
    """
    lengths = (4, 1, 3, 6, 9)
    for length in lengths:
        run("shortened", allowed_max_length=length)  # all of them, to tell apart mistakes that differ in some
    for length in lengths:
        data, expected = (get("shortened", allowed_max_length=length) for get in (run, run.reference))
        compare_pair(run, data, expected, f"`custom_collate_fn(batch, allowed_max_length={length})`")


def test_other_padding(run):
    """pad_token_id is used

    Page: "`pad_token_id` is not always 50256"
    """
    data, expected = run("other_padding"), run.reference("other_padding")
    compare_pair(run, data, expected, "`custom_collate_fn(batch, pad_token_id=0)`")


def test_other_ignored(run, note):
    """ignore_index is used

    Page: "every target that belongs to the prompt is `ignore_index`"
    """
    data, expected = run("other_ignored"), run.reference("other_ignored")
    compare_pair(run, data, expected, "`custom_collate_fn(batch, ignore_index=-1)`")
    if run.once("masks_with_minus_100"):
        note(MINUS_100)


def test_in_position(run):
    """The parameters have the expected order

    Page: "All arguments mean the same as before"
    """
    case = "`custom_collate_fn(batch, 99, -100, 5, 'cpu')`"
    compare_pair(run, run("in_position"), run.reference("in_position"), case)


def test_sizes(run):
    """Batches of any size work

    Page: "The inputs and the targets, (B, T) each"
    """
    run.vary("sizes", what="batch")


def test_devices(run):
    """The tensors are on the device

    Page: "the tensors are int64 and on `device`"
    """
    data, expected = run("on_devices"), run.reference("on_devices")
    for name, device in expected.items():
        run.equal(data[name], device, what=f"device of the {name}")


def test_same_lists(run):
    """A second epoch gives the same batches

    Page: "the dataset gives the same ones in the next epoch"
    """
    first, second = run("same_lists")
    hint = "It was different in the first call: do not change the lists of the batch."
    compare_pair(run, second, first, "a second call with the same batch", hint)


def test_no_memory(run):
    """Nothing is kept between calls

    Page: "Nothing is kept between calls"
    """
    data = run("repeated")
    compare_pair(run, data["first"], data["copied"], "the first call, read again after others,", "It changed later.")
    compare_pair(run, data["again"], data["copied"], "the same call after others", "It was different at first.")


# General checks
test_manners = common_checks.manners("example")
