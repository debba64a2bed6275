"""Probes for GPTModel with a cache and generate_text_simple_cached."""

import torch
from torch import nn

from exercises.kit import CommonProbes, Int, MissingName, ProbeProblem, fill, lookup, require, summarized_by, token_ids
from exercises.kit.devices import on_meta_device

NEEDS = ("tok_emb", "pos_emb", "trf_blocks[0].att.W_query", "trf_blocks[0].att.W_key", "trf_blocks[0].att.W_value",
         "trf_blocks[0].att.out_proj", "trf_blocks[0].ff.layers[0]", "trf_blocks[0].norm1", "trf_blocks[0].norm2",
         "final_norm", "out_head")  # fmt: skip


def model(impl, **changes):
    cfg = {"vocab_size": 11, "context_length": 64, "emb_dim": 8, "n_heads": 2, "n_layers": 2, "drop_rate": 0.0}
    cfg = {**cfg, "qkv_bias": False, **changes}
    module = fill(impl.GPTModel(cfg), *NEEDS).eval()
    if any(word in name for name in dir(type(module)) for word in ("cache", "reset")):
        require(module, "reset_kv_cache")  # suggests the solution's own name for it
    elif lookup(module, "reset_kv_cache") is None:
        raise MissingName("Your `GPTModel` has no method `reset_kv_cache`; it should empty the cache of all blocks.")
    impl.GPTModel(cfg).reset_kv_cache()  # a cache that models share starts empty in each probe
    return module


def ids(batch, length):
    return token_ids(batch, length, vocab_size=11)


def logits_of(module, *arguments, **options):
    """Returns the logits of a call. Raises ProbeProblem where they come with a cache."""
    result = module(*arguments, **options)
    if isinstance(result, tuple):
        raise ProbeProblem(
            f"Your `GPTModel` returns a tuple of {len(result)}; it should return the logits alone, and keep the cache "
            "inside the model."
        )
    return result


def in_chunks(module, sequence, *sizes):
    """Returns the logits of consecutive chunks of a sequence, each computed with use_cache=True, side by side."""
    with torch.no_grad():
        chunks = sequence.split(list(sizes), dim=1)
        return torch.cat([logits_of(module, chunk, use_cache=True) for chunk in chunks], dim=1)


def without_cache(impl, batch: Int[1, 3] = 2, length: Int[1, 8] = 5, layers: Int[1, 2] = 2):
    """The logits without a cache."""
    return logits_of(model(impl, n_layers=layers), ids(batch, length))


def one_by_one(impl):
    """The logits of one block for a prompt of three tokens and two more, one at a time."""
    return in_chunks(model(impl, n_layers=1), ids(2, 5), 3, 1, 1)


def chunks(
    impl, first: Int[1, 3] = 3, second: Int[1, 3] = 2, third: Int[1, 2] = 1, batch: Int[1, 3] = 2, layers: Int[1, 2] = 2
):
    """The logits of three chunks."""
    sequence = ids(batch, first + second + third)
    return in_chunks(model(impl, n_layers=layers), sequence, first, second, third)


def full_context(impl):
    """The logits of chunks that fill the context."""
    return in_chunks(model(impl, qkv_bias=True, context_length=8), ids(1, 8), 5, 2, 1)


def after_cache(impl):
    """Logits without a cache before and after calls with one."""
    module, sequence = model(impl, n_layers=1), ids(2, 5)
    before = logits_of(module, sequence).detach()
    in_chunks(module, ids(2, 6), 4, 2)
    after = [logits_of(module, sequence, **options).detach() for options in ({}, {"use_cache": False})]
    return {"before": before, "after": after[0], "by name": after[1]}


def after_reset(impl):
    """Logits of three sequences with the cache of a new model, and of one reset after calls with two sequences."""
    used, sequence = model(impl), ids(3, 3)
    in_chunks(used, ids(2, 2), 2)
    used.reset_kv_cache()
    fresh = in_chunks(model(impl), sequence, 2, 1)
    try:
        return {"fresh": fresh, "reset": in_chunks(used, sequence, 2, 1)}
    except Exception:  # a new model has accepted the sequences
        return {"fresh": fresh, "reset": torch.full_like(fresh, torch.inf)}


def with_twin(impl):
    """The logits of `one_by_one` of a model whose twin runs in between."""
    module, twin = model(impl, n_layers=1), model(impl, n_layers=1)
    sequence, other = ids(2, 5), ids(2, 7)
    logits = []
    with torch.no_grad():
        for start, end in ((0, 3), (3, 4), (4, 5)):
            logits.append(logits_of(module, sequence[:, start:end], use_cache=True))
            twin(other[:, start:end], use_cache=True)
    return torch.cat(logits, dim=1)


def by_name(impl):
    """The logits with in_idx and use_cache by name, and with use_cache as the second argument."""
    sequence = ids(2, 3)
    with torch.no_grad():
        return {
            "use_cache=False": logits_of(model(impl, n_layers=1), in_idx=sequence, use_cache=False),
            "use_cache=True": logits_of(model(impl, n_layers=1), in_idx=sequence, use_cache=True),
            "second": logits_of(model(impl, n_layers=1), sequence, True),
        }


def cached_gradients(impl):
    """The names of the weights that get a gradient from the logits of one call with a cache, sorted: the order in
    which a model creates its layers is free."""
    module = model(impl, n_layers=1)
    logits_of(module, ids(2, 4), use_cache=True).square().sum().backward()
    weights = module.named_parameters()
    return sorted(name for name, weight in weights if weight.grad is not None and bool(weight.grad.any()))


