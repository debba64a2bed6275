"""Checks classify_review: what the model gets, which logits decide, and the word that is returned."""

from exercises.kit import Diagnosis, compare

SHAPE_1 = (
    "Your code limits the ids to `pos_emb.weight.shape[1]`, emb_dim, as the printed book does; its newer code uses "
    "shape[0], the context length. Both are accepted."
)


def test_example(run):
    """The worked example gives the expected words

    Page: "win cash now [10, 11, 12, P, P] 0, 2.5 spam"
    """
    data, expected = run("example"), run.reference("example")
    for result in data.values():
        if not isinstance(result, str):
            kind = type(result).__name__
            raise Diagnosis("type", f"Yours returns a result of type {kind}; it should be “spam” or “not spam”.")
        if result not in expected.values():
            raise Diagnosis("word", f"Yours returns {result!r}; it should return “spam” or “not spam”.")
    for text, word in expected.items():
        run.equal(data[text], word, what=f"result of `classify_review({text!r}, …, max_length=5)`")


def test_padded(run):
    """A shorter text is padded at its end

    Page: "A shorter one is filled with `pad_token_id` at its end."
    """
    for words, max_length in ((3, 8), (1, 6), (5, 12)):
        what = f"batch for the model, for a text of {words} ids and max_length={max_length},"
        run.same("padded", words=words, max_length=max_length, what=what)


def test_truncated(run):
    """A longer text keeps its first ids

    Page: "A longer text keeps its first `max_length` ids."
    """
    for max_length in (6, 1, 11):
        what = f"batch for the model, for a text of 12 ids and max_length={max_length},"
        run.same("truncated", max_length=max_length, what=what)


def test_padding_ids(run):
    """Any id can be the padding

    Page: "filled with `pad_token_id` at its end"
    """
    data, expected = run("padding_ids"), run.reference("padding_ids")
    for pad_token_id, ids in expected.items():
        run.equal(data[pad_token_id], ids, what=f"batch for the model, with pad_token_id={pad_token_id},")


def test_words(run):
    """The logits at the last token decide

    Page: "Take the logits of the last token, a padding token too"
    """
    data, expected = run("words"), run.reference("words")
    for text, word in expected.items():
        run.equal(data[text], word, what=f"result for {text}")


def test_shifted(run):
    """The class with the larger logit is returned, whatever its sign

    Page: "the class with the larger logit"
    """
    data, expected = run("shifted"), run.reference("shifted")
    for text, word in expected.items():
        run.equal(data[text], word, what=f"result for {text}")


def test_context(run, note):
    """max_length is the only limit

    Page: "`max_length` is always given here, and is at most the model's context length."
    """
    data, expected = run("narrow"), run.reference("narrow")
    printed = expected.clone()
    printed[:, 4:] = 50256
    if compare.difference(data, printed) is None:
        note(SHAPE_1)
    else:
        run.equal(data, expected, what="batch for a model with emb_dim=4 and context length 12, for max_length=9,")


def test_by_name(run):
    """The arguments have the names of the page

    Page: "max_length=None, pad_token_id=50256)"
    """
    run.same("by_name", what="result of `classify_review` with named arguments")


def test_no_memory(run):
    """Nothing is kept between calls

    Page: "the model gets"
    """
    first, second = run("two_models")
    if not first:
        raise Diagnosis("mode", "Your function never calls the model.")
    assert second, (
        "Yours does not call a second model for a text that it has classified before; it should call the model in each "
        "call, and keep nothing between calls."
    )
    assert first == second, (
        f"Yours passes the ids {second[-1]} for a text for which it passed {first[-1]} in an earlier call; it should "
        "keep nothing between calls."
    )


def test_evaluation(run):
    """The model is called in evaluation mode, without gradients

    Page: "Call `model.eval()` first, and the model inside `torch.no_grad()`."
    """
    for training in (False, True):
        data = run("called", training=training)
        if not data["was_training"]:
            raise Diagnosis("mode", "Your function never calls the model.")
        if any(data["was_training"]):
            raise Diagnosis(
                "mode",
                "Your function calls the model in training mode, where dropout changes the logits; call "
                "model.eval() first.",
            )
        if not data["enabled"]:
            raise Diagnosis("mode", "Your function leaves gradients disabled; use `with torch.no_grad():`.")
        if not data["trainable"]:
            raise Diagnosis(
                "mode", "Your function leaves weights with requires_grad=False; use `with torch.no_grad():`."
            )
        if any(data["recording"]):
            raise Diagnosis(
                "mode", "Your function records a graph for a backward pass; call the model inside torch.no_grad()."
            )
