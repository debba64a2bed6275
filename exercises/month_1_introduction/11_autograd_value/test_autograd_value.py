"""Checks for `Value`: the data of plain arithmetic, and the gradients of PyTorch."""

from exercises.kit import common_checks


def check(run, *texts, hint="", **numbers):
    """Compares the data and gradients of expressions in probes.EXPRESSIONS."""
    for text in texts:
        arguments = ", ".join(f"{name} = {number:g}" for name, number in (({"a": 4.0, "b": -3.0}) | numbers).items())
        data = run("expression", text=text, **numbers)
        expected = run.reference("expression", text=text, **numbers)
        run.equal(data["data"], expected["data"], what=f"`({text}).data` for {arguments}")
        for name in ("a", "b"):
            what = f"`{name}.grad` after `({text}).backward()` for {arguments}"
            run.equal(data["grad"][name], expected["grad"][name], what=what, hint=hint)


def check_program(run, probe, program, hint="", **arguments):
    """Compares the data of the last Value of a small program and the gradients of all Values."""
    data, expected = run(probe, **arguments), run.reference(probe, **arguments)
    run.equal(data["data"], expected["data"], what=f"result of {program}")
    for name in expected["grad"]:
        what = f"`{name}.grad` after backward, for {program},"
        run.equal(data["grad"][name], expected["grad"][name], what=what, hint=hint)


def test_example(run):
    """The worked example gives the expected result

    Page: "so a.grad = 1 − 3 = −2"
    """
    check_program(run, "example", "`a = 2; b = -3; c = a * b; d = c + a`")


def test_fresh(run):
    """A new Value stores its data and has grad 0

    Page: "A new Value has the grad 0"
    """
    data = run("fresh")
    assert data["data"] == [2.5, -1.0], f"Your `Value(2.5).data` is {data['data'][0]}; it should be 2.5."
    assert data["grad"] == [0, 0], f"Your `Value(2.5).grad` is {data['grad'][0]}; it should be 0."


def test_plus_and_times(run):
    """+ and * pass on the right gradients

    Page: "a * b b a"
    """
    check(run, "a + b", "a * b", "a * b + a")


def test_powers(run):
    """** passes on the right gradient

    Page: "a ** n n · a^(n − 1)"
    """
    check(run, "a ** 3 + b ** 2", "a ** -2 * b", "a ** 0.5 + b", "a ** 1 + b",
          hint="The slope of a ** n is n · a^(n − 1).")  # fmt: skip


def test_relu(run):
    """relu passes gradients on where its input is positive

    Page: "a.relu() 1 if a > 0, else 0"
    """
    check(run, "a.relu() * b", "a * b.relu()", "(a * b).relu() + a", hint="The slope of relu is 1 where a > 0, else 0.")
    check(run, "(a * b).relu() + a", b=2.0)


def test_minus_and_over(run):
    """- and / pass on the right gradients

    Page: "Subtraction, division and numbers on the left (`2 * v`) are built from these"
    """
    check(run, "a - b", "-a + b", "a / b")


def test_numbers(run):
    """An operand can be a plain number, on either side

    Page: "Operands can be plain numbers: `v + 1` and `v * 2` must work"
    """
    check(run, "a + 3", "3 + a", "a * 4", "4 * a", "a - 5", "5 - a", "a / 4", "6 / a", "sum([a, b, a])")


def test_used_twice(run):
    """A Value that is used twice adds up both gradients

    Page: "in `a * a` both operands are the same Value, so two paths lead to it"
    """
    hint = "Add to grad with +=, and let each Value pass its grad on exactly once."
    check(run, "a + a", "a * a", "(a * b) * (a + b)", "(a + b) ** 2 * (a + b)", hint=hint)


def test_order(run):
    """A Value passes its grad on only when it is complete

    Page: "A Value must not pass its grad on before that grad is complete"
    """
    hint = "List the Values in topological order, operands first, and process the list backwards."
    check_program(run, "shared", "`a = 3; b = a + 1; c = b * b; d = b + c`", hint)
    check_program(run, "shared_late", "`a = 3; b = a * 2; c = b ** 2; d = c * b; e = d + c; e + b`", hint)
    run.vary("deep", what="`a.grad` after repeating `x = x + x * 0.5`, starting with x = a,", hint=hint)


def test_same_numbers(run):
    """Different Values with equal data are kept apart

    Page: "Values are different even if their data are equal"
    """
    hint = "Remember the visited Values themselves, not their data."
    check_program(run, "same_numbers", "`a = 2; b = 2; c = 2; (a * b) * (c + 2)`", hint)


def test_long(run):
    """Long expressions have the right gradients

    Page: "goes back to the first operands"
    """
    check_program(run, "neuron", "the squared error of a neuron, `((w0 * 0.5 + w1 * -1.5 + bias).relu() - 2) ** 2`")
    for seed in range(10):
        check_program(run, "mixture", f"random expression {seed} of six operations", seed=seed)


def test_accumulates(run):
    """A second backward adds to the gradients

    Page: "A second `backward`, from a different result, adds to the grads"
    """
    hint = "backward never resets a grad, and its set of visited Values is new in each call."
    for shared, program in ((False, "(2a + 1) and then (6a)"), (True, "(c + 1) and then (3c), for c = 2a,")):
        data = run("twice", shared=shared)
        run.equal(data["both"], data["sum"], what=f"`a.grad` after backward from {program}", hint=hint)


def test_untouched(run):
    """backward changes neither data nor unrelated Values

    Page: "and `backward` changes no data"
    """
    data = run("untouched")
    assert data["before"] == data["after"], (
        f"Your backward changes the data of Values from {data['before']} to {data['after']}; it should not."
    )
    gradients = run("apart")["grad"]
    assert gradients["c"] == gradients["unrelated"] == 0, (
        "Your `(a * b).backward()` changes the grad of Values that a * b was not computed from; it should stay 0."
    )


# General checks
test_manners = common_checks.manners("example")