def in_state_dict(data):
    """Whether calls with a cache add entries to the state_dict, and whether a new model has one for the cache."""
    return {
        "added": len(data["after"]) > len(data["before"]),
        "from the start": bool(data["changed"]) or any("cache" in name for name in data["before"]),
    }


@summarized_by(in_state_dict)
def saved(impl):
    """The names in the state_dict before and after calls with a cache, and those whose values change."""
    module = model(impl, n_layers=1)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    in_chunks(module, ids(2, 5), 3, 2)
    after = module.state_dict()
    changed = [name for name in before if name in after and not torch.equal(before[name], after[name])]
    return {"before": list(before), "after": list(after), "changed": changed}


def work(impl):
    """How many tokens the key layer of each block gets in three calls with a cache; empty where no call is seen."""
    module, seen = model(impl), []
    for block in module.trf_blocks:
        block.att.W_key.register_forward_pre_hook(lambda layer, arguments: seen.append(arguments[0].shape[-2]))
    in_chunks(module, ids(2, 6), 4, 1, 1)
    return seen


class BothWays(nn.Module):
    """Computes the logits of a sequence with the cache of a model, and without it."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, sequence):
        self.module.reset_kv_cache()
        return logits_of(self.module, sequence, use_cache=True), logits_of(self.module, sequence)


def devices(impl):
    """The devices of the logits of a model on a second device, with a cache and without."""
    return [logits.device.type for logits in on_meta_device(BothWays(model(impl, n_layers=1)), ids(1, 2))]


def modes(impl):
    """Whether a model and its blocks are in the same mode after calls in training mode with a cache and without, and
    after generation in evaluation mode, by mode."""
    module = model(impl, n_layers=1).train()
    with torch.no_grad():
        logits_of(module, ids(1, 2), use_cache=True)
        logits_of(module, ids(1, 2))
    modes = {"training": module.training and module.trf_blocks[0].training}
    module.eval()
    impl.generate_text_simple_cached(module, ids(1, 2), 1)
    return modes | {"evaluation": not (module.training or module.trf_blocks[0].training)}


def all_dropped(impl):
    """In training with drop_rate=1.0: the logits, those of zeros, the output of attention and out_proj's bias."""
    module, seen = model(impl, drop_rate=1.0, n_layers=1).train(), []
    module.trf_blocks[0].att.register_forward_hook(lambda layer, arguments, output: seen.append(output))
    logits = logits_of(module, ids(2, 5))
    attended = [output[0] if isinstance(output, tuple) else output for output in seen[:1]]
    nothing = module.out_head(module.final_norm(torch.zeros(2, 5, 8)))
    return {"logits": logits, "nothing": nothing, "attended": attended, "bias": module.trf_blocks[0].att.out_proj.bias}


def in_evaluation(impl):
    """The logits of `one_by_one` in evaluation mode with drop_rate=0.5."""
    return in_chunks(model(impl, drop_rate=0.5, n_layers=1), ids(2, 5), 3, 1, 1)


# generate_text_simple_cached


def generated(impl, batch: Int[1, 3] = 2, length: Int[1, 4] = 3, new: Int[1, 4] = 4):
    """The ids that are generated with a cache."""
    return impl.generate_text_simple_cached(model(impl, n_layers=1), ids(batch, length), new)


def generated_by_name(impl, use_cache: bool = True):
    """The ids that are generated, with keyword arguments."""
    return impl.generate_text_simple_cached(
        model=model(impl), idx=ids(3, 1), max_new_tokens=5, context_size=8, use_cache=use_cache
    )


def generated_again(impl):
    """The ids of `generated` of a model whose cache is in use."""
    used = model(impl, n_layers=1)
    in_chunks(used, ids(2, 2), 2)
    return impl.generate_text_simple_cached(used, ids(2, 3), 4)


def generated_in_training(impl):
    """The ids of `generated` of a model with drop_rate=0.9 in training mode, and whether it computed in that mode."""
    module, modes = model(impl, drop_rate=0.9, n_layers=1).train(), []
    module.trf_blocks[0].register_forward_pre_hook(lambda block, arguments: modes.append(block.training))
    return {"ids": impl.generate_text_simple_cached(module, ids(2, 3), 4), "training": any(modes)}


def generated_zeros(impl):
    """The ids of a model whose most likely id is always 0."""
    module = model(impl, n_layers=1)
    module.out_head.weight.data.zero_()
    return impl.generate_text_simple_cached(module, ids(1, 2), 3)


def first_calls(data):
    """The data without a call after the last new token, which is allowed."""
    return {
        use_cache: {**data[use_cache], "lengths": data[use_cache]["lengths"][:4]} for use_cache in (True, False)
    } | {"gradients after": data["gradients after"]}


@summarized_by(first_calls)
def calls(impl):
    """For both values of use_cache: how many tokens each call of the model gets, and whether gradients are enabled."""
    seen = {}
    for use_cache in (True, False):
        module, lengths, gradients = model(impl, n_layers=1), [], []

        def record(module, arguments, named, lengths=lengths, gradients=gradients):
            lengths.append((arguments[0] if arguments else named["in_idx"]).shape[1])
            gradients.append(torch.is_grad_enabled())

        module.register_forward_pre_hook(record, with_kwargs=True)
        impl.generate_text_simple_cached(module, ids(2, 3), 4, use_cache=use_cache)
        seen[use_cache] = {"lengths": lengths, "gradients": any(gradients)}
    return seen | {"gradients after": torch.is_grad_enabled()}


def longer(impl):
    """Creates a model of one layer with biases and context_length=9."""
    return model(impl, n_layers=1, qkv_bias=True, context_length=9)


common = CommonProbes(longer, torch.tensor([[0, 10, 3], [7, 0, 0]]), ids(1, 9))
