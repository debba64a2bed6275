"""Writes the folder of a small model, as `fromscratch train` does, with random weights."""

from pathlib import Path

import torch

from playground.byte_bpe import ByteBPE
from playground.model_folder import VOCABULARY, WEIGHTS, ModelConfig, Sizes, write_config
from reference.gpt import GPTModel
from reference.safetensors_file import write_safetensors

TEXT = "<|endoftext|>The cat sat on the mat. <|endoftext|>The hat sat on the cat."


def write_trained_folder(folder: Path, seed: int = 0, **sizes: int) -> Path:
    """Writes a model with 3 heads and 2 blocks; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = ByteBPE()
    tokenizer.train(TEXT, 270)
    tokenizer.save(folder / VOCABULARY)
    cfg = {"vocab_size": tokenizer.vocab_size, "context_length": 48, "emb_dim": 24, "n_heads": 3, "n_layers": 2}
    config = ModelConfig(name="small", cfg=Sizes(**cfg | sizes), steps=10, validation_loss=2.5)
    write_config(folder, config)
    torch.manual_seed(seed)
    write_safetensors(folder / WEIGHTS, GPTModel(config.book_cfg).state_dict())
    return folder
