"""Probes for classify_review, with a model that counts words, and a tokenizer for which each word is a token."""

import torch
from torch import nn

from exercises.kit import CommonProbes, Int

WORDS = ["win", "cash", "now", "see", "you", "later", "ok", "call", "me", "home"]
VOCABULARY = 21  # the ids are taken modulo this number, so that any padding id works
LONG = "see you later win cash now call me now you win cash"


class WordTokenizer:
    """Gives the words ids from 10 on, others 9, and a space at the start 8. Has tiktoken's interface."""

    n_vocab = 50257
    eot_token = 50256

    def encode(self, text, *, allowed_special=frozenset(), disallowed_special="all"):
        ids = [10 + WORDS.index(word) if word in WORDS else 9 for word in text.split()]
        return [8, *ids] if text.startswith(" ") else ids

    def encode_ordinary(self, text):
        return self.encode(text)


class Counter(nn.Module):
    """A classifier whose logits are [base, base + score]: "win", "cash" and "now" add 1, padding −0.25, other words −1.

    In training mode the sign is reversed, so that a dropout's effect is certain. It records how it is called.
    """

    def __init__(self, emb_dim=16, context_length=12, padding=50256, base=0.0):
        super().__init__()
        self.base = base
        self.tok_emb = nn.Embedding(VOCABULARY, emb_dim)
        self.pos_emb = nn.Embedding(context_length, emb_dim)
        with torch.no_grad():
            self.tok_emb.weight.zero_()
            self.pos_emb.weight.zero_()
            self.tok_emb.weight[:, 1] = -1.0
            self.tok_emb.weight[10:13, 1] = 1.0
            self.tok_emb.weight[padding % VOCABULARY, 1] = -0.25
        self.seen, self.was_training, self.recording = [], [], []
        self.eval()

    def forward(self, in_idx):
        positions = self.pos_emb(torch.arange(in_idx.shape[1], device=in_idx.device))
        logits = (self.tok_emb(in_idx % VOCABULARY) + positions)[:, :, :2].cumsum(dim=1)
        self.was_training.append(self.training)
        self.recording.append(torch.is_grad_enabled())
        self.seen.append(in_idx.clone())
        return (-logits if self.training else logits) + self.base


def call(impl, text, max_length, model=None, **options):
    return impl.classify_review(text, model or Counter(), WordTokenizer(), "cpu", max_length=max_length, **options)


def example(impl):
    """The three texts of the worked example."""
    return {text: call(impl, text, 5) for text in ("win cash now", "ok", "see you later win cash now")}


def padded(impl, words: Int[1, 5] = 3, max_length: Int[6, 12] = 8):
    """The ids that the model gets for a short text."""
    model = Counter()
    call(impl, " ".join(WORDS[:words]), max_length, model)
    return model.seen[-1]


def truncated(impl, max_length: Int[1, 11] = 6):
    """The ids that the model gets for a text of 12 words."""
    model = Counter()
    call(impl, LONG, max_length, model)
    return model.seen[-1]


def padding_ids(impl):
    """The ids that the model gets with other padding ids."""
    seen = {}
    for pad_token_id in (0, 20):
        model = Counter(padding=pad_token_id)
        call(impl, " Call me", 5, model, pad_token_id=pad_token_id)
        seen[pad_token_id] = model.seen[-1]
    return seen


def narrow(impl):
    """The ids that a model with emb_dim=4 gets, for max_length=9."""
    model = Counter(emb_dim=4)
    call(impl, LONG, 9, model)
    return model.seen[-1]


def words(impl):
    """The results for texts whose class depends on the last token, on padding and on truncation."""
    texts = {
        "win cash see you": 4,
        "see win win": 3,
        "win see see": 3,
        "win": 6,
        "now": 4,  # the logits differ by 0.25 only
        "win cash": 12,
        "see you win cash now": 2,
        LONG: 12,
    }
    return {
        f"{text!r} with max_length={max_length}": call(impl, text, max_length) for text, max_length in texts.items()
    }


def shifted(impl):
    """The results where both logits are positive, or both negative."""
    return {
        f"{text!r} with logits around {base}": call(impl, text, 5, Counter(base=base))
        for base in (20.0, -20.0)
        for text in ("win cash now", "see you later")
    }


def called(impl, training=True):
    """How the model is called, and its state afterwards."""
    model = Counter().train(training)
    call(impl, "win cash now", 5, model)
    return {
        "was_training": model.was_training,
        "recording": model.recording,
        "trainable": all(parameter.requires_grad for parameter in model.parameters()),
        "enabled": torch.is_grad_enabled(),
    }


def by_name(impl):
    """The result for named arguments."""
    return impl.classify_review(
        text="win cash now", model=Counter(), tokenizer=WordTokenizer(), device=torch.device("cpu"), max_length=5,
        pad_token_id=50256,
    )  # fmt: skip


def two_models(impl):
    """The ids that each of two models gets for the same text, a list for each call of a model."""
    models = Counter(), Counter()
    for model in models:
        call(impl, "win home", 3, model)
    return [[ids.tolist() for ids in model.seen] for model in models]


class Review(nn.Module):
    """Classifies texts with the solution, on the device of the model."""

    def __init__(self, impl):
        super().__init__()
        self.classify, self.model = impl.classify_review, Counter()

    def forward(self, text):
        device = self.model.tok_emb.weight.device
        return self.classify(text, self.model, WordTokenizer(), device, max_length=6)


common = CommonProbes(Review, "win cash now", "see you later", LONG)
