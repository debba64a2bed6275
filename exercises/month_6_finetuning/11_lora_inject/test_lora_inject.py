"""The frozen layer goes on working with a change beside it, everywhere in the model, and only that is trained."""

from grader import compare, general

BY_RANK = (
    "Your LoRALayer scales by alpha / rank, as newer versions of the book's code do it; the printed book scales "
    "by alpha. Both are accepted."
)


def test_output(run):
    """The output is the linear layer's plus the change"""
    run.same("output", what="output of LinearWithLoRA")
    run.same("without_bias", what="output around a linear layer without bias")


def test_scaling(run, note):
    """The change is the LoRALayer's for every rank"""
    ways = set()
    for rank in (1, 2, 3):
        mine, right = run("change", rank=rank), run.reference("change", rank=rank)
        by_rank = rank > 1 and compare.difference(mine, right / rank) is None
        if not by_rank:
            run.equal(mine, right, what=f"change for rank={rank} and alpha=3")
        if rank > 1:
            ways.add(by_rank)
    assert len(ways) == 1, "For some ranks the change is scaled by alpha and for others by alpha / rank."
    if ways == {True}:
        note(BY_RANK)


def test_other_sizes(run):
    """Any batch and any widths work"""
    run.vary("output", what="output of LinearWithLoRA")


def test_unchanged_at_first(run):
    """Before training nothing changes"""
    data = run("untrained")
    hint = "B is zero at first, so the new output is the old one; are the layer's own weights still there?"
    run.equal(data["layer_after"], data["layer_before"], what="output of a new LinearWithLoRA", hint=hint)
    run.equal(data["model_after"], data["model_before"], what="model's output after the replacement", hint=hint)


def test_every_linear(run):
    """Every linear layer is replaced, at any depth"""
    data = run("replaced")
    right = run.reference("replaced")
    assert not data["left"], (
        f"{len(data['left'])} of 8 linear layers are still plain: {', '.join(data['left'])}. Call the function on "
        "each child that is no nn.Linear."
    )
    assert not data["nested"], f"A LinearWithLoRA stands inside another one: at {', '.join(data['nested'])}."
    run.equal(data["new"], right["new"], what="list of replaced layers")


def test_trainable(run):
    """Of a frozen model only the LoRA layers can be trained"""
    assert run("trainable_layer") == 18, (
        f"Around a frozen 5 → 4 layer with rank=2 there are 2 · (5 + 4) = 18 trainable numbers; yours has "
        f"{run('trainable_layer')}."
    )
    for rank in (1, 2):
        data, right = run("trainable", rank=rank), run.reference("trainable", rank=rank)
        assert data["trainable"] == right["trainable"], (
            f"With rank={rank} the frozen model should have {right['trainable']} trainable numbers, those of A and "
            f"B; it has {data['trainable']}. What was frozen must stay frozen, and A and B must be registered."
        )
        assert data["all"] == right["all"], (
            f"With rank={rank} the model should hold {right['all']} numbers in all, the old ones and A and B; "
            f"yours holds {data['all']}."
        )


def test_model(run):
    """The model's output with trained LoRA layers is right"""
    run.vary("model_output", cases=4, what="model's output")


def test_gradients(run):
    """Every A and B learns"""
    data, right = run("learning"), run.reference("learning")
    for name, gradient in data.items():
        assert gradient is not None, f"No gradient reaches {name}: is it cut off (detach, no_grad) or frozen?"
        run.equal(gradient, right[name], what=f"gradient at {name}", rtol=1e-3)


def test_other_model(run):
    """Other models stay as they are"""
    run.same("other_model", hint="Only the model that is given may change.")


# General checks
test_dtype = general.dtypes("output")
test_device = general.device("output")
test_no_memory = general.state("model's output")
test_manners = general.manners()
