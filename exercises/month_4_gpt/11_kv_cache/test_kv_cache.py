"""Checks the logits with a cache in chunks of any size, the reset, and greedy generation."""

import torch

from exercises.kit import Diagnosis

TOLERANCE = {"rtol": 1e-4, "atol": 1e-4}


def test_without_cache(run):
    """Without a cache the logits are those of the GPT model

    Page: "The GPT of this month with a cache inside"
    """
    run.same("without_cache", what="result of `model(in_idx)` for two sequences of five ids")


def test_one_by_one(run):
    """With a cache the logits are those of the whole sequence

    Page: "The logits are those of the whole sequence at the new positions."
    """
    what = "logits of a prompt of three ids, then of two more, one at a time, with `use_cache=True`"
    run.same("one_by_one", what=what, **TOLERANCE)


def test_own_cache(run):
    """Each model has its own cache

    Page: "The cache belongs to one model object"
    """
    if not torch.allclose(run("one_by_one"), run("with_twin"), atol=1e-4, equal_nan=True):
        raise Diagnosis(
            "shared-cache",
            "The logits of your model with a cache change when a second model runs in between; create the cache in "
            "`__init__`, for each model.",
        )


def test_chunks(run):
    """Chunks of any size work, up to context_length

    Page: "in chunks of any size"
    """
    run.same("full_context", what="logits of chunks of 5, 2 and 1 ids for context_length=8", **TOLERANCE)
    run.vary("chunks", cases=2, what="logits of three chunks with `use_cache=True`", **TOLERANCE)


def test_other_sizes(run):
    """Without a cache any batch size, length and number of layers works

    Page: "logits (B, T, vocab_size)"
    """
    run.vary("without_cache", cases=2, what="result of `model(in_idx)`")


def test_generated(run):
    """Generation with a cache gives the greedy ids

    Page: "passes the prompt once, then each new token alone"
    """
    run.same("generated", what="result of `generate_text_simple_cached(model, idx, 4)` for two prompts of three ids")
    run.same("generated_by_name", what="result of `generate_text_simple_cached` with named arguments")
    run.same("generated_zeros", what="result of `generate_text_simple_cached` for a model that always gives the id 0")


def test_generated_without_cache(run):
    """Generation without a cache gives the same ids

    Page: "With `use_cache=False` it passes the whole sequence each time."
    """
    run.same("generated_by_name", use_cache=False, what="result of `generate_text_simple_cached` with use_cache=False")
    lengths = run("calls")[False]["lengths"]
    if not (not lengths or max(lengths) > 3):
        raise Diagnosis(
            "part-of-the-sequence",
            f"With use_cache=False your code passes {lengths} tokens to the model for a prompt of 3; it should pass "
            "the "
            "whole sequence each time: 3, 4, 5, …",
        )


def test_only_new_tokens(run):
    """A call with a cache processes only its new tokens

    Page: "Each layer processes only the new tokens."
    """
    seen = run("work")
    new = [4, 4, 1, 1, 1, 1]
    if not (not seen or sum(seen) <= sum(new)):
        raise Diagnosis(
            "recomputed",
            f"In calls with 4, 1 and 1 new tokens, W_key of your two blocks gets {seen} tokens; it should get only the "
            "new ones. Keep the keys and values themselves, not the ids or the vectors before W_key.",
        )


def test_generation_passes_new_tokens(run):
    """Generation passes the prompt once, then one token a step

    Page: "passes the prompt once, then each new token alone"
    """
    lengths = run("calls")[True]["lengths"]
    if not (sum(lengths) <= 6):
        raise Diagnosis(
            "prompt-repeated",
            f"For a prompt of 3 and 4 new tokens your code passes {lengths} tokens to the model; with a cache it "
            "should "
            "pass the 3 of the prompt, then each new token alone.",
        )


def test_cache_is_ignored(run):
    """A call without a cache ignores what the cache contains

    Page: "ignores the cache, whatever is in it"
    """
    data = run("after_cache")
    for name in ("after", "by name"):
        if not torch.allclose(data["before"], data[name], atol=1e-4, equal_nan=True):
            raise Diagnosis(
                "cache-not-ignored",
                "Your `model(in_idx)` gives other logits after calls with use_cache=True than before them; without a "
                "cache it should start at position 0 and use only its own tokens.",
            )


def test_reset(run):
    """After reset_kv_cache a new sequence starts, of any batch size

    Page: "empties the cache of all blocks and restarts the positions"
    """
    data = run("after_reset")
    if not torch.allclose(data["fresh"], data["reset"], atol=1e-4, equal_nan=True):
        raise Diagnosis(
            "not-reset",
            "After calls with 2 sequences and `reset_kv_cache()` the logits of 3 sequences differ from those of a new "
            "model, or are refused; it should empty the keys and values of every block and set the position to 0.",
        )


