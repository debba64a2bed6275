"""A head of linear layers; and a copy after which the first version gives the same."""

import torch


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


def test_registered(run):
    """An optimizer finds every weight"""
    lost = run("unregistered")
    assert not lost, f"{', '.join(lost)} is not among the module's parameters. Is it in a plain list?"


def test_gradients(run):
    """Every weight learns"""
    mine, right = run("learning"), run.reference("learning")
    lost = [place for place in right if mine.get(place) is None]
    assert not lost, f"No gradient reaches {', '.join(lost)}. Is something detached or under no_grad?"
    run.equal({place: mine[place] for place in right}, right, what="gradient", rtol=1e-3)


def test_dtype(run):
    """Double precision in, double precision out"""
    run.same("in_double", what="output in double precision")


def test_device(run):
    """It works on any device"""
    run.same("on_meta", what="output", hint="Make new tensors on x's device, as with x.new_zeros.")


def test_no_memory(run):
    """Nothing is kept between calls, and the input stays as it was"""
    data = run("state")
    run.equal(
        data["in a row"],
        data["anew"],
        what="output after other calls",
        hint="That is what a new module gives: something is kept from one call to the next.",
    )
    run.equal(data["anew"], run.reference("state")["anew"], what="output")
    assert data["untouched"], "Your code changes its input x in place."
