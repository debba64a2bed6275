"""The replaceable parts of the playground's models, and the exercises that supply them. Never imports torch."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from exercises.location import is_own
from playground.adapter_folder import AdapterError, base_and_adapter

REFERENCE = "reference"  # the choice of the course's part, where another choice is the id of an exercise
MINE = "mine"  # on the command line: the learner's part of the first exercise that passed

GPT, LLAMA = "gpt", "llama"  # architectures


@dataclass(frozen=True)
class Supplier:
    """An exercise whose `symbol` can be the part; `reference` is the course's symbol as "module:Symbol".

    One that `alters` gives other results than the model's own by design, so it is used only where it is asked for. One
    with `other_weights` has weights that the model's are converted to, so it cannot be trained: a training saves the
    model's.
    """

    exercise: str
    symbol: str
    reference: str
    alters: bool = False
    other_weights: bool = False


@dataclass(frozen=True)
class Part:
    """A replaceable part of the models of some architectures.

    The symbol of the first supplier is the part as the model uses it; those of the others are adapted to it. `where`
    says what it is in the model.
    """

    id: str
    title: str
    architectures: tuple[str, ...]
    where: str
    suppliers: tuple[Supplier, ...]

    @property
    def name(self) -> str:
        """The title as it stands within a sentence: "layer norm", but "SwiGLU feed-forward"."""
        first = self.title.split()[0]
        return self.title if first[1:] != first[1:].lower() else self.title[0].lower() + self.title[1:]

    @property
    def alters(self) -> bool:
        """Whether every supplier gives other results than the model's own."""
        return all(supplier.alters for supplier in self.suppliers)

    @property
    def primary(self) -> Supplier:
        return self.suppliers[0]

    def supplier(self, exercise: str) -> Supplier | None:
        return next((supplier for supplier in self.suppliers if supplier.exercise == exercise), None)


def _part(id: str, title: str, architectures: str, where: str, *suppliers: str) -> Part:
    """Each supplier is written "exercise reference_module:Symbol", with the names of the flags that it has behind."""
    words = [supplier.split() for supplier in suppliers]
    return Part(
        id,
        title,
        tuple(architectures.split()),
        where,
        tuple(
            Supplier(exercise, place.partition(":")[2], f"reference.{place}", **dict.fromkeys(flags, True))
            for exercise, place, *flags in words
        ),
    )


PARTS = (
    _part("tokenizer", "Tokenizer", "gpt", "turns text into ids and back, over the model's vocabulary",
          "gpt2-bpe gpt2_tokenizer:GPT2Tokenizer"),
    _part("pretokenizer", "Pre-tokenizer", "gpt", "splits a text into the pieces that are merged separately",
          "gpt2-pretokenize gpt2_tokenizer:gpt2_split"),
    _part("embeddings", "Embeddings", "gpt", "the first block's input: a vector for each token and position",
          "input-embeddings embeddings:InputEmbedding", "onehot-embedding embeddings:embed_onehot"),
    _part("layer-norm", "Layer norm", "gpt", "two in each block, and one before the output head",
          "layer-norm layers:LayerNorm"),
    _part("gelu", "GELU", "gpt", "the activation of each feed-forward network",
          "gelu layers:GELU"),
    _part("feed-forward", "Feed-forward", "gpt", "processes each token separately, in every block",
          "feed-forward layers:FeedForward",
          "moe mixture_of_experts:MoEFeedForward alters other_weights"),
    _part("attention", "Attention", "gpt", "lets each token read the earlier ones, in every block",
          "multi-head-attention attention:MultiHeadAttention",
          "fused-sdpa attention_variants:PyTorchMultiHeadAttention",
          "mha-wrapper attention_variants:MultiHeadAttentionWrapper",
          "causal-attention attention:CausalAttention",
          "mla latent_attention:MultiHeadLatentAttention other_weights",
          "sliding-window sliding_window:MultiHeadAttentionWithSWA alters"),
    _part("block", "Transformer block", "gpt", "norms, attention, feed-forward and shortcuts",
          "transformer-block gpt:TransformerBlock"),
    _part("model", "Model", "gpt", "embeddings, blocks, final norm and output head",
          "gpt-model gpt:GPTModel", "gpt-from-parts gpt_from_parts:build_gpt"),
    _part("cache", "Cache", "gpt", "keeps the keys and values of earlier tokens; it brings its own model",
          "kv-cache kv_cache:GPTModel"),
    _part("rms-norm", "RMSNorm", "llama", "two in each block, and one before the output head",
          "rmsnorm-swiglu llama_layers:RMSNorm"),
    _part("swiglu", "SwiGLU feed-forward", "llama", "processes each token separately, in every block",
          "rmsnorm-swiglu llama_layers:FeedForward",
          "moe mixture_of_experts:MoEFeedForward other_weights"),
    _part("rope-angles", "RoPE angles", "llama", "the table of the angle of every position",
          "rope rope:compute_rope_params"),
    _part("rope", "RoPE", "llama", "rotates queries and keys by their position",
          "rope rope:apply_rope"),
    _part("grouped-attention", "Grouped-query attention", "llama", "lets each token read the earlier ones",
          "gqa grouped_query_attention:GroupedQueryAttention"),
    _part("llama-model", "Model", "llama", "embedding, blocks, final norm and output head",
          "llama-model llama_model:Llama3Model"),
    _part("linear", "Quantized linear", "gpt llama", "every linear layer of the blocks, with weights of 8 bits",
          "quantize quantization:QuantizedLinear alters"),
    _part("sampler", "Sampler", "gpt llama", "the loop that chooses one token after the other",
          "sample-generate generation:generate",
          "greedy-generate greedy_generation:generate_text_simple",
          "kv-cache kv_cache:generate_text_simple_cached"),
    _part("filter", "Top-p filter", "gpt llama", "excludes unlikely tokens before one is drawn",
          "top-p-min-p logits_filter:filter_logits"),
    _part("softmax", "Softmax", "gpt llama", "turns logits into the probabilities that are shown",
          "stable-softmax basics:softmax"),
    _part("loss", "Loss", "gpt llama", "measures the model on a text",
          "lm-loss loss:calc_loss_batch", "cross-entropy basics:cross_entropy"),
)  # fmt: skip

BY_ID = {part.id: part for part in PARTS}


def parts_of(architecture: str) -> tuple[Part, ...]:
    """Returns the parts of a model, in the order in which the data pass them."""
    return tuple(part for part in PARTS if architecture in part.architectures)


def architecture_of(model: str) -> str:
    """Returns the architecture of a model by its name or file: GGUF files and smollm2 are Llamas, others GPTs.

    An adapter's folder stands for the model that it was trained on.
    """
    with contextlib.suppress(AdapterError):
        model, _ = base_and_adapter(model, None)
    return LLAMA if model == "smollm2" or model.endswith(".gguf") else GPT


def parts_from(exercise: str) -> tuple[Part, ...]:
    """Returns the parts that an exercise of this program's course supplies, if any."""
    return tuple(part for part in PARTS if part.supplier(exercise)) if is_own() else ()


def find_part(architecture: str, name: str) -> Part:
    """Returns a model's part by its id. Raises ValueError with the ids that exist."""
    parts = {part.id: part for part in parts_of(architecture)}
    if name not in parts:
        raise ValueError(f"This model has no part {name!r}. Its parts are {', '.join(parts)}.")
    return parts[name]
