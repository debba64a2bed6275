"""Checks for render and targets."""

from exercises.kit import common_checks


def compare_pair(run, data, expected, case):
    """Compares the inputs, then the targets."""
    for name in ("inputs", "targets"):
        run.equal(data[name], expected[name], what=f"{name} of `targets(messages, tokenizer)` for {case}")


def test_example(run):
    """The worked example gives the expected text

    Page: "with one line break after the role and one after `<|im_end|>`"
    """
    run.same("example", what="`render(messages)` for the worked example")


def test_render(run):
    """Other conversations give the expected text

    Page: "The content is written as it is."
    """
    data, expected = run("texts"), run.reference("texts")
    for case, text in expected.items():
        run.equal(data[case], text, what=f"`render(messages)` for {case}")


def test_example_targets(run):
    """The worked example gives the expected inputs and targets

    Page: "The model learns each assistant message: its content and the `<|im_end|>`"
    """
    case = "the worked example, with an id for each character"
    compare_pair(run, run("example_targets"), run.reference("example_targets"), case)


def test_targets(run):
    """Other conversations give the expected inputs and targets

    Page: "Every assistant message counts, not only the last one."
    """
    data, expected = run("masked"), run.reference("masked")
    for case, right in expected.items():
        compare_pair(run, data[case], right, case)


def test_aligned(run):
    """Each target is −100 or the next input

    Page: "targets[i] is the id after inputs[i] if the model"
    """
    for case, data in run("masked").items():
        inputs, targets = data["inputs"], data["targets"]
        assert len(inputs) == len(targets), (
            f"For {case} you return {len(inputs)} inputs and {len(targets)} targets; both lists should have N − 1 ids."
        )
        for place, (target, following) in enumerate(zip(targets, inputs[1:], strict=False)):
            assert target in (-100, following), (
                f"For {case} your target {place} is {target}, but your input {place + 1} is {following}; a target "
                "should be the id after its input, or −100."
            )


def test_other_sizes(run):
    """Any number of turns works, and named arguments

    Page: "a conversation has one or more messages"
    """
    run.vary("several", what="text, inputs and targets of a conversation", cases=5)


def test_no_memory(run):
    """Nothing is kept between calls

    Page: "keep nothing between calls"
    """
    first, second = run("twice")
    assert first == second, "A second call with equal messages gives a different result; keep nothing between calls."


def test_arguments_by_name(run):
    """Arguments have the page's names

    Page: "targets(messages, tokenizer)"
    """
    run.same("by_name", what="list of `render(…)` and `targets(…)` with named arguments")


test_manners = common_checks.manners("example")
