"""A head of linear layers; and a copy after which the first version gives the same."""

import torch

from grader import general


def test_output(run):
    """The context vectors are right"""
    run.same("output", what="output")


def test_other_sizes(run):
    """Any length and width works"""
    run.vary("output", what="output")


def test_against_torch(run):
    """It agrees with PyTorch's own attention"""
    from grader.probing import tokens, values_for

    x = tokens(5, 6)
    q, k, v = (x @ values_for(f"{name}.weight", torch.empty(4, 6)).T for name in ("W_query", "W_key", "W_value"))
    run.equal(run("output"), torch.nn.functional.scaled_dot_product_attention(q, k, v), what="output")


def test_bias(run):
    """qkv_bias gives the layers a bias, and only then"""
    mine, right = run("biases"), run.reference("biases")
    for bias in (False, True):
        for name, has, should in zip(("W_query", "W_key", "W_value"), mine[bias], right[bias], strict=False):
            assert has == should, f"With qkv_bias={bias}, {name} {'has a' if has else 'has no'} bias."
    run.same("with_bias", what="output with qkv_bias=True")


def test_arguments(run):
    """Its arguments have the book's names"""
    run.same("by_name", what="output with d_out=3")


def test_copy(run):
    """After copy_weights both versions give the same"""
    hint = "sa_v1 should give what sa_v2 gives. How does an nn.Linear keep its matrix?"
    run.same("copied", what="output of sa_v1 after copy_weights", hint=hint)
    run.same("copied", d_in=5, d_out=5, what="output of sa_v1 after copy_weights with d_in = d_out", hint=hint)
    run.vary("copied", what="output of sa_v1 after copy_weights", cases=3)


def test_after_copy(run):
    """sa_v2 is as before, and both can still be trained"""
    data, right = run("after_copy"), run.reference("after_copy")
    run.equal(data["v2"], right["v2"], what="output of sa_v2 after copy_weights")
    run.equal(data["matrices"], right["matrices"], what="sa_v1")
    assert all(data["parameters"]), "After copy_weights the matrices of sa_v1 are no longer nn.Parameters."
    assert data["trainable"] == [True, True], "After copy_weights some weights are frozen (requires_grad=False)."


# what holds in every exercise
test_dtype = general.dtypes("output")
test_device = general.device("output")
test_registered = general.weights()
test_gradients = general.gradients(title="Every weight learns")
test_no_memory = general.state("output")
test_manners = general.manners()
