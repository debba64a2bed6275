"""Probes for build_gpt and write_text."""

import torch
from torch import nn

from exercises.kit import Int, ProbeProblem, fill, numbers, token_ids

TEXT = "The tide is low, the ferry waits. The captain reads, and nobody asks: is it time? It is low water!"
PROMPTS = ("the ferry", "it is low,", "The captain waits. The tide asks", "is the boat low")
NEEDS = ("tok_emb", "pos_emb", "trf_blocks[0].att.W_query", "trf_blocks[0].ff.layers[0]", "trf_blocks[0].norm1",
         "final_norm", "out_head")  # fmt: skip


def config(**changes):
    cfg = {"context_length": 8, "emb_dim": 8, "n_heads": 2, "n_layers": 2, "drop_rate": 0.0, "qkv_bias": False}
    return {**cfg, **changes}


def weighted(model):
    """Returns a model with fixed weights, with which the next token depends on the last ones and their positions."""
    fill(model, *NEEDS)
    with torch.no_grad():
        model.tok_emb.weight.mul_(4)
        model.pos_emb.weight.mul_(4)
        model.out_head.weight.copy_(nn.functional.normalize(model.out_head.weight, dim=1))
    return model


def built(impl, text=TEXT, **changes):
    """Returns the model, as build_gpt gives it but with fixed weights, and the tokenizer."""
    result = impl.build_gpt(config(**changes), text)
    if not (isinstance(result, tuple) and len(result) == 2):
        kind = "None" if result is None else f"a {type(result).__name__}"
        raise ProbeProblem(f"Your `build_gpt` returns {kind}; it should return (model, tokenizer).")
    model, tokenizer = result
    if not isinstance(model, nn.Module) and isinstance(tokenizer, nn.Module):
        raise ProbeProblem("Your `build_gpt` returns (tokenizer, model); it should return (model, tokenizer).")
    return weighted(model), tokenizer


def written(impl, prompt: Int[0, 3] = 0, new: Int[1, 8] = 4, layers: Int[1, 2] = 2, heads: Int[1, 2] = 2):
    """The text for one of four prompts."""
    model, tokenizer = built(impl, n_layers=layers, n_heads=heads)
    return impl.write_text(model, tokenizer, PROMPTS[prompt], new)


def by_name(impl):
    """The text with keyword arguments, of a model with biases."""
    model, tokenizer = impl.build_gpt(cfg=config(qkv_bias=True), text=TEXT)
    return impl.write_text(model=weighted(model), tokenizer=tokenizer, prompt="the ferry", max_new_tokens=3)


def vocabulary(impl):
    """The ids of words in order of the vocabulary, of special tokens and of an unknown word, and their text."""
    _, tokenizer = built(impl, "the tide is low, the ferry waits")
    ids = tokenizer.encode(", ferry is low the tide waits <|endoftext|> <|unk|> boat")
    return {"ids": list(ids), "text": tokenizer.decode(ids)}


def sizes(impl, context: Int[4, 9] = 8, emb_pairs: Int[1, 4] = 4, layers: Int[1, 3] = 2):
    """The sizes of the model."""
    model, _ = built(impl, context_length=context, emb_dim=2 * emb_pairs, n_layers=layers)
    return {
        "tok_emb": list(model.tok_emb.weight.shape),
        "pos_emb": list(model.pos_emb.weight.shape),
        "out_head": list(model.out_head.weight.shape),
        "blocks": len(model.trf_blocks),
    }


def logits(impl):
    """The logits of the model."""
    model, _ = built(impl)
    return model(token_ids(2, 5, vocab_size=20))


def modes(impl):
    """Whether a new model is in training mode, and the modes after write_text."""
    model, tokenizer = impl.build_gpt(config(n_layers=1), TEXT)
    modes = {"new": model.training}
    for training in (True, False):
        impl.write_text(model.train(training), tokenizer, "the ferry", 1)
        modes[training] = [model.training, model.trf_blocks[0].training]
    return modes


