import torch
import torch.nn.functional as F
from torch import nn

from parts import TransformerBlock


def train_char_lm(text, cfg, steps, seed):
    """Trains a small GPT on the characters of a text.

    text: a str, whose last tenth is held out and never used for training
    cfg: a dict with context_length, emb_dim, n_heads, n_layers, drop_rate
    steps: the number of weight updates
    seed: the same seed gives the same model
    Returns (model, encode, decode): a module in evaluation mode that maps ids (B, T) to logits (B, T, V),
    a function str -> list of ids, and a function list of ids -> str.
    """
    raise NotImplementedError
