from pathlib import Path

import torch
from torch.utils.data import DataLoader

from parts import GPTDatasetV1, GPTModel, evaluate_model, generate, load_checkpoint, save_checkpoint
from parts import text_to_token_ids, token_ids_to_text, train_model_simple


def pretrain_run(text, tokenizer, cfg, path, num_epochs, start_context, batch_size=8, lr=1e-3):
    """Trains a GPT on a text until it has done num_epochs in total, and can be interrupted and started again.

    text: the first nine tenths are trained on, the rest is for the validation loss
    tokenizer: has encode(text, allowed_special=...) and decode(ids)
    cfg: the dict of GPTModel
    path: the file of the checkpoint; the run continues from it if it exists
    start_context: the text that the sample continues
    Returns (model, val_losses, sample); the sample has 10 new tokens.
    """
    raise NotImplementedError
