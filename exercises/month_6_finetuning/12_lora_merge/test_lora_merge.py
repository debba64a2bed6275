"""Checks that merged layers compute the same, that no LoRA layer is left, and that nothing else changes."""

import torch

from exercises.kit import Diagnosis


def same(first, second):
    return first.shape == second.shape and torch.allclose(first, second, rtol=1e-4, atol=1e-4, equal_nan=True)


def cause(data):
    """Says what a merged layer does instead, where that can be told. The rows of a table are W, its last the bias."""
    plain, before, after = data["plain"], data["before"], data["after"]
    if after.shape != before.shape:
        return ""
    if same(after, plain):
        return "It returns what the linear layer returned without LoRA: add the change to the weight."
    bias = before[-1]
    if not same(after[-1], bias):
        return "For zeros it returns something else than the bias: keep the bias of the linear layer."
    change, actual = before[:-1] - plain[:-1], after[:-1] - plain[:-1]
    if same(actual, change.T):
        return "Its change is transposed: nn.Linear stores (out, in), and A B is (in, out)."
    if same(after[:-1] - bias, change):
        return "It has only the change: add it to the weight of the linear layer."
    factor = float((actual * change).sum() / (change * change).sum())
    if same(actual, factor * change):
        return f"It adds the change times {factor:.3g}."
    return ""


def test_layers(run):
    """Each merged layer returns what it returned before

    Page: "by a plain `nn.Linear` with the same output"
    """
    for rank in (1, 2, 3):
        for place, data in run("layers", rank=rank).items():
            if same(data["before"], data["after"]):
                continue
            message = (
                f"After your merge_lora, `model.{place}`, a layer of 5 → 5 with rank={rank} and alpha=2.5, returns "
                "something else than before."
            )
            if reason := cause(data):
                raise Diagnosis("merged-otherwise", f"{message} {reason}")
            raise AssertionError(message)


def test_output(run):
    """The output of a model with layers of several sizes stays the same

    Page: "at any depth"
    """
    for rank, batch in ((1, 2), (2, 1), (3, 3)):
        difference = run("output", rank=rank, batch=batch).abs().max()
        assert difference < 1e-4, (
            f"After your merge_lora the output of a model whose LoRA layers have rank={rank} differs by up to "
            f"{float(difference):.3g} from the output before."
        )


def test_all_merged(run):
    """Every LinearWithLoRA is replaced by a plain nn.Linear

    Page: "replaces each `LinearWithLoRA` in the model, at any depth, by a plain `nn.Linear`"
    """
    data = run("merged")
    if data["left"]:
        raise Diagnosis(
            "not-merged",
            f"{len(data['left'])} of 8 LoRA layers are not replaced: {', '.join(data['left'])}. Call your function on "
            "each "
            "child that is not a LinearWithLoRA, and replace each that is: setattr(model, name, layer).",
        )
    for place, kind in data["types"].items():
        if kind != "Linear":
            raise Diagnosis(
                "not-linear", f"After your merge_lora, `model.{place}` is a {kind}; it should be an nn.Linear."
            )


def test_names(run):
    """The state dict has its former names

    Page: "The names in `model.state_dict()` are those from before LoRA."
    """
    data = run("merged")
    changed = sorted(set(data["names"]) ^ set(data["expected_names"]))
    if changed:
        raise Diagnosis(
            "names",
            f"After your merge_lora the state dict {'has' if changed[0] in data['names'] else 'lacks'} "
            f"`{changed[0]}`; its "
            "names should be those of the model before LoRA.",
        )


def test_twice(run):
    """Merging twice changes nothing more

    Page: "Merging a model twice must be harmless"
    """
    data = run("twice")
    if not same(data["once"], data["twice"]):
        raise Diagnosis(
            "merged-twice",
            "A second call of your merge_lora changes the output of the model again; after the first call there "
            "should be "
            "nothing left to merge.",
        )


def test_other_layers(run):
    """Linear layers without LoRA stay as they are

    Page: "Linear layers without LoRA do not change."
    """
    data = run("partly")
    for place, weight in data["expected"].items():
        if not same(data["weights"][place], weight):
            raise Diagnosis(
                "others-changed",
                f"Your merge_lora changes the weight of `model.{place}`, a plain nn.Linear; it should not.",
            )
    if not same(*data["outputs"]):
        raise Diagnosis(
            "others-changed", "In a model with LoRA in some layers only, the output changes; it should not."
        )


def test_not_frozen(run):
    """It works for layers that are not frozen, and does not freeze them

    Page: "What could be trained before merging can be trained afterwards."
    """
    data = run("not_frozen")
    if not same(data["before"], data["after"]):
        raise Diagnosis("changed-if-trainable", "The output of a model whose layers are not frozen changes.")
    for name in data["graphs"][:1]:
        raise AssertionError(f"`{name}` is computed from A and B, so it is no weight; merge under torch.no_grad().")
    for name in data["frozen"][:1]:
        raise AssertionError(f"`{name}` could be trained before your merge_lora, but has requires_grad=False after it.")


def test_dtype_and_device(run):
    """The dtype and the device of the layers are kept

    Page: "The merged layer has the dtype and the device of the old one."
    """
    data = run("kinds")
    for kind, values, expected in (("dtype", data["dtypes"], "float64"), ("device", data["devices"], "meta")):
        for name, value in values.items():
            assert value == expected, (
                f"After your merge_lora the {kind} of `{name}` is {value}; in the model it was {expected}."
            )


def test_gradient(run):
    """Gradients flow through the merged layers

    Page: "a plain `nn.Linear`"
    """
    assert run("gradient"), "After your merge_lora no gradient reaches the input of the model."


def test_other_model(run):
    """Other models are not changed

    Page: "and only this model"
    """
    data = run("other_model")
    if not (same(data["before"], data["after"]) and data["left"] == 8):
        raise Diagnosis(
            "other-model",
            "After your function has merged one model, a second model of the same class is different; it should change "
            "only the given model.",
        )


def test_by_name(run):
    """The model can be passed by name

    Page: "merge_lora(model)"
    """
    first, second = run("by_name")
    assert first == second, (
        f"With `merge_lora(model=model)` {second} LoRA layers are left, with `merge_lora(model)` {first}."
    )
