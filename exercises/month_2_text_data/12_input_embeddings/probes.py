"""What is asked of an InputEmbedding. Weights are set in the tables, be they nn.Embedding or nn.Parameter."""

import torch
from torch import nn

from grader.probing import Int, ProbeProblem, elsewhere, memory, numbers, token_ids, untouched


def table(module, name):
    """The weights of one of the two tables."""
    found = getattr(module, name, None)
    weight = found if isinstance(found, nn.Parameter) else getattr(found, "weight", None)
    if not isinstance(weight, nn.Parameter):
        raise ProbeProblem(f"Your InputEmbedding has no table of weights `{name}`: make an nn.Embedding of that name.")
    return weight


def made(impl, vocab_size=11, context_length=5, emb_dim=4):
    """An InputEmbedding with known weights, the same for every order of making them."""
    module = impl.InputEmbedding(vocab_size, context_length, emb_dim)
    with torch.no_grad():
        for name in ("tok_emb", "pos_emb"):
            weight = table(module, name)
            weight.copy_(numbers(*weight.shape, seed=name))
    return module


def example(impl):
    """The task's example."""
    module = impl.InputEmbedding(vocab_size=3, context_length=3, emb_dim=2)
    with torch.no_grad():
        table(module, "tok_emb").copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [5.0, 5.0]]))
        table(module, "pos_emb").copy_(torch.tensor([[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]))
    return module(torch.tensor([[2, 0]]))


def output(impl, batch_size: Int[1, 4] = 2, length: Int[1, 5] = 5, emb_dim: Int[1, 6] = 4):
    """Vectors of a batch."""
    return made(impl, emb_dim=emb_dim)(token_ids(batch_size, length, vocab_size=11))


def same_token(impl):
    """One token at every place."""
    return made(impl)(torch.full((1, 5), 3))


def sizes(impl):
    """The shapes of the two tables, where the vocabulary is the larger and where the context is."""
    modules = [impl.InputEmbedding(11, 5, 4), impl.InputEmbedding(3, 8, 2)]
    return [[list(table(m, "tok_emb").shape), list(table(m, "pos_emb").shape)] for m in modules]


def long_context(impl):
    """More positions than ids."""
    return made(impl, 3, 8, 2)(token_ids(3, 8, vocab_size=3))


def learning(impl):
    """The gradient of each table."""
    module = made(impl)
    vectors = module(torch.tensor([[1, 2, 2], [0, 2, 10]]))
    if not (isinstance(vectors, torch.Tensor) and vectors.requires_grad):
        raise ProbeProblem("No gradient can flow back through your result: it is cut off from the tables.")
    (vectors * numbers(*vectors.shape, seed="pull")).sum().backward()
    return {name: table(module, name).grad for name in ("tok_emb", "pos_emb")}


def registered(impl):
    """Whether an optimizer finds both tables, and how many numbers there are to learn."""
    module = made(impl)
    known = {id(parameter) for parameter in module.parameters()}
    lost = [name for name in ("tok_emb", "pos_emb") if id(table(module, name)) not in known]
    return {"lost": lost, "count": sum(p.numel() for p in module.parameters() if p.requires_grad)}


def precisions(impl):
    """In double and in half precision."""
    ids = token_ids(2, 3, vocab_size=11)
    return {"float64": made(impl).double()(ids), "bfloat16": made(impl).bfloat16()(ids)}


def on_meta(impl):
    """Moved to another device: the positions must follow."""
    return elsewhere(made(impl), token_ids(2, 3, vocab_size=11))


def state(impl):
    """Results of a new module each time and of one in a row, for sequences of several lengths."""
    inputs = [token_ids(*shape, vocab_size=11) for shape in ((2, 3), (1, 5), (4, 1))]
    return memory(lambda: made(impl), *inputs) | {"untouched": untouched(inputs[0], made(impl))}
