"""Distinct tokens, sorted, from 0; then the specials as they come."""

from grader import general


def test_example(run):
    """The example of the task comes out right"""
    right = {",": 0, "Cat": 1, "cat": 2, "the": 3, "<|unk|>": 4, "<|endoftext|>": 5}
    run.equal(run("example"), right, what="vocabulary")


def test_sorted(run):
    """The tokens are distinct and in sorted order"""
    run.same("plain", what="vocabulary")


def test_specials(run):
    """The special tokens come last, in their order"""
    hint = "The specials were zz, <|endoftext|>, <|unk|> and AA, in this order."
    run.same("with_specials", what="vocabulary", hint=hint)


def test_lists_stay(run):
    """The lists that it is given stay as they were"""
    data, right = run("as_list"), run.reference("as_list")
    run.equal(data["vocab"], right["vocab"], what="vocabulary", hint="Here the specials come in a list.")
    changed = "The list was changed in place: make a new one."
    assert data["tokens"] == right["tokens"], f"Afterwards the list of tokens is not what it was. {changed}"
    assert data["specials"] == right["specials"], f"Afterwards the list of specials is not what it was. {changed}"


def test_small(run):
    """No token, one token, one token often"""
    data, right = run("small"), run.reference("small")
    for name, what in (
        ("none", "build_vocab([])"),
        ("specials_alone", 'build_vocab([], ("<|unk|>", "<|endoftext|>"))'),
        ("one", 'build_vocab(["a"])'),
        ("repeated", 'build_vocab(["a", "a", "a"], ("<|unk|>",))'),
    ):
        run.equal(data[name], right[name], what=what)


def test_any(run):
    """Any number of words works"""
    run.vary("words", cases=8, what="vocabulary")


def test_two(run):
    """Vocabularies do not mix"""
    data, right = run("two"), run.reference("two")
    run.equal(data["first"], right["first"], what="first vocabulary")
    hint = "Is something kept from one call to the next?"
    run.equal(data["other"], right["other"], what="vocabulary of a second text", hint=hint)
    run.equal(data["again"], right["again"], what="vocabulary of the first text, made again", hint=hint)


# what holds in every exercise
test_manners = general.manners("example")
