"""What is asked of a GPTModel."""

import torch

from grader.probing import Int, change, fill, numbers, token_ids
from grader.subject import Subject

NEEDS = ("tok_emb", "pos_emb", "trf_blocks[0].att.W_query", "trf_blocks[0].ff.layers[0]", "trf_blocks[0].norm1",
         "final_norm", "out_head")  # fmt: skip


def config(**changes):
    cfg = {"vocab_size": 11, "context_length": 6, "emb_dim": 8, "n_heads": 2, "n_layers": 2, "drop_rate": 0.0}
    return {**cfg, "qkv_bias": False, **changes}


def model(impl, **changes):
    return fill(impl.GPTModel(config(**changes)), *NEEDS).eval()


def ids(batch, length, vocab_size=11):
    return token_ids(batch, length, vocab_size=vocab_size)


def logits(
    impl,
    batch: Int[1, 3] = 2,
    length: Int[1, 6] = 5,
    layers: Int[1, 3] = 2,
    vocabulary: Int[4, 12] = 11,
    emb_pairs: Int[1, 4] = 4,
):
    """The logits for a batch of ids; two heads, each emb_pairs wide."""
    made = model(impl, n_layers=layers, vocab_size=vocabulary, emb_dim=2 * emb_pairs)
    return made(ids(batch, length, vocabulary))


def full_context(impl):
    """A sequence as long as the context."""
    return model(impl)(ids(2, 6))


def with_bias(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5):
    """With biased queries, keys and values."""
    return model(impl, qkv_bias=True)(ids(batch, length))


def same_token(impl):
    """The logits for one token repeated."""
    return model(impl)(torch.full((1, 4), 3))


def perturbed(impl):
    """Logits before and after changing the last two ids."""
    made = model(impl)
    x = ids(2, 5)
    return {"before": made(x), "after": made(change(x, since=3))}


def all_dropped(impl):
    """In training with drop_rate=1.0, where nothing of the ids is left; the blocks themselves drop nothing."""
    made = model(impl, drop_rate=1.0).train()
    for block in made.trf_blocks:
        block.eval()
    return made(ids(2, 5))


def block_dropped(impl):
    """A block of a model in training with drop_rate=1.0: both branches are lost, so x goes straight through."""
    made = model(impl, drop_rate=1.0).train()
    x = numbers(2, 4, 8, seed="x")
    return {"input": x, "output": made.trf_blocks[1](x)}


def in_evaluation(impl):
    """In evaluation with drop_rate=0.4."""
    return model(impl, drop_rate=0.4).eval()(ids(2, 5))


def layers(impl):
    """How many blocks there are, and whether input and output have tables of their own."""
    made = impl.GPTModel(config(n_layers=3))
    return {"blocks": len(made.trf_blocks), "own tables": made.tok_emb.weight is not made.out_head.weight}


def longer(impl):
    """Made for nine tokens."""
    return model(impl, context_length=9)


general = Subject(longer, torch.tensor([[0, 10, 3], [7, 0, 0]]), ids(3, 5), ids(1, 9), ids(2, 1))
