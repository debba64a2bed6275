"""Checks to_classifier: the new head, which parameters are trainable, and that all other weights stay."""

from exercises.kit import Diagnosis


def test_head(run):
    """out_head is a new linear layer with one logit per class

    Page: "Replace `model.out_head` by a new `nn.Linear` from emb_dim to"
    """
    for layers, width, classes in ((2, 4, 2), (1, 6, 5), (3, 3, 1)):
        sizes = {"layers": layers, "width": width, "classes": classes}
        data, expected = run("head", **sizes), run.reference("head", **sizes)
        model = f"a model with emb_dim={width} and {classes} class{'es' if classes > 1 else ''}"
        if data["out_features"] == 9 and not data["bias"]:  # as many as the vocabulary of the probes has
            raise Diagnosis("head-kept", "Yours leaves the old layer in model.out_head; it should replace it.")
        for key in ("in_features", "out_features", "bias", "weight"):
            what = {"bias": "answer to “has `out_head` a bias?”", "weight": "shape of `out_head.weight`"}.get(
                key, f"`out_head.{key}`"
            )
            run.equal(data[key], expected[key], what=f"{what} of {model}")


def test_trainable(run):
    """The head, the last block and the final norm are trainable, and nothing else

    Page: "Freeze every parameter: `requires_grad` becomes False."
    """
    check_trainable(run, "a model with three blocks", layers=3)


def test_returned(run):
    """The given model itself is changed and returned

    Page: "changes the given GPTModel in place and returns the same model"
    """
    data = run("returned")
    if data["type"] == "NoneType":
        raise Diagnosis("returned", "Your `to_classifier` returns nothing; it should return the model.")
    if not data["same"]:
        raise Diagnosis(
            "returned", f"Your `to_classifier` returns a different {data['type']}; it should return the given model."
        )


def test_frozen_before(run):
    """A model that was frozen before gets the same trainable layers

    Page: "The given model may be frozen already"
    """
    check_trainable(run, "a model that was frozen before", frozen=1)


def test_other_models(run):
    """Any number of blocks works, in any container

    Page: "Models have different widths and numbers of blocks"
    """
    check_trainable(run, "a model with one block", layers=1)
    check_trainable(run, "a model with four blocks", layers=4)
    check_trainable(run, "a model whose blocks are in an nn.ModuleList", as_list=1)


def test_output(run):
    """The model returns logits of the classes

    Page: "The logits become (B, T, num_classes) instead of (B, T, V)."
    """
    data, expected = run("output"), run.reference("output")
    run.equal(data["shape"], expected["shape"], what="shape of `model(ids)` for ids (2, 5) and 3 classes")
    run.equal(data["parts"], expected["parts"], what="list of the model's parts")


def test_gradients(run):
    """A backward pass gives gradients to the trainable parameters only

    Page: "All else is **frozen**"
    """
    data, expected = run("gradients"), run.reference("gradients")
    for case, reached in expected.items():
        for name, has_gradient in reached.items():
            what = f"answer to “does `{name}` get a gradient?” for a model with {case}"
            run.equal(data[case].get(name), has_gradient, what=what)


def test_weights_kept(run):
    """No other weight gets new values, of a model with weight tying either

    Page: "No other weight gets new values"
    """
    for tied in (False, True):
        names = run("weights", tied=tied)["names"]
        assert not names, (
            f"Your function changes `{names[0]}`{' of a model with weight tying' if tied else ''}; only the new "
            "out_head should have new weights."
        )


def test_dtype(run):
    """The weights keep their dtype, and those of the new head have nn.Linear's

    Page: "No other weight gets new values or a new dtype"
    """
    for dtype in run("weights", tied=False)["dtypes"]:
        assert dtype == "float32", (
            f"After your function there are weights of dtype {dtype}; all should stay in the model's dtype, float32."
        )
    run.same("head_dtype", what="dtype of `out_head.weight`")


def test_by_name(run):
    """The arguments have the names of the page

    Page: "A function `to_classifier(model, num_classes)`"
    """
    run.same("by_name", what="shape of `out_head.weight` after `to_classifier(model=model, num_classes=3)`")


def test_other_model(run):
    """Other models are not changed

    Page: "changes the given GPTModel in place"
    """
    if not all(run("other_model")):
        raise Diagnosis(
            "other-model",
            "After your function has changed one model, parameters of a second model are frozen; it should change only "
            "the given one.",
        )


def check_trainable(run, model, **options):
    data, expected = run("trainable", **options), run.reference("trainable", **options)
    for name, is_trainable in expected.items():
        if name not in data:
            raise Diagnosis("parameter-lost", f"After yours {model} has no parameter `{name}`; it should have it.")
        if data[name] == (not is_trainable):
            state, right = ("trainable", "frozen") if data[name] else ("frozen", "trainable")
            raise Diagnosis(state, f"Yours leaves `{name}` of {model} {state}; it should be {right}.")
        run.equal(data[name], is_trainable, what=f"`requires_grad` of `{name}` of {model}")