def with_dropout(impl):
    """The texts of a model with drop_rate=0.5 in training mode, and of one without dropout in both modes."""
    texts = {}
    for name, rate, training in (("with", 0.5, True), ("without", 0.0, True), ("evaluation", 0.0, False)):
        model, tokenizer = built(impl, drop_rate=rate, n_layers=1)
        texts[name] = impl.write_text(model.train(training), tokenizer, "the ferry", 6)
    return texts


def drops(impl):
    """The input and output of a block in training with drop_rate=1.0."""
    model, _ = built(impl, drop_rate=1.0, n_layers=1)
    x = numbers(2, 4, 8, seed="x")
    output = model.trf_blocks[0].train()(x)
    return {"input": x, "output": output[0] if isinstance(output, tuple) else output}  # some return a cache too


class Letters:
    """A tokenizer with an id for each letter of "abcdefgh"."""

    def encode(self, text):
        return ["abcdefgh".index(letter) for letter in text]

    def decode(self, ids):
        return "".join("abcdefgh"[idx] for idx in ids)


class Recorder(nn.Module):
    """A model with a context of five tokens that records its calls."""

    def __init__(self):
        super().__init__()
        self.tok_emb = nn.Embedding.from_pretrained(numbers(8, 8, seed="last") * 2, freeze=False)
        self.before = nn.Embedding.from_pretrained(numbers(8, 8, seed="before"), freeze=False)
        self.pos_emb = nn.Embedding.from_pretrained(numbers(5, 4, seed="place"), freeze=False)
        self.out_head = nn.Linear(8, 8, bias=False)
        self.out_head.weight.data = torch.eye(8)
        self.lengths, self.gradients, self.training_calls = [], [], []

    def forward(self, ids):
        self.lengths.append(ids.shape[1])
        self.gradients.append(torch.is_grad_enabled())
        self.training_calls.append(self.training)
        positions = self.pos_emb(torch.arange(ids.shape[1]))
        return self.out_head(self.before(ids).cumsum(1) + self.tok_emb(ids) + positions.repeat(1, 2))


def of_letters(impl, length: Int[1, 8] = 3, new: Int[0, 8] = 4):
    """The text of a different model with a different tokenizer."""
    return impl.write_text(Recorder(), Letters(), "cabbageh"[:length], new)


def calls(impl):
    """The longest input of the model, and whether gradients or training mode were on, for a long prompt."""
    model = Recorder()
    impl.write_text(model, Letters(), "cabbage", 4)
    return {"longest": max(model.lengths), "gradients": any(model.gradients), "training": any(model.training_calls),
            "gradients after": torch.is_grad_enabled()}  # fmt: skip


class RecordedLetters(Letters):
    """The tokenizer of letters, which records its calls."""

    def __init__(self):
        self.calls = set()

    def encode(self, text):
        self.calls.add("encode")
        return super().encode(text)

    def decode(self, ids):
        self.calls.add("decode")
        return super().decode(ids)


def given(impl):
    """What write_text did not use of the tokenizer and the model that it got, after build_gpt has built others."""
    impl.build_gpt(config(n_layers=1), TEXT)
    model, tokenizer = Recorder(), RecordedLetters()
    try:
        impl.write_text(model, tokenizer, "cab", 2)
    except Exception:  # other checks say why; only what was not used before the error is known here
        return ["tokenizer.encode"] if model.lengths and "encode" not in tokenizer.calls else []
    unused = [f"tokenizer.{name}" for name in ("encode", "decode") if name not in tokenizer.calls]
    return unused + ([] if model.lengths else ["model"])


def two_texts(impl):
    """The sizes of the vocabularies of two texts, and of the first again; and whether the models are separate."""
    texts = ("low water", "the tide is low, the ferry waits", "low water")
    models = [impl.build_gpt(config(n_layers=1), text)[0] for text in texts]
    return {
        "sizes": [model.tok_emb.weight.shape[0] for model in models],
        "separate": models[0].tok_emb.weight is not models[2].tok_emb.weight,
    }


def fresh_weights(impl):
    """Whether two new models have different weights."""
    first, second = (impl.build_gpt(config(n_layers=1), TEXT)[0] for _ in range(2))
    return not torch.equal(first.tok_emb.weight, second.tok_emb.weight)
