"""Checks the search without an end, with a beam of 1, and the end of text against all continuations."""

from itertools import product

import torch


def _same(run, probe, cases, what):
    """Compares after all calls, which together tell most mistakes apart. `{}` in `what` is a key of the data."""
    results = [run(probe, **case) for case in cases]
    for case, result in zip(cases, results, strict=True):
        for key, expected in run.reference(probe, **case).items():
            run.equal(result[key], expected, what=what.format(key))


def test_example(run):
    """The worked example gives the expected ids

    Page: "The result is 0, 2, 2."
    """
    run.same("example", what="`beam_search(model, idx, 2, 2, 0.0)` for the worked example")


def test_greedy(run):
    """With beam 1 the result is greedy

    Page: "With beam 1 the result is greedy."
    """
    run.same("example", beam=1, what="`beam_search(model, idx, 2, 1, 0.0)` for the worked example")
    run.same("output", beam=1, what="`beam_search(model, idx, 4, 1, 1.0)` for a prompt of 2 ids")


def test_output(run):
    """The best continuation of max_new_tokens tokens is found

    Page: "All candidates compete, those of different parents too."
    """
    run.same("output", what="`beam_search(model, idx, 4, 2, 1.0)` for a prompt of 2 ids")
    run.same("wide", what="`beam_search(model, idx, 4, 7, 1.0)` for a vocabulary of 3 tokens")


def test_width(run):
    """The `beam` best candidates are kept, no more and no fewer

    Page: "keeps the `beam` best of the results"
    """
    cases = [{"table": table} for table in (0, 1)]
    _same(run, "width", cases, "`beam_search(model, idx, 4, {}, 1.0)` for 5 tokens")


def test_end(run):
    """A finished continuation is not extended, and competes with the others

    Page: "it is not extended any more, but it stays a candidate with its score"
    """
    cases = [{"table": table} for table in (0, 1, 2)]
    early = run("ends_early")
    _same(run, "end", cases, "`beam_search(model, idx, 4, 2, {}, eos_id=3)`")
    hint = "An unfinished continuation can still get a better score than those that are finished."
    what = "`beam_search(model, idx, 3, 2, 1.0, eos_id=3)`, where two continuations are finished after two tokens,"
    run.equal(early, run.reference("ends_early"), what=what, hint=hint)


def test_all_continuations(run):
    """With a beam that keeps everything, the result has the best score of all

    Page: "At the end, return the best of all, finished or not."
    """
    cases = [{"table": table} for table in (0, 1, 2)]
    _same(run, "everything", cases, "`beam_search(model, idx, 4, 200, {}, eos_id=2)`")


def test_random_table(run):
    """The best of all 81 continuations of a random table is found

    Page: "score = Σ log p / n ** length_penalty"
    """
    from exercises.kit import numbers

    log_p = torch.log_softmax(numbers(3, 3, seed="beams") * 1.5, dim=-1).tolist()
    data = run("random_table")
    for penalty in (0.0, 1.0):
        expected = " ".join(map(str, (0, *_best_of_all(log_p, penalty))))
        what = f"`beam_search(model, idx, 4, 200, {penalty}, eos_id=2)` for a random table"
        run.equal(data[penalty], expected, what=what)


def _best_of_all(log_p, penalty, eos_id=2, length=4):
    """Returns the best of all continuations of the prompt 0."""
    scores = {}
    for tokens in product(range(3), repeat=length):
        n = tokens.index(eos_id) + 1 if eos_id in tokens else length
        total = sum(log_p[before][after] for before, after in zip((0, *tokens), tokens[:n], strict=False))
        scores[tokens[:n]] = total / n**penalty
    return max(scores, key=scores.get)


def test_end_in_prompt(run):
    """An eos_id in the prompt finishes nothing

    Page: "An eos_id in the prompt finishes nothing"
    """
    run.same("end_in_prompt", what="`beam_search(model, idx, 3, 2, 0.0, eos_id=3)` for the prompt 3, 1, 3")


def test_end_zero(run):
    """eos_id can be 0

    Page: "eos_id can be 0"
    """
    _same(run, "end_zero", [{}], "`beam_search(model, idx, 3, 200, {}, eos_id=0)`")


def test_other_sizes(run):
    """It works for any prompt, beam, length penalty and eos_id

    Page: "A continuation of n new tokens has the score"
    """
    run.same("by_name", what="`beam_search` with named arguments")
    run.vary("output", cases=3, what="`beam_search(model, idx, max_new_tokens, beam, length_penalty)`")
    run.vary("complete", what="`beam_search(model, idx, max_new_tokens, 100, length_penalty, eos_id)`", cases=3)


def test_no_gradients(run):
    """The model runs without gradients

    Page: "Run the model without gradients."
    """
    data = run("grad_mode")
    assert not data["while"], (
        "Your code runs the model with gradients, which costs memory: use `with torch.no_grad():`."
    )
    assert data["after"], "Your code leaves gradients disabled; use `with torch.no_grad():`."


def test_mode(run):
    """The model's mode is preserved

    Page: "restore its previous mode"
    """
    for name, flags in run("mode").items():
        assert all(flag == (name == "training") for flag in flags), (
            f"After your function, a model in {name} mode is in the other mode; restore it at the end, or leave it."
        )
