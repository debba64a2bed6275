"""Checks the network with and without shortcuts, and the gradients of all layers."""

import torch

MIXED = "layer_sizes = [1, 3, 3, 3, 3, 1]"


def test_example(run):
    """The worked example gives the expected outputs

    Page: "All six sizes are 1, all weights 0.5, all biases 0, and x is 1"
    """
    for flag in (False, True):
        expected = run.reference("example", use_shortcut=int(flag))["output"]
        what = f"output of the worked example with use_shortcut={flag}"
        run.equal(run("example", use_shortcut=int(flag))["output"], expected, what=what)


def test_output(run):
    """Layers of different sizes give the right output

    Page: "only where both have the same shape"
    """
    for flag in (True, False):
        run.same("output", use_shortcut=int(flag), what=f"output with {MIXED} and use_shortcut={flag}")


def test_zero_weights(run):
    """With all weights 0, shortcuts pass x on

    Page: "A shortcut adds the *layer's* input to its output"
    """
    data = run("zero_weights")
    assert torch.allclose(data["output"], data["input"], atol=1e-5, equal_nan=True), (
        "With all weights and biases 0 and use_shortcut=True, your network should return x, as every layer adds 0 to "
        "its input; it returns something else."
    )


def test_other_sizes(run):
    """It works for any sizes, with and without shortcuts

    Page: "`layer_sizes` is a list of six numbers"
    """
    run.vary("any_sizes", what="output", cases=10)


def test_by_name(run):
    """The arguments can be passed by name

    Page: "A module `ExampleDeepNeuralNetwork(layer_sizes, use_shortcut)`"
    """
    run.same("by_name", what="shape of the output for named arguments")


def test_gradients(run):
    """Gradients reach every layer and x

    Page: "Gradients must reach all weights and x"
    """
    for flag in (False, True):
        data, expected = run("gradients", use_shortcut=int(flag)), run.reference("gradients", use_shortcut=int(flag))
        missing = [
            f"the {name} of layer {i}"
            for name in ("weight", "bias")
            for i, gradient in enumerate(data[name], 1)
            if gradient is None
        ]
        missing += ["x"] if data["x"] is None else []
        assert not missing, (
            f"With use_shortcut={flag} no gradient reaches {', '.join(missing[:3])}. Check for detach and no_grad."
        )
        if torch.allclose(data["output"], expected["output"], rtol=1e-4, atol=1e-5):
            for name in ("weight", "bias", "x"):
                what = f"gradient of the {name} with {MIXED} and use_shortcut={flag}"
                run.equal(data[name], expected[name], what=what, rtol=1e-3)
