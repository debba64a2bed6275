"""Checks the vocabulary, the model, and the text that it writes."""

import torch

from exercises.kit import Diagnosis


def test_text(run):
    """The model continues a prompt greedily

    Page: "It continues the prompt by n = max_new_tokens tokens, always the most likely one"
    """
    run.same("written", what="result of `write_text(model, tokenizer, 'the ferry', 4)`")


def test_vocabulary(run):
    """The vocabulary has the words of the text, sorted, then the special tokens

    Page: "The vocabulary has the words and punctuation of the text, sorted"
    """
    run.same("vocabulary", what="result of `tokenizer.encode` and `tokenizer.decode` for all words of the example")


def test_sizes(run):
    """The model has the sizes of cfg and one token for each entry of the vocabulary

    Page: "the model has one token for each entry of the vocabulary"
    """
    run.same("sizes", what="model's sizes")
    run.vary("sizes", cases=2, what="model's sizes")


def test_logits(run):
    """The model computes the logits of a GPT

    Page: "It has the names of layers of the GPT model."
    """
    run.same("logits", what="logits of the model for two sequences of five ids")


def test_any_text(run):
    """It works for any prompt, number of tokens and configuration

    Page: "decodes prompt and new tokens together"
    """
    run.vary("written", cases=3, what="result of `write_text`")
    run.same("written", prompt=2, what="result of `write_text` for a prompt with capital letters")


def test_by_name(run):
    """The arguments can be passed by name

    Page: "write_text(model, tokenizer, prompt, max_new_tokens)"
    """
    run.same("by_name", what="result of `write_text` with named arguments")


def test_given_model_and_tokenizer(run):
    """write_text uses the model and the tokenizer that it gets

    Page: "It works for the model and the tokenizer that it gets"
    """
    if unused := run("given"):
        raise Diagnosis(
            "other-tokenizer" if "." in unused[0] else "other-model",
            f"Your `write_text` does not use the argument `{unused[0]}`; it should use the model and the tokenizer "
            "that it gets, and keep nothing between calls.",
        )
    run.same("of_letters", what="result of `write_text` for a different model and a tokenizer of letters")
    run.vary("of_letters", cases=3, what="result of `write_text` for a different model and a tokenizer of letters")


def test_context(run):
    """The model never gets more tokens than its context length

    Page: "The model never gets more tokens than its context length"
    """
    longest = run("calls")["longest"]
    if longest != 5:
        raise Diagnosis(
            "context",
            f"Your `write_text` passes up to {longest} tokens to a model with 5 positions, for a prompt of 7 tokens; "
            "it "
            "should pass the last 5: context_size = model.pos_emb.num_embeddings.",
        )


def test_new_model(run):
    """A new model is in evaluation mode

    Page: "comes back in evaluation mode"
    """
    if run("modes")["new"]:
        raise Diagnosis(
            "new-model-in-training", "Your `build_gpt` returns a model in training mode; call `model.eval()`."
        )


def test_dropout(run):
    """drop_rate is passed to the model, and writing happens in evaluation mode

    Page: "in evaluation mode and without gradients"
    """
    data = run("drops")
    if not torch.allclose(data["input"], data["output"], atol=1e-5, equal_nan=True):
        raise Diagnosis(
            "drop-rate",
            "With drop_rate=1.0 a block should return its input in training mode; yours does not. Pass cfg to the "
            "model.",
        )
    data = run("with_dropout")
    if data["without"] != data["evaluation"]:
        raise Diagnosis(
            "texts-differ",
            "Two calls of your `write_text`, for one prompt and equal models without dropout, give "
            f"{data['without']!r} and {data['evaluation']!r}; always take the most likely token.",
        )
    if data["with"] != data["without"] or run("calls")["training"]:
        raise Diagnosis(
            "no-evaluation-mode",
            "Your `write_text` runs a model in training mode as it is, so dropout changes the text; call "
            "`model.eval()` "
            "first.",
        )


def test_mode(run):
    """The model's mode is restored

    Page: "restores the model's mode"
    """
    data = run("modes")
    for training in (True, False):
        assert data[training] == [training, training], (
            f"After `write_text` a model in {'training' if training else 'evaluation'} mode is in the other mode; "
            "store `model.training` before and restore it with `model.train(…)`."
        )


def test_no_gradients(run):
    """Writing runs without gradients

    Page: "in evaluation mode and without gradients"
    """
    data = run("calls")
    assert not data["gradients"], "Your `write_text` runs the model with gradients; use `with torch.no_grad():`."
    assert data["gradients after"], "Your `write_text` leaves gradients disabled; use `with torch.no_grad():`."


def test_two_texts(run):
    """Each call builds a model of its own

    Page: "The model is untrained"
    """
    data = run("two_texts")
    if data["sizes"] != [4, 9, 4]:
        raise Diagnosis(
            "kept-vocabulary",
            f"For texts with 2, 7 and 2 different words your models have {data['sizes']} tokens; they should have 4, 9 "
            "and 4. Keep nothing between calls.",
        )
    if not data["separate"]:
        raise Diagnosis("one-model", "Two calls of your `build_gpt` return one model; each should create its own.")


def test_random_weights(run):
    """Two new models have different initial weights

    Page: "Neither function sets a seed"
    """
    if not run("fresh_weights"):
        raise Diagnosis("equal-weights", "Two models of your `build_gpt` have equal weights; do not set a seed.")
