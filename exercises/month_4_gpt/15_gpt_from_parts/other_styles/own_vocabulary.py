"""Builds the vocabulary by hand, and keeps the mode with try and finally."""

import copy

import torch
from parts import GPTModel, SimpleTokenizerV2, generate_text_simple, split_words


def build_gpt(cfg, text):
    vocab = {}
    for word in [*sorted(set(split_words(text))), "<|endoftext|>", "<|unk|>"]:
        vocab[word] = len(vocab)
    settings = copy.deepcopy(cfg)
    settings.update(vocab_size=len(vocab))
    model = GPTModel(settings)
    return model.eval(), SimpleTokenizerV2(vocab)


def write_text(model, tokenizer, prompt, max_new_tokens):
    mode = model.training
    try:
        model.eval()
        idx = torch.as_tensor(tokenizer.encode(prompt), dtype=torch.long)[None]
        out = generate_text_simple(
            model=model, idx=idx, max_new_tokens=max_new_tokens, context_size=model.pos_emb.weight.shape[0]
        )
        return tokenizer.decode(out.squeeze(0).tolist())
    finally:
        model.train(mode)
