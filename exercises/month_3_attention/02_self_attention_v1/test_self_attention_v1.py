"""A head without a mask: projected, compared, scaled, softmaxed over the keys, mixed."""

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
    q, k, v = (x @ values_for(name, torch.empty(6, 4)) for name in ("W_query", "W_key", "W_value"))
    run.equal(run("output"), torch.nn.functional.scaled_dot_product_attention(q, k, v), what="output")


def test_registered(run):
    """An optimizer finds every weight"""
    lost = run("unregistered")
    assert not lost, (
        f"{', '.join(lost)} is not among the module's parameters: make it in __init__, as an attribute of self."
    )


def test_gradients(run):
    """Every weight learns"""
    mine, right = run("learning"), run.reference("learning")
    lost = [place for place in right if mine.get(place) is None]
    assert not lost, (
        f"No gradient reaches {', '.join(lost)}. Is something detached, under no_grad, or made with "
        "requires_grad=False?"
    )
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
    run.equal(data["beside another"], data["anew"][0], what="output after a second module was made and changed")
    assert data["untouched"], "Your code changes its input x in place."
