"""Probes for self_consistency_vote."""

from exercises.kit import Ints, ProbeProblem

KEYS = ("counts", "groups", "majority_winners", "final_answer")


def vote(impl, answers):
    """Calls the solution and returns its results, without the orders that do not matter."""
    result = impl.self_consistency_vote(answers)
    if not hasattr(result, "keys"):
        raise ProbeProblem(
            f"Your `self_consistency_vote` returns a {type(result).__name__}; it should return a dict with the keys "
            f"{', '.join(KEYS)}."
        )
    missing = [key for key in KEYS if key not in result]
    if missing:
        raise ProbeProblem(f"The dict of your `self_consistency_vote` has no key {missing[0]!r}.")
    by_text = lambda pair: repr(pair[0])  # noqa: E731
    try:
        counts = dict(sorted(((key, int(count)) for key, count in result["counts"].items()), key=by_text))
        groups = dict(sorted(((key, list(places)) for key, places in result["groups"].items()), key=by_text))
        winners = sorted(result["majority_winners"], key=repr)
    except (AttributeError, TypeError) as error:
        raise ProbeProblem(
            "`counts` and `groups` should be dicts, and `majority_winners` a list; in yours, one of them is "
            f"different: {error}."
        ) from None
    return {"counts": counts, "groups": groups, "majority_winners": winners, "final_answer": result["final_answer"]}


def example(impl):
    """The worked example."""
    return vote(impl, ["12", "15", None, "12 ", "Twelve", "twelve", "12"])


def tie(impl):
    """The tie of the page."""
    return vote(impl, ["3", "5", "5", "3", "4"])


def plurality(impl):
    """A winner with less than half of the votes, which is not the first answer."""
    return vote(impl, ["1", "7", "2", "7", "3", "4"])


def nobody(impl):
    """No votes."""
    return {"[]": vote(impl, []), "[None, None]": vote(impl, [None, None])}


def mostly_none(impl):
    """More attempts without an answer than with one."""
    return vote(impl, [None, "8", None, None, "9", "8", None])


def cleaned(impl):
    """Spaces and capitals, each alone and together."""
    return vote(impl, ["x = 2", "X = 2", "  x = 2", "yes", " YES\n", "No"])


def drawn(impl, draws: Ints[0, 9, 0, 3] = (2, 0, 3, 2, 1, 2, 0)):
    """Answers "0" to "2", and None for 3."""
    return vote(impl, [None if draw == 3 else str(draw) for draw in draws])


def again(impl):
    """Two calls, the second one after a different one."""
    first = vote(impl, ["4", "4", "6"])
    vote(impl, ["6", "6", "6"])
    return {"first": first, "second": vote(impl, ["4", "4", "6"])}
