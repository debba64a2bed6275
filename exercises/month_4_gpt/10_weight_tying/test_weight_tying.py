"""Checks that both layers have one Parameter, that it starts small, and that nothing else changes."""

from exercises.kit import Diagnosis


def test_one_parameter(run):
    """tok_emb and out_head have one Parameter

    Page: "The two attributes are one object"
    """
    data = run("table")
    hint = (
        "they share memory, but are two Parameters: assign the Parameter itself, model.out_head.weight = …"
        if data["shared"]
        else "they are two tables: assign the Parameter of one layer to the other, model.out_head.weight = …"
    )
    if not data["one"]:
        raise Diagnosis(
            "two-parameters",
            f"After `tie_weights(model)` tok_emb.weight and out_head.weight are not one object; {hint}",
        )


def test_shape(run):
    """The table keeps its shape

    Page: "The table keeps its shape"
    """
    shapes = run("table")["shapes"]
    if shapes != [[100, 16], [100, 16]]:
        raise Diagnosis(
            "shape", f"The weights of tok_emb and out_head should have the shape (100, 16); yours have {shapes}."
        )


def test_number_of_parameters(run):
    """The model has vocab_size · emb_dim fewer parameters

    Page: "the model has vocab_size · emb_dim fewer parameters"
    """
    before, after = run("table")["parameters"]
    if after != before - 1600:
        raise Diagnosis(
            "number-of-parameters",
            f"A model of {before} parameters with a table of 100 · 16 should have {before - 1600} after `tie_weights`; "
            f"yours has {after}.",
        )
    if not run("table")["trained"]:
        raise Diagnosis("frozen", "The shared table is frozen; it should be trained (requires_grad=True).")


def test_first_loss(run):
    """The first loss is near ln(vocab_size)

    Page: "so that the model's first loss is ln(vocab_size) ± 0.4"
    """
    size = run("first_loss")["loss"]
    if size != "near ln V":
        raise Diagnosis(
            "first-loss",
            f"The first loss of a tied model should be ln(vocab_size) ± 0.4; yours is {size} it. Draw small numbers: "
            "nn.init.normal_(table, std=0.02)."
            if size != "NaN"
            else "The first loss of your tied model is NaN.",
        )


def test_rows_differ(run):
    """All tokens have different vectors

    Page: "All rows must differ"
    """
    if not run("first_loss")["rows differ"]:
        raise Diagnosis(
            "rows-alike",
            "Some numbers of your table are equal for all tokens; draw random numbers, as with nn.init.normal_.",
        )


def test_logits(run):
    """The logits are computed with the table of tok_emb

    Page: "GPT-2 uses the *same* table for both."
    """
    assert run("logits"), "The logits of your tied model are not the products with the rows of tok_emb.weight."


def test_after_step(run):
    """The table is shared after a training step too

    Page: "makes two tables that are equal once and differ after the first training step"
    """
    assert run("after_step"), (
        "After a training step tok_emb and out_head of your model have different weights; they should be one Parameter."
    )


def test_others(run):
    """Nothing else in the model changes

    Page: "Nothing else in the model changes."
    """
    data = run("others")
    if data["changed"]:
        raise Diagnosis(
            "others-changed", f"Your function changes {data['changed'][0]}; it should change only the shared table."
        )
    if data["added"]:
        raise Diagnosis("others-added", f"Your function adds {data['added'][0]} to the model; it should add nothing.")


def test_two_models(run):
    """Each model has its own table

    Page: "It changes the model in place"
    """
    if not run("two_models"):
        raise Diagnosis("shared-table", "Two models share one table after your function; each should have its own.")


def test_dtype_and_device(run):
    """The table keeps the dtype and the device of the model

    Page: "the model's dtype and device"
    """
    data = run("kept")
    assert data["dtype"] == data["head"][0] == "torch.float64", (
        f"For a float64 model your table has the dtype {data['dtype']}; change the given Parameter in place."
    )
    assert data["device"] == data["head"][1] == "meta", (
        f"For a model on a second device your table is on {data['device']}; change the given Parameter in place."
    )
