"""Checks where each of the three rates acts, with rates of 0.0 and 1.0 in training."""

import torch

from exercises.kit import diagnose


def test_logits(run):
    """In evaluation mode the logits are those of the GPT model

    Page: "In evaluation mode no rate has any effect."
    """
    run.same("logits", what="result of `GPTModel(cfg)(in_idx)` for two sequences of five ids")


def test_block(run):
    """In evaluation mode the block's output is that of the transformer block

    Page: "The modules `TransformerBlock(cfg)` and `GPTModel(cfg)` as before"
    """
    run.same("block_output", what="result of `TransformerBlock(cfg)(x)` for x of shape (2, 5, 8)")


def test_other_sizes(run):
    """It works for any batch size, sequence length and number of layers, with and without biases

    Page: "The modules `TransformerBlock(cfg)` and `GPTModel(cfg)` as before"
    """
    run.vary("logits", cases=2, what="result of `GPTModel(cfg)(in_idx)`")
    run.vary("block_output", cases=2, what="result of `TransformerBlock(cfg)(x)`")
    run.same("with_bias", what="result of `GPTModel(cfg)(in_idx)` with cfg['qkv_bias'] = True")


def test_nothing_dropped(run):
    """With three rates of 0.0 nothing is dropped in training

    Page: "Do not use a fixed number or a default value: any of the three can be 0.0."
    """
    run.same("trained_logits", what="logits in training with all rates 0.0")


def test_embeddings(run):
    """drop_rate_emb acts on the sum of the embeddings

    Page: "the first block gets zeros"
    """
    blocks = run("places", emb=1.0)["blocks"]
    diagnose(
        not blocks or not blocks[0][0].nan_to_num().any(),
        "embeddings",
        "In training with drop_rate_emb=1.0 the first block should get zeros; yours does not. Apply a dropout with "
        "this rate to tok_emb + pos_emb.",
    )


def test_attention(run):
    """drop_rate_attn acts on the attention weights

    Page: "att returns out_proj's bias for every token"
    """
    attended = run("places", attn=1.0)["attended"]
    diagnose(
        all(torch.allclose(output, bias.expand_as(output), atol=1e-5) for output, bias in attended),
        "attention",
        "In training with drop_rate_attn=1.0 att should return out_proj's bias, as all its weights are dropped; yours "
        "returns something else. Pass it: dropout=cfg['drop_rate_attn'].",
    )


def test_branches(run):
    """drop_rate_shortcut acts on both branches of every block

    Page: "every block returns its input"
    """
    blocks = run("places", shortcut=1.0)["blocks"]
    diagnose(
        all(torch.allclose(before, after, atol=1e-5, equal_nan=True) for before, after in blocks),
        "branches",
        "In training with drop_rate_shortcut=1.0 every block should return its input, as both branches are dropped; "
        "yours returns something else. Apply a dropout with this rate to each branch before you add x.",
    )


def test_one_rate_each(run):
    """Each rate acts in its place and nowhere else

    Page: "With the other two rates 0.0, nothing else is dropped."
    """
    for emb, attn, shortcut in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
        rates = f"drop_rate_emb={emb}.0, drop_rate_attn={attn}.0 and drop_rate_shortcut={shortcut}.0"
        what = f"logits in training with {rates}"
        run.same("trained_logits", emb=emb, attn=attn, shortcut=shortcut, what=what)
    run.same("trained_blocks", what="results of `TransformerBlock(cfg)(x)` in training with one rate of 1.0")


def test_dropped_once(run):
    """Numbers are dropped once, and the others scaled

    Page: "the sum of the embeddings, in GPTModel"
    """
    for place, factors in run("quarter_kept").items():
        whole = f"Yours drops whole tokens of {place}; it should drop single numbers, as nn.Dropout does."
        diagnose(factors != "tokens", "whole-tokens", whole)
        multiplied = " or ".join(map(str, factors or ()))
        diagnose(
            factors in (None, [0.0, 4.0]),
            "factors",
            f"With a rate of 0.75 in training, the numbers of {place} are multiplied by {multiplied}; they should be "
            "multiplied by 0 (dropped) or 1 / (1 - 0.75) = 4 (kept). Apply one dropout there.",
        )


def test_by_name(run):
    """The arguments can be passed by name

    Page: "The modules `TransformerBlock(cfg)` and `GPTModel(cfg)` as before"
    """
    data, expected = run("by_name"), run.reference("by_name")
    run.equal(data["block"], expected["block"], what="result of `TransformerBlock(cfg=cfg)(x=x)`")
    run.equal(data["logits"], expected["logits"], what="result of `GPTModel(cfg=cfg)(in_idx=in_idx)`")
