"""Batches of the right windows: every argument arrives where it belongs."""

from grader import general


def test_batches(run):
    """Inputs and targets come in batches"""
    found = run.same("plain", what="list of batches")
    assert found, "There is no batch."


def test_in_position(run):
    """The arguments have the book's order"""
    run.same("in_position", what="list of batches of create_dataloader_v1(txt, 2, 5, 3, False, True, 0)")


def test_last_batch(run):
    """drop_last decides about a smaller last batch"""
    found = run("last_batch")
    for case, sizes in run.reference("last_batch").items():
        assert found[case] == sizes, (
            f"With {case}, max_length=4, stride=4 and batch_size=3, the batches should hold {sizes} windows; "
            f"yours hold {found[case]}."
        )


def test_shuffle(run):
    """shuffle decides about the order, anew in each epoch"""
    data = run("shuffled")
    run.equal(data["windows"], run.reference("shuffled")["windows"], what="list of windows with shuffle=False")
    assert data["unshuffled"], "With shuffle=False two epochs differ: the windows must come in the text's order."
    assert data["shuffled"], "With shuffle=True the windows come in the text's order."
    assert data["all"], "With shuffle=True an epoch does not hold every window just once."
    assert data["anew"], "With shuffle=True two epochs have the same order: shuffle anew for each."


def test_sizes(run):
    """Any batch size, length and stride works"""
    run.vary("plain", cases=8, what="list of batches")


def test_tokenizer(run):
    """The ids are GPT-2's, and an end of text is one of them"""
    run.same("signs", what="list of batches", hint='The tokenizer is tiktoken.get_encoding("gpt2").')


def test_defaults(run):
    """The defaults are the book's"""
    data, right = run("defaults"), run.reference("defaults")
    hint = "By default batch_size=4, max_length=256, stride=128 and drop_last=True."
    run.equal(data["shapes"], right["shapes"], what="list of the batches' shapes", hint=hint)
    run.equal(data["second_window"], right["second_window"], what="beginning of the second window", hint=hint)
    assert data["shuffled"], "By default the windows should be shuffled; two epochs begin with the same batch."


def test_workers(run):
    """num_workers is handed on"""
    assert run("workers") == [0, 1], (
        f"With num_workers=0 and then 1 your loader's num_workers are {run('workers')}; they should be [0, 1]."
    )


def test_two(run):
    """Loaders do not mix, and can be used again"""
    run.same("two", what="result", hint="Two loaders were made, the first was used again after the second.")


# what holds in every exercise
test_manners = general.manners("plain")
