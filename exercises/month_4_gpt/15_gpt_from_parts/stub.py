import torch
from parts import GPTModel, SimpleTokenizerV2, build_vocab, generate_text_simple, split_words


def build_gpt(cfg, text):
    """Builds an untrained GPT with a vocabulary for a text.

    cfg: a dict with context_length, emb_dim, n_heads, n_layers, drop_rate, qkv_bias; vocab_size is not in it
    text: its words and punctuation are the vocabulary, with "<|endoftext|>" and "<|unk|>" at the end
    Returns (model, tokenizer), the model in evaluation mode.
    """
    raise NotImplementedError


def write_text(model, tokenizer, prompt, max_new_tokens):
    """Continues a prompt greedily.

    model: a GPT; model.pos_emb.num_embeddings is its context length
    tokenizer: has encode(text), which gives a list of ids, and decode(ids)
    Returns the prompt and max_new_tokens new tokens, decoded together.
    """
    raise NotImplementedError
