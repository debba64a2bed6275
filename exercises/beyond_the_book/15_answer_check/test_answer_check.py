"""Checks for extract_final_candidate and grade_answer."""

from exercises.kit import common_checks


def compare_answers(run, probe, **arguments):
    """Compares extracted answers one by one, each named by its text."""
    data, expected = run(probe, **arguments), run.reference(probe, **arguments)
    options = "".join(f", {name}={value!r}" for name, value in arguments.items())
    for text, answer in expected.items():
        run.equal(data[text], answer, what=f"`extract_final_candidate({text!r}{options})`")


def compare_grades(run, probe):
    """Compares verdicts one by one, each named by its answers."""
    data, expected = run(probe), run.reference(probe)
    for pair, verdict in expected.items():
        run.equal(data[pair], verdict, what=f"`grade_answer({pair})`")


def test_example(run):
    """The answers of the worked example are found

    Page: "return what is inside the **last** one"
    """
    compare_answers(run, "example")


def test_example_grades(run):
    r"""The answers of the worked example are graded

    Page: "grade_answer("\frac{1}{2}", "0.5") True"
    """
    compare_grades(run, "example_grades")


def test_boxes(run):
    """The last box counts, with the braces in it

    Page: "Braces inside belong to the answer"
    """
    compare_answers(run, "boxes")


def test_without_fallback(run):
    """Without a fallback, only a box counts

    Page: "Without a box, or if the last box is empty or never closed, it depends on `fallback`"
    """
    data, expected = run("example_none"), run.reference("example_none")
    for text, value in expected.items():
        run.equal(data[text], value, what=f"`extract_final_candidate({text!r}, fallback=None)`")
    compare_answers(run, "no_box", fallback=None)


def test_numbers_found(run):
    """A text without a box gives its last number

    Page: "the last number of the text; without one, the text"
    """
    compare_answers(run, "no_box", fallback="number_then_full")
    compare_answers(run, "no_box", fallback="number_only")


def test_nothing(run):
    """An empty text and None give an empty answer

    Page: "An empty text, and None"
    """
    for call, value in run("nothing").items():
        assert value == "", f"Your `extract_final_candidate({call})` returns {value!r}; it should return ''."


def test_kinds(run):
    """The answer is a str

    Page: "returns the final answer as a str"
    """
    for kind in run("kinds"):
        assert kind == "str", (
            f"Your `extract_final_candidate` returns an object of the type {kind}; it should be a str."
        )


def test_numbers(run):
    r"""Numbers are equal if their exact values are

    Page: "`0.5`, `1/2`, `2/4`, `0.50` and `\frac{1}{2}` are one number"
    """
    compare_grades(run, "numbers")


def test_latex(run):
    r"""Fractions in LaTeX are numbers

    Page: "`\frac`, `\dfrac` and `\tfrac` of two whole numbers are fractions"
    """
    compare_grades(run, "latex")


def test_spellings(run):
    """Commas, dollar signs and spaces do not count

    Page: "A comma between thousands does not count"
    """
    compare_grades(run, "spellings")


def test_words(run):
    """Other answers are compared as texts

    Page: "Answers that are no numbers are equal if they are the same text, in capitals or not"
    """
    compare_grades(run, "words")


def test_missing(run):
    """An empty answer is never right

    Page: "An empty answer, or None, is never right"
    """
    for call, verdict in run("missing").items():
        assert verdict is False, f"Your `grade_answer({call})` returns {verdict}; it should return False."


def test_garbage(run):
    """Nothing that a model writes raises an error

    Page: "Nothing that a model writes may raise an error"
    """
    for call, verdict in run("garbage").items():
        assert verdict is False, f"Your `grade_answer({call})` returns {verdict}; it should return False."


def test_again(run):
    """The same question has the same answer again

    Page: "Nothing that a model writes may raise an error"
    """
    first, second = run("twice")
    run.equal(second, first, what="answer and verdict of a second call with the same arguments")


# General checks
test_manners = common_checks.manners()
