"""Checks for quantize, dequantize and QuantizedLinear."""

from exercises.kit import common_checks, compare


def test_example(run):
    """A small matrix gives the right codes and scales

    Page: "codes = weight / scale, rounded to the nearest whole number"
    """
    data, expected = run("example"), run.reference("example")
    call = "`quantize([[0.51, -1, 0.3], [0.02, 0, 0.1]], 8)`"
    run.equal(data["codes"], expected["codes"], what=f"codes of {call}")
    run.equal(data["scale"], expected["scale"], what=f"scale of {call}")


def test_quantized(run):
    """A larger matrix gives the right codes, scales and weights, with 8 and with 4 bits

    Page: "127 for 8 bits, 7 for 4 bits"
    """
    for eight in (1, 0):
        data, expected = run("quantized", eight=eight), run.reference("quantized", eight=eight)
        call = f"`quantize(weight, bits={8 if eight else 4})`"
        for name in ("codes", "scale"):
            run.equal(data[name], expected[name], what=f"{name} of {call}")
        run.equal(data["weight"], expected["weight"], what=f"`dequantize` of {call}")


def test_dequantize(run):
    """dequantize multiplies codes and scale

    Page: "returns codes · scale"
    """
    run.same("given_codes", what="`dequantize([[127, -127, 0], [7, -7, 100]], [[0.5], [0.03]])`")


def test_error(run):
    """No weight is further than half a scale from its code's

    Page: "each differs from its weight by at most half a scale"
    """
    for bits, errors in run("errors").items():
        largest = float(errors.abs().max())
        assert largest <= 0.501, (
            f"With {bits}, your dequantized weights differ from the weights by up to {largest:.3g} scales; it should "
            "be 0.5 at most."
        )


def test_rows(run):
    """A large weight leaves the other rows as they are

    Page: "Each row has its own scale"
    """
    before, after = run("one_row_larger")
    others = [0, 1, 2, 4]
    same = all(
        first.shape == second.shape and compare.difference(first[others], second[others]) is None
        for first, second in zip(before, after, strict=True)
        if len(first) == 5
    )
    assert same, "Your codes or scales of four rows change when the fifth one becomes 100 times as large."


def test_zeros(run):
    """A row of zeros has the scale 1, and a row of small numbers its own scale

    Page: "A row of zeros has the scale 1."
    """
    data, expected = run("zeros"), run.reference("zeros")
    run.equal(data["codes"], expected["codes"], what="codes of a matrix with a row of zeros")
    run.equal(data["scale"], expected["scale"], what="scale of a matrix with a row of zeros", atol=1e-12)
    run.equal(data["powers"], expected["powers"], what="logarithm of that scale")


def test_dtypes(run):
    """Codes are int8, and the scale has the dtype of the weight

    Page: "in the dtype of the weight, one for each row"
    """
    for dtype, expected in run.reference("dtypes").items():
        actual = run("dtypes")[dtype]
        names = ("codes", "scale", "dequantized weight")
        for name, mine, right in zip(names, actual, expected, strict=True):
            assert mine == right, f"For a weight in {dtype}, your {name} has the dtype {mine}; it should be {right}."


def test_output(run):
    """The layer computes with the quantized weight and the bias

    Page: "as the linear layer does, with the dequantized weight"
    """
    for bits, bias in ((8, 1), (4, 1), (8, 0)):
        text = "" if bias else " without a bias"
        call = f"`QuantizedLinear(linear, {bits})(x)`{text}"
        run.equal(run("output", bits=bits, bias=bias), run.reference("output", bits=bits, bias=bias), what=call)


def test_memory(run):
    """The layer keeps codes, and no floats of the weight's size

    Page: "Keep no floats of the weight's size in the module"
    """
    data = run("kept")
    floats = ", ".join(f"`{name}`" for name in data["floats"])
    assert not floats, f"Your QuantizedLinear keeps as many floats as the weight has, in {floats}."
    assert data["codes"] == "torch.int8", f"The codes of your QuantizedLinear are {data['codes']}, not int8."


def test_buffers(run):
    """Codes and scale are saved with the model, and no optimizer trains them

    Page: "Its buffers `codes` and `scale` replace the weight"
    """
    data = run("kept")
    for name in ("codes", "scale"):
        assert name in data["state"], f"The state_dict of your QuantizedLinear has no `{name}`: use register_buffer."
    trained = [name for name in run("trained_scale") if "bias" not in name]
    assert not trained, f"An optimizer would train `{trained[0]}`; only the bias should be a parameter."
    assert not data["graph"], "Your codes or scale keep the graph of the weight: use linear.weight.detach()."


def test_unchanged(run):
    """The given layer stays as it is

    Page: "Leave the given layer and its weight unchanged."
    """
    assert run("kept")["unchanged"], "Your QuantizedLinear(linear, 4) changes or freezes linear.weight."


def test_other_sizes(run):
    """It works for any matrix, and with named arguments

    Page: "weight (out, in) floats"
    """
    run.same("default", what="list of `quantize(weight)` and `quantize(bits=4, weight=weight)`")
    run.vary("quantized", what="codes, scale and dequantized weight", cases=6)
    run.vary("output", what="output of the layer", cases=3)


test_manners = common_checks.manners("example")
