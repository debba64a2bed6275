"""Checks the output, the replacement at every depth, and that only A and B are trainable."""

from exercises.kit import common_checks, compare

BY_RANK = (
    "Your LoRALayer scales by alpha / rank, as newer versions of the book's code do; the printed book scales "
    "by alpha. Both are accepted."
)


def test_output(run):
    """The output is the sum of the linear layer's output and the change"""
    run.same("output", what="output of LinearWithLoRA")
    run.same("without_bias", what="output for a linear layer without bias")


def test_scaling(run, note):
    """The change is the LoRALayer's output for every rank"""
    ways = set()
    for rank in (1, 2, 3):
        actual, expected = run("change", rank=rank), run.reference("change", rank=rank)
        by_rank = rank > 1 and compare.difference(actual, expected / rank) is None
        if not by_rank:
            run.equal(actual, expected, what=f"change for rank={rank} and alpha=3")
        if rank > 1:
            ways.add(by_rank)
    assert len(ways) == 1, "Your code scales by alpha for some ranks and by alpha / rank for others; use one of them."
    if ways == {True}:
        note(BY_RANK)


def test_other_sizes(run):
    """It works for any batch size and any dimensions"""
    run.vary("output", what="output of LinearWithLoRA")


def test_unchanged_at_first(run):
    """The outputs are unchanged before training"""
    data = run("untrained")
    hint = "B is zero initially, so the output should not change. Keep the weights of the given layer."
    run.equal(data["layer_after"], data["layer_before"], what="output of a new LinearWithLoRA", hint=hint)
    run.equal(data["model_after"], data["model_before"], what="model's output after the replacement", hint=hint)


def test_every_linear(run):
    """Every linear layer is replaced, at any depth"""
    data = run("replaced")
    expected = run.reference("replaced")
    assert not data["left"], (
        f"{len(data['left'])} of 8 linear layers are not replaced: {', '.join(data['left'])}. Call your function on "
        "each child that is not an nn.Linear."
    )
    assert not data["nested"], (
        f"Your model has a LinearWithLoRA inside another one, at {', '.join(data['nested'])}; replace each layer once."
    )
    run.equal(data["new"], expected["new"], what="list of replaced layers")


def test_trainable(run):
    """Only the LoRA layers of a frozen model are trainable"""
    assert run("trainable_layer") == 18, (
        f"For a frozen 5 → 4 layer and rank=2 there should be 2 · (5 + 4) = 18 trainable numbers; yours has "
        f"{run('trainable_layer')}."
    )
    for rank in (1, 2):
        data, expected = run("trainable", rank=rank), run.reference("trainable", rank=rank)
        assert data["trainable"] == expected["trainable"], (
            f"With rank={rank} the frozen model should have {expected['trainable']} trainable numbers, those of A and "
            f"B; it has {data['trainable']}. Keep frozen weights frozen, and register A and B."
        )
        assert data["all"] == expected["all"], (
            f"With rank={rank} the model should have {expected['all']} numbers in total, including A and B; "
            f"yours has {data['all']}."
        )


def test_model(run):
    """The model's output with trained LoRA layers is correct"""
    run.vary("model_output", cases=4, what="model's output")


def test_gradients(run):
    """Gradients reach every A and B"""
    data, expected = run("learning"), run.reference("learning")
    for name, gradient in data.items():
        assert gradient is not None, f"No gradient reaches {name}; it should not be detached or frozen."
        run.equal(gradient, expected[name], what=f"gradient at {name}", rtol=1e-3)


def test_other_model(run):
    """Other models are not changed"""
    run.same("other_model", hint="The function should change only the given model.")


# General checks
test_dtype = common_checks.dtypes("output")
test_device = common_checks.device("output")
test_no_memory = common_checks.state("model's output")
test_manners = common_checks.manners()
