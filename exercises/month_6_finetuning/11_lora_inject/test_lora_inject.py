"""Checks the output, the replacement at every depth, and that only A and B are trainable."""

from exercises.kit import Diagnosis, compare

BY_RANK = (
    "Your LoRALayer scales by alpha / rank, as newer versions of the book's code do; the printed book scales "
    "by alpha. Both are accepted."
)


def test_output(run):
    """The output is the sum of the linear layer's output and the change

    Page: "result   (…, out_features)   base + change"
    """
    run.same("output", what="result of `LinearWithLoRA(linear, 1, 3)(x)`")
    run.same("without_bias", what="result of `LinearWithLoRA(linear, 1, 3)(x)` for a linear layer without bias")


def test_keeps_the_layer(run):
    """The given layer is kept

    Page: "a module that holds the given linear layer"
    """
    for name, is_kept in run("keeps").items():
        if not is_kept:
            raise Diagnosis(
                "layer-not-kept",
                f"Your LinearWithLoRA does not have the {name} of the given layer as one of its parameters; keep the "
                "layer "
                "itself, neither a copy nor a new one.",
            )


def test_scaling(run, note):
    """The change is the LoRALayer's output for every rank

    Page: "change   (…, out_features)   output of the LoRALayer for x"
    """
    ways = set()
    for rank in (1, 2, 3):
        actual, expected = run("change", rank=rank), run.reference("change", rank=rank)
        by_rank = rank > 1 and compare.difference(actual, expected / rank) is None
        if not by_rank:
            run.equal(actual, expected, what=f"change that `LinearWithLoRA(linear, {rank}, 3)` adds")
        if rank > 1:
            ways.add(by_rank)
    assert len(ways) == 1, "Your code scales by alpha for some ranks and by alpha / rank for others; use one of them."
    if ways == {True}:
        note(BY_RANK)


def test_other_sizes(run):
    """It works for any batch size and any dimensions

    Page: "x        (…, in_features)"
    """
    run.vary("output", what="result of `LinearWithLoRA(linear, 1, alpha)(x)`")


def test_unchanged_at_first(run):
    """The outputs are unchanged before training

    Page: "Right after the replacement the output of the model is unchanged"
    """
    data = run("untrained")
    for name, what in (("layer", "A new LinearWithLoRA returns"), ("model", "After the replacement the model returns")):
        if not data[name]:
            raise Diagnosis(
                "changed-at-first",
                f"{what} something else than before; B is zero initially, so the output should be that of the given "
                "layer.",
            )


def test_every_linear(run):
    """Every linear layer is replaced, at any depth

    Page: "replaces each `nn.Linear` in the model by a `LinearWithLoRA`"
    """
    data = run("replaced")
    if data["left"]:
        raise Diagnosis(
            "not-replaced",
            f"{len(data['left'])} of 9 linear layers are not replaced: {', '.join(data['left'])}. Call your function "
            "on "
            "each child that is not an nn.Linear.",
        )
    if data["nested"]:
        raise Diagnosis(
            "nested",
            f"Your model has a LinearWithLoRA inside another one, at {', '.join(data['nested'])}; replace each layer "
            "once.",
        )
    if len(data["new"]) != 9:
        raise Diagnosis("not-replaced", f"The model has 9 linear layers; your function replaced {len(data['new'])}.")


def test_trainable(run):
    """Only the LoRA layers of a frozen model are trainable

    Page: "so that only the LoRA layers learn"
    """
    if run("trainable_layer") != 18:
        raise Diagnosis(
            "trainable-numbers",
            f"For a frozen 5 → 4 layer and rank=2 there should be 2 · (5 + 4) = 18 trainable numbers; yours has "
            f"{run('trainable_layer')}.",
        )
    for rank in (1, 2):
        data, expected = run("trainable", rank=rank), run.reference("trainable", rank=rank)  # depends on the sizes only
        if data["trainable"] != expected["trainable"]:
            advice = (
                "Keep frozen weights frozen."
                if data["trainable"] > expected["trainable"]
                else "Give each layer a LoRALayer of its own, as an attribute."
            )
            raise Diagnosis(
                "trainable-numbers",
                f"With rank={rank} the frozen model should have {expected['trainable']} trainable numbers, those of A "
                f"and B; it has {data['trainable']}. {advice}",
            )
        if data["all"] != expected["all"]:
            raise Diagnosis(
                "trainable-numbers",
                f"With rank={rank} the model should have {expected['all']} numbers in total, including A and B; "
                f"yours has {data['all']}.",
            )


def test_not_frozen(run):
    """Weights that are trainable stay trainable

    Page: "weights that are trainable stay trainable"
    """
    data = run("not_frozen")
    if data["model"] or data["layer"]:
        raise Diagnosis(
            "frozen",
            f"Your code freezes weights of a trainable model, such as {(data['model'] or ['linear.weight'])[0]}; the "
            "training script freezes the model, if it wants to.",
        )


def test_model(run):
    """The model's output with trained LoRA layers is correct

    Page: "adds the change to its output"
    """
    run.vary("model_output", cases=4, what="result of `model(x)` after the replacement, with trained A and B")


def test_gradients(run):
    """Gradients reach every A and B

    Page: "Gradients flow through both outputs to x."
    """
    data, expected = run("learning"), run.reference("learning")
    for name, gradient in data.items():
        assert gradient is not None, f"No gradient reaches {name}; it should not be detached or frozen."
        run.equal(gradient, expected[name], what=f"gradient at {name}", rtol=1e-3)


def test_other_model(run):
    """Other models are not changed

    Page: "and only this model"
    """
    if run("other_model") != 9:
        raise Diagnosis(
            "other-model",
            "After your function has changed one model, a second model of the same class has different layers; it "
            "should "
            "change only the given model.",
        )


def test_by_name(run):
    """The arguments can be passed by name

    Page: "LinearWithLoRA(linear, rank, alpha)"
    """
    run.same("by_name", what="`LinearWithLoRA(linear=…, rank=1, alpha=3)` or `replace_linear_with_lora(model=…, …)`")
