"""Checks the four configurations, and the numbers of parameters and megabytes."""

from exercises.kit import common_checks, diagnose

OWN_DTYPE = (
    "Your size_mb counts the bytes of the model's own dtype: half as many in float16. That is the memory it takes "
    "now; the page asks for float32, 4 bytes per number."
)

NAMES = ("gpt2-small", "gpt2-medium", "gpt2-large", "gpt2-xl")
PUBLISHED = {"gpt2-small": 163_009_536, "gpt2-medium": 406_212_608, "gpt2-large": 838_220_800, "gpt2-xl": 1_637_792_000}


def test_config(run):
    """Each name gives its emb_dim, n_layers and n_heads

    Page: "model_name emb_dim n_layers n_heads"
    """
    for name in NAMES:
        data, expected = run("config", model_name=name), run.reference("config", model_name=name)
        assert isinstance(data, dict), f'Your `get_config(base_config, "{name}")` should return a dict.'
        for key in ("emb_dim", "n_layers", "n_heads"):
            what, value = f'{key} of `get_config(base_config, "{name}")`', data.get(key)
            says = f"Your {what} is {value}; it should be {expected[key]}."
            diagnose(not isinstance(value, int) or value == expected[key], "number", says)
            run.equal(value, expected[key], what=what)


def test_other_keys(run):
    """All other keys of the base are kept

    Page: "Keys that you do not know are kept too."
    """
    run.same("config", what='`get_config(base_config, "gpt2-medium")`')
    run.same("other_base", what='`get_config(base_config, "gpt2-large")` for a base with other values')


def test_base(run):
    """The base stays as it is, and the result is a new dict

    Page: "Leave base_config as it is, and return a new dict"
    """
    data = run("one_base")
    assert data["is_new"], (
        "Your `get_config` returns base_config itself; it should return a new dict: begin with `base_config.copy()`."
    )
    assert data["base"]["emb_dim"] == 32, (
        f"After your `get_config`, the emb_dim of base_config is {data['base']['emb_dim']} and no longer 32. Change a "
        "copy: `base_config.copy()`."
    )


def _check_factor(run):
    """Raises Diagnosis where all sizes are wrong by the same factor."""
    calls = (("linear", {}), ("buffers", {}), ("small", {}))
    sizes = [(run(probe)["size"], run.reference(probe)["size"]) for probe, _ in calls]
    if all(isinstance(size, int | float) for size, _ in sizes):
        factors = {f"{size / right:.4g}" for size, right in sizes}
        says = (
            f"Your size_mb returns {min(factors)} times the size; it should be the number of parameters · 4 / (1024 · "
            "1024)."
        )
        diagnose(len(factors) > 1 or factors == {"1"}, "factor", says)


def test_linear(run, note):
    """The worked example gives 16 parameters

    Page: "12 + 4 = 16 parameters, which take 64 bytes"
    """
    data, expected = run("linear"), run.reference("linear")
    run.equal(data["parameters"], expected["parameters"], what="`count_parameters(nn.Linear(3, 4))`")
    _check_factor(run)
    run.equal(data["size"], expected["size"], what="`size_mb(nn.Linear(3, 4))`", atol=1e-9)
    if run("in_float16") != data["size"]:
        note(OWN_DTYPE)


def test_gpt2(run):
    """The four sizes of GPT-2 have the published numbers of parameters

    Page: "Your GPT in its four sizes"
    """
    for name in NAMES:
        data, expected = run("counts", model_name=name), run.reference("counts", model_name=name)
        run.equal(data["parameters"], PUBLISHED[name], what=f"`count_parameters(model)` for {name}")
        run.equal(data["size"], expected["size"], what=f"`size_mb(model)` for {name}", rtol=1e-6)


def test_tied(run):
    """A shared parameter counts once

    Page: "It exists once, so it counts once."
    """
    data, expected = run("counts", tied=True), run.reference("counts", tied=True)
    hint = "The output head shares the matrix of the token embedding: model.parameters() yields it once."
    run.equal(
        data["parameters"], 124_412_160, what="`count_parameters(model)` for gpt2-small with weight tying", hint=hint
    )
    run.equal(data["size"], expected["size"], what="`size_mb(model)` for gpt2-small with weight tying", hint=hint)


def test_frozen(run):
    """Frozen parameters count

    Page: "Frozen parameters, with `requires_grad=False`, take memory as well"
    """
    for everything in (0, 1):
        data, expected = run("frozen", everything=everything), run.reference("frozen", everything=everything)
        which = "only frozen parameters" if everything else "frozen parameters"
        run.equal(data["parameters"], expected["parameters"], what=f"`count_parameters(model)` with {which}")
        run.equal(data["size"], expected["size"], what=f"`size_mb(model)` with {which}")


def test_buffers(run):
    """Buffers do not count

    Page: "Buffers are not parameters."
    """
    data, expected = run("buffers"), run.reference("buffers")
    run.equal(data["parameters"], expected["parameters"], what="`count_parameters(nn.BatchNorm1d(50))`")
    run.equal(data["size"], expected["size"], what="`size_mb(nn.BatchNorm1d(50))`")


def test_other_sizes(run):
    """It works for models of any size

    Page: "counts the numbers in all parameters of a model, any `nn.Module`"
    """
    run.vary("small", what="dict of `count_parameters(model)` and `size_mb(model)`", atol=1e-9)


def test_by_name(run):
    """The arguments can be passed by name

    Page: "get_config(base_config, model_name) → dict"
    """
    run.same("by_name", what="`get_config` with named arguments")
    run.same("model_by_name", what="dict of `count_parameters(model=model)` and `size_mb(model=model)`", atol=1e-9)


def test_no_memory(run):
    """Nothing is kept between calls

    Page: "counts the numbers in all parameters of a model"
    """
    data = run("repeated")
    assert data["again"] == data["first"], "After a call for a different model, your functions give other numbers."


test_float = common_checks.python_float("size", "`size_mb(model)`")
