"""Checks for flops_per_token, kv_cache_bytes and training_bytes."""

from exercises.kit import common_checks, compare


def _equal(run, number, expected, what):
    """Compares numbers, which can be ints or floats."""
    expected = int(expected) if isinstance(number, int) else float(expected)
    run.equal(number, expected, what=what, rtol=1e-9)


def _compare(run, data, expected, what):
    for name, number in expected.items():
        _equal(run, data[name], number, what.format(name))


def test_example(run):
    """The worked example gives the numbers of the page

    Page: "2 · 123,532,032 + 12 · 4 · 768 · 1024 = 284,812,800"
    """
    data = run("example")
    _equal(run, data["flops"], 284_812_800, "`flops_per_token(cfg, 1024)` for GPT-2 small")
    _equal(run, data["cache"], 37_748_736, "`kv_cache_bytes(cfg, 1, 1024)` for GPT-2 small")
    _equal(run, data["training"], 2_608_152_576, '`training_bytes(cfg, "adamw")` for GPT-2 small')


def test_flops(run):
    """The operations for a token are right, at short and long contexts

    Page: "queries · keys and weights · values, each over all `context` tokens"
    """
    for context in (64, 1):
        data, expected = run("flops", context=context), run.reference("flops", context=context)
        _compare(run, data, expected, f"`flops_per_token(cfg, {context})` for {{}}")


def test_cache(run):
    """The size of the cache is right

    Page: "the memory of all keys and values of `batch` texts of `length` tokens"
    """
    for batch, length, size in ((3, 50, 2), (1, 7, 4)):
        arguments = {"batch": batch, "length": length, "bytes_per_value": size}
        data, expected = run("cache", **arguments), run.reference("cache", **arguments)
        _compare(run, data, expected, f"`kv_cache_bytes(cfg, {batch}, {length}, {size})` for {{}}")


def test_training(run):
    """The memory of training is right for each optimizer

    Page: "`\"sgd\"` keeps nothing, `\"momentum\"` one number and `\"adamw\"` two"
    """
    for optimizer in ("adamw", "momentum", "sgd"):
        data, expected = run("training", optimizer=optimizer), run.reference("training", optimizer=optimizer)
        _compare(run, data, expected, f'`training_bytes(cfg, "{optimizer}")` for {{}}')


def test_other_sizes(run):
    """It works for any sizes, and with named arguments

    Page: "Three functions of a configuration, which return Python numbers"
    """
    run.vary("any_sizes", what="dict of the three numbers", rtol=1e-9, cases=6)


def test_numbers(run):
    """The results are Python numbers

    Page: "which return Python numbers, ints or floats"
    """
    for name, number in run("example").items():
        assert isinstance(number, int | float), f"Your result for {name} is {compare.kind(number)}; return a number."


def test_no_memory(run):
    """Nothing is kept between calls

    Page: "Three functions of a configuration, which return Python numbers"
    """
    first, third = run("again")
    assert first == third, "After calls for a different configuration, your functions give other numbers."


def test_arguments_by_name(run):
    """Arguments have the page's names

    Page: "kv_cache_bytes(cfg, batch, length, bytes_per_value=2)"
    """
    data, expected = run("by_name"), run.reference("by_name")
    _compare(run, data, expected, "`{}` with named arguments")


test_manners = common_checks.manners("example")
