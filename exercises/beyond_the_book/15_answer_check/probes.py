"""Probes for extract_final_candidate and grade_answer."""

from exercises.kit import ProbeProblem


def extracted(impl, texts, **options):
    return {text: impl.extract_final_candidate(text, **options) for text in texts}


def graded(impl, pairs):
    results = {}
    for prediction, truth in pairs:
        verdict = impl.grade_answer(prediction, truth)
        if type(verdict).__name__ == "bool_":
            verdict = bool(verdict)
        if not isinstance(verdict, bool):
            raise ProbeProblem(
                f"Your `grade_answer({prediction!r}, {truth!r})` returns {verdict!r}; it should return True or False."
            )
        results[f"{prediction!r}, {truth!r}"] = verdict
    return results


def example(impl):
    """The texts of the worked example."""
    texts = (r"First \boxed{3}, no: \boxed{\frac{1}{2}}", "2 + 2 = 4, so it is 4.5", "I do not know.")
    return extracted(impl, texts)


def example_none(impl):
    """The texts of the worked example, without a fallback."""
    texts = (r"First \boxed{3}, no: \boxed{\frac{1}{2}}", "2 + 2 = 4, so it is 4.5", "I do not know.")
    return extracted(impl, texts, fallback=None)


def boxes(impl):
    """Boxes with other text around them."""
    return extracted(
        impl,
        (
            r"The answer is \boxed{12}.",
            r"So it is \boxed{12}, about 3 times as much as before.",
            r"\boxed{1} or {2}? No: \boxed{7}, not {9}",
            r"\boxed{\frac{3}{4}} of all {marbles}",
            r"\boxed{x^{2^{3}}}",
            r"\boxed{ 42 }",
            r"\boxed{$8$}",
            "17+8=25\n25-5=20\n\\boxed{20}\n",
        ),
    )


def no_box(impl, fallback="number_then_full"):
    """Texts without a box, or with one that cannot be used."""
    return extracted(
        impl,
        (
            "It was 7 degrees, now it is -3 degrees.",
            "about 2.5 kilometres",
            "3/4 of it",
            "There are 12 of 20",
            "no idea",
            r"I write \boxed{} and 6",
            r"I begin \boxed{5",
        ),
        fallback=fallback,
    )


def nothing(impl):
    """An empty text and None."""
    return {
        f"{text!r}, {fallback!r}": impl.extract_final_candidate(text, fallback)
        for text in ("", None)
        for fallback in ("number_then_full", "number_only", None)
    }


def example_grades(impl):
    """The worked example."""
    return graded(impl, ((r"\frac{1}{2}", "0.5"), ("1,000", "1000"), ("0.33", "1/3")))


def numbers(impl):
    """Equal and different numbers."""
    return graded(
        impl,
        (
            ("42", "42"), ("42", "24"), ("0.5", "1/2"), ("2/4", "1/2"), ("0.50", "1/2"), ("3.0", "3"),
            ("-0.25", "-1/4"), ("1/4", "-1/4"), ("0.333", "1/3"), ("0.3333", "1/3"), ("0.66", "2/3"), ("0.1", "1/10"),
            ("3/10", "0.3"), ("12", "1.2"), ("10/4", "2.5"), ("5/6", "6/5"), ("100", "1000"),
        ),
    )  # fmt: skip


def latex(impl):
    """Fractions as LaTeX writes them."""
    return graded(
        impl,
        (
            (r"\frac{3}{4}", "0.75"), (r"\dfrac{1}{2}", "1/2"), (r"\tfrac{1}{2}", "0.5"), (r"-\frac{1}{2}", "-0.5"),
            ("2.5", r"\frac{5}{2}"), (r"\frac{12}{5}", "12/5"), (r"\frac{1}{2}", r"\frac{1}{3}"),
            (r"\frac{1}{2}", "-1/2"),
        ),
    )  # fmt: skip


def spellings(impl):
    """Commas, signs and spaces that do not count."""
    return graded(
        impl,
        (
            ("1,234", "1234"), ("1,234,567", "1234567"), ("$12$", "12"), ("$1,500", "1500"), (" 42 ", "42"),
            ("7\n", "7"), (r"50\%", "50%"), (r"50\%", r"60\%"), ("1,234", "1235"), ("12%", "13%"),
        ),
    )  # fmt: skip


def words(impl):
    """Answers that are no numbers."""
    return graded(
        impl, (("Blue", "blue"), ("blue", "red"), ("seven", "7"), (" yes ", "YES"), ("1/0", "2"), ("1/0", "0"))
    )


def missing(impl):
    """Empty answers and None."""
    return graded(impl, (("", "5"), (None, "5"), ("5", None), ("", ""), (None, None), ("5", "")))


def garbage(impl):
    """Texts as a badly trained model writes them."""
    return graded(
        impl,
        ((r"\boxed{\frac{", "1"), ("2..5", "2.5"), ("--", "1"), ("}{", "3"), (r"\frac{1}{0}", "1"), ("=", "4")),
    )


def kinds(impl):
    """The types of the results."""
    texts = (r"\boxed{5}", "it is 5", "none", "")
    return [type(impl.extract_final_candidate(text)).__name__ for text in texts]


def twice(impl):
    """The same calls twice, with others between them."""
    results = []
    for _ in range(2):
        results.append([impl.extract_final_candidate(r"\boxed{5}"), impl.grade_answer("1/2", "0.5")])
        impl.extract_final_candidate(r"no box, 7")
        impl.grade_answer("3", "4")
    return results
