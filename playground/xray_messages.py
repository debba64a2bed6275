"""The messages of the X-ray: what a model computes for a text, asked for by the text's token ids.

The ids come from `Tokenize`, and a branch of a text is its ids with a different last one. Every request applies to the
open model; one that a model cannot answer fails with a sentence that says why. No torch here.
"""

import msgspec

from playground.messages import AppRequest, HostEvent

MAX_ATTENTION = 64  # tokens in an attention map
CANDIDATES = 1000  # the most probable tokens that are sent singly
TAIL_BINS = 64  # all other tokens are summed up in this many bins


class TokenView(msgspec.Struct, frozen=True):
    """A token: its id, its bytes, and these as text, in which part of a character is U+FFFD."""

    id: int
    text: str
    data: bytes


class Tokenize(AppRequest):
    """Asks for the tokens of a text; answered by Tokens.

    `tokenizer` is "model" (the open model's, with the id that begins its texts), "pocket", "gpt2" or "smollm2". With
    `chat`, the text is the user's message in the model's chat template, where it has one.
    """

    text: str
    tokenizer: str = "model"
    chat: bool = False


class Tokens(HostEvent):
    """The tokens of a text and the size of the vocabulary."""

    tokens: list[TokenView]
    vocab_size: int


class Describe(AppRequest):
    """Asks for the sizes of the open model; answered by Shape."""


class Shape(HostEvent):
    """The sizes of the open model.

    `ablation_note` says why heads cannot be switched off, or is empty.
    """

    layers: int
    heads: int
    kv_groups: int
    head_dim: int
    context_length: int
    vocab_size: int
    ablation_note: str = ""


class Candidates(AppRequest):
    """Asks for the next token's logits after the ids; answered by CandidateLogits.

    `heads_off` are (layer, head) pairs whose output is replaced by zeros.
    """

    ids: list[int]
    heads_off: list[tuple[int, int]] = []


class CandidateLogits(HostEvent):
    """The next token's logits, from which `playground/candidate_filter.py` computes probabilities for any settings.

    `tokens` and `logits` are the most probable tokens, in descending order. `tail` sums up the others as (logit, number
    of tokens) per bin, in descending order, where exp(logit) is the bin's mean.
    """

    tokens: list[TokenView]
    logits: list[float]
    tail: list[tuple[float, int]]


class Attention(AppRequest):
    """Asks for the attention weights of a layer's head, or their mean over the heads if `head` is None.

    Layers and heads count from 0. Answered by AttentionMap.
    """

    ids: list[int]
    layer: int
    head: int | None = None


class AttentionMap(HostEvent):
    """Attention weights of the last tokens, at most MAX_ATTENTION: `weights[i][j]` is from token i to token j.

    `start` is the index of the first token shown. `earlier[i]` is the weight on all tokens before `start`, so that each
    row and its `earlier` sum to 1.
    """

    layer: int
    head: int | None
    start: int
    weights: list[list[float]]
    earlier: list[float]


class Lens(AppRequest):
    """Asks what the model would predict after each layer (nostalgebraist's logit lens, 2020); answered by LensLayers.

    The prediction is the one after the token at `position`, by default the last. The final choice is `target`, by
    default the most probable token of the last layer.
    """

    ids: list[int]
    position: int = -1
    target: int | None = None
    top: int = 5


class LensLayer(msgspec.Struct, frozen=True):
    """The prediction after a layer: 0 is the embedding, n the n-th block. `rank` of the target counts from 1."""

    layer: int
    top: list[tuple[TokenView, float]]  # token, probability
    rank: int
    probability: float


class LensLayers(HostEvent):
    """The predictions after every layer and the target that they are compared with."""

    target: TokenView
    layers: list[LensLayer]


class Ablate(AppRequest):
    """Asks for the loss of the ids with one head at a time switched off; answered by LossOfText and then HeadLosses.

    `layer` and `head` choose one layer or one head of it; without them, every head of every layer is tried.
    """

    ids: list[int]
    layer: int | None = None
    head: int | None = None


class LossOfText(HostEvent):
    """The mean loss with all heads, in nats a token, and that of every token but the first. `total` heads follow."""

    loss: float
    token_losses: list[float]
    total: int


class HeadLosses(HostEvent):
    """The mean losses of the text without head `first_head`, without the next, … of a layer. `done` heads are done."""

    layer: int
    first_head: int
    losses: list[float]
    done: int


Request = Tokenize | Describe | Candidates | Attention | Lens | Ablate
Event = Tokens | Shape | CandidateLogits | AttentionMap | LensLayers | LossOfText | HeadLosses
