"""Any text has ids: unknown words get that of <|unk|>, and special tokens are tokens."""

from grader import general


def every(run, probe, hint=""):
    """Compares the ids of each text of a probe."""
    found = run(probe)
    for text, ids in run.reference(probe).items():
        run.equal(found.get(text), ids, what=f"encode({text!r})", hint=hint)


def test_example(run):
    """The example of the task comes out right"""
    data = run("example")
    run.equal(data["ids"], [1, 0, 5, 4, 3, 2], what="list of ids")
    run.equal(data["text"], "Hello, <|unk|> <|endoftext|> the tea", what="decoded text")


def test_known(run):
    """Known words have their own ids"""
    every(run, "known")


def test_unknown(run):
    """An unknown word gets the id of <|unk|>"""
    every(run, "unknown", hint="<|unk|> is 19 here, <|endoftext|> is 20.")


def test_in_a_row(run):
    """Each unknown word gets one id"""
    every(run, "in_a_row", hint="<|unk|> is 19 here, once for each unknown word.")


def test_case(run):
    """Words are looked up as they are written"""
    every(run, "cases", hint="Tea, tea, Do, do, In and palace are known here, in this case only.")


def test_end_of_text(run):
    """<|endoftext|> is one token"""
    every(run, "ends", hint="<|unk|> is 19 here, <|endoftext|> is 20.")


def test_other_vocabulary(run):
    """<|unk|> is found wherever the vocabulary has it"""
    every(run, "moved", hint="<|unk|> is 7 here, <|endoftext|> is 19.")


def test_decode(run):
    """Decoding shows the special tokens, and no space before a mark"""
    run.same("decoded", what="list of decoded texts")
    run.same("there_and_back", what="list of encoded and decoded texts")


def test_empty(run):
    """Nothing in, nothing out"""
    data = run("empty")
    run.equal(data["empty"], [], what='encode("")')
    run.equal(data["none"], "", what="decode([])")


def test_nothing_kept(run):
    """The vocabulary stays as it is"""
    data, right = run("kept"), run.reference("kept")
    run.equal(data["first"], right["first"], what='encode("the moon")')
    run.equal(data["other"], right["other"], what='encode("stars, moon tea")')
    run.equal(data["again"], right["again"], what='second encode("the moon")', hint="The first gave something else.")
    run.equal(data["vocab"], right["vocab"], what="vocabulary afterwards", hint="It must stay as it was given.")


def test_two(run):
    """Tokenizers do not mix"""
    run.same("two", hint="Two tokenizers were made, each with its own vocabulary: keep it on self.")


# what holds in every exercise
test_manners = general.manners("example")
