"""Checks for self_consistency_vote."""

from exercises.kit import common_checks

CALL = "`self_consistency_vote({})`"


def compare(run, probe, answers, hint=""):
    """Compares the four results of a vote."""
    data, expected = run(probe), run.reference(probe)
    for key, value in expected.items():
        run.equal(data[key], value, what=f"{key} of {CALL.format(answers)}", hint=hint)


def test_example(run):
    """The worked example gives the expected result

    Page: "{"12": 3, "15": 1, "twelve": 2}"
    """
    compare(run, "example", '["12", "15", None, "12 ", "Twelve", "twelve", "12"]')


def test_plurality(run):
    """The highest count wins, also with less than half of the votes

    Page: "the answers with the highest count"
    """
    compare(run, "plurality", '["1", "7", "2", "7", "3", "4"]')


def test_tie(run):
    """A tie has no final answer

    Page: "the winners are 3 and 5, so the final answer is None"
    """
    compare(run, "tie", '["3", "5", "5", "3", "4"]')


def test_mostly_none(run):
    """None is no vote

    Page: "None means that an attempt has no answer. It is no vote"
    """
    compare(run, "mostly_none", '[None, "8", None, None, "9", "8", None]')


def test_cleaned(run):
    """Capitals and the spaces around an answer do not count

    Page: "Answers that differ only in capitals and in the spaces around them are the same."
    """
    compare(run, "cleaned", r'["x = 2", "X = 2", "  x = 2", "yes", " YES\n", "No"]')


def test_nobody(run):
    """Without any vote there is no final answer

    Page: "`majority_winners` is an empty list and `final_answer` is None"
    """
    data, expected = run("nobody"), run.reference("nobody")
    for answers, result in expected.items():
        for key, value in result.items():
            run.equal(data[answers][key], value, what=f"{key} of {CALL.format(answers)}")


def test_other_votes(run):
    """Any number of attempts can vote

    Page: "takes the final answers of all attempts, a list of str or None"
    """
    run.vary("drawn", what="result of `self_consistency_vote(answers)`")


def test_again(run):
    """Each call begins from zero

    Page: "each call begins from zero"
    """
    data = run("again")
    run.equal(data["second"], data["first"], what='`self_consistency_vote(["4", "4", "6"])` when it is called again')


# General checks
test_manners = common_checks.manners()
