"""The parts of months 2 to 4 together: from a text and a configuration to a GPT that continues a prompt.

Shapes: sequence length T, n new tokens.
"""

from __future__ import annotations

from typing import Any

import torch

from reference.gpt import GPTModel
from reference.greedy_generation import generate_text_simple
from reference.text import SimpleTokenizerV2, build_vocab, split_words

SPECIALS = ("<|endoftext|>", "<|unk|>")


def build_gpt(cfg: dict[str, Any], text: str) -> tuple[GPTModel, SimpleTokenizerV2]:
    """Returns an untrained GPT in evaluation mode, and the tokenizer with the words of a text.

    cfg has the keys of a GPT but vocab_size, which is the size of the vocabulary. Book, sections 2.4 and 4.6.
    """
    words = split_words(text)
    vocab = build_vocab(words, SPECIALS)
    tokenizer = SimpleTokenizerV2(vocab)
    model_cfg = {**cfg, "vocab_size": len(vocab)}  # leaves cfg as it is
    model = GPTModel(model_cfg)
    model.eval()
    return model, tokenizer


def write_text(model: Any, tokenizer: Any, prompt: str, max_new_tokens: int) -> str:
    """Returns the prompt and its greedy continuation by max_new_tokens tokens as a text. Book, section 4.7.

    The model gets at most as many tokens as pos_emb has rows. Its mode is restored.
    """
    ids = tokenizer.encode(prompt)
    idx = torch.tensor(ids).unsqueeze(0)  # (1, T)
    context_size = model.pos_emb.num_embeddings
    was_training = model.training
    model.eval()
    generated = generate_text_simple(model, idx, max_new_tokens, context_size)  # (1, T + n)
    model.train(was_training)
    all_ids = generated[0].tolist()
    text: str = tokenizer.decode(all_ids)
    return text