def test_generation_starts_anew(run):
    """Generation begins with an empty cache

    Page: "begins with an empty cache"
    """
    if not torch.equal(run("generated"), run("generated_again")):
        raise Diagnosis(
            "no-reset-in-generation",
            "Your `generate_text_simple_cached` gives other ids after calls with use_cache=True; call "
            "`model.reset_kv_cache()` at its start.",
        )


def test_generation_in_evaluation_mode(run):
    """Generation works in evaluation mode

    Page: "It works in evaluation mode, in which the model may stay, and without gradients."
    """
    data = run("generated_in_training")
    if not torch.equal(run("generated"), data["ids"]) and data["training"]:
        raise Diagnosis(
            "no-evaluation-mode",
            "For a model in training mode with drop_rate=0.9 your `generate_text_simple_cached` gives other ids than "
            "without dropout; call `model.eval()` first.",
        )


def test_generation_without_gradients(run):
    """Generation runs without gradients

    Page: "It works in evaluation mode, in which the model may stay, and without gradients."
    """
    data = run("calls")
    if any(data[use_cache]["gradients"] for use_cache in (True, False)):
        raise Diagnosis(
            "gradients-computed",
            "Your generate_text_simple_cached runs the model with gradients, which keeps every step in memory: use "
            "`with torch.no_grad():`.",
        )
    if not data["gradients after"]:
        raise Diagnosis(
            "gradients-disabled",
            "Your generate_text_simple_cached leaves gradients disabled; use `with torch.no_grad():`.",
        )


def test_not_saved(run):
    """The cache is not part of the state_dict

    Page: "It is not part of the `state_dict`."
    """
    data = run("saved")
    if data["added"]:
        raise Diagnosis(
            "cache-saved",
            "After calls with a cache your state_dict has more entries than before; keep the cache in plain "
            "attributes, or "
            "register it with persistent=False.",
        )
    if data["from the start"]:
        raise Diagnosis(
            "cache-saved",
            "Your state_dict contains the cache or its position; keep them in plain attributes, or register them with "
            "persistent=False.",
        )


def test_dropout(run):
    """Dropout acts on embeddings, attention weights and branches, in training only

    Page: "Dropout acts where it did."
    """
    data = run("all_dropped")
    if not torch.allclose(data["logits"], data["nothing"], atol=1e-4, equal_nan=True):
        raise Diagnosis(
            "dropout",
            "In training with drop_rate=1.0 the embeddings and both branches of each block are dropped, so the logits "
            "should be those of zeros; yours are not. Apply dropout to all of them.",
        )
    if not all(torch.allclose(out, data["bias"].expand_as(out), atol=1e-4) for out in data["attended"]):
        raise Diagnosis(
            "attention-dropout",
            "In training with drop_rate=1.0 all attention weights are dropped, so `att` should return out_proj's bias; "
            "yours returns something else.",
        )
    if not torch.allclose(run("one_by_one"), run("in_evaluation"), atol=1e-4, equal_nan=True):
        raise Diagnosis(
            "dropout-in-evaluation",
            "In evaluation mode your logits with drop_rate=0.5 differ from those with drop_rate=0.0; dropout should "
            "act in training only.",
        )


def test_mode(run):
    """A call of the model keeps its mode, and generation leaves evaluation mode on

    Page: "It works in evaluation mode, in which the model may stay, and without gradients."
    """
    kept = run("modes")
    assert kept["training"], (
        "After calls of a model in training mode it is in evaluation mode; only generation may call `model.eval()`."
    )
    assert kept["evaluation"], (
        "After your `generate_text_simple_cached` a model that was in evaluation mode is in training mode; leave it in "
        "evaluation mode, or restore the mode that it had."
    )


def test_gradients_with_cache(run):
    """Gradients flow through a call with a cache

    Page: "gradients flow through the keys and values of its new tokens"
    """
    names = run("cached_gradients")
    for layer in ("W_query", "W_value", "W_key"):
        if f"trf_blocks.0.att.{layer}.weight" not in names:
            raise Diagnosis(
                "cache-detached",
                f"With use_cache=True no gradient reaches your {layer}; do not detach keys and values, nor compute "
                "them "
                "under no_grad.",
            )


def test_by_name(run):
    """The arguments can be passed by name, and in the order of the page

    Page: "forward(in_idx, use_cache=False)"
    """
    run.same("by_name", what="logits of `model(in_idx=…, use_cache=…)` and `model(in_idx, True)`", **TOLERANCE)


def test_device(run):
    """It works on any device, with a cache and without

    Page: "`pos_emb` needs the positions of the new tokens, not 0 to T−1, on the device of the ids."
    """
    devices = run("devices")
    assert devices == ["meta", "meta"], (
        f"For a model on a second device your logits are on {devices[0]} with a cache and on {devices[1]} without; "
        "they should be on the model's."
    )
