import torch

from parts import calc_loss_batch, evaluate_model, generate_and_print_sample


def train_model_simple(
    model, train_loader, val_loader, optimizer, device, num_epochs, eval_freq, eval_iter, start_context, tokenizer
):
    """Trains a language model for some epochs, and evaluates it every eval_freq steps.

    model: maps ids (B, T) to logits (B, T, V); it is trained in place
    train_loader, val_loader: yield batches (inputs, targets), (B, T) each
    optimizer: holds the model's parameters
    eval_freq: evaluate after each step whose number, from 0, is divisible by it
    eval_iter: how many batches of each loader an evaluation uses
    start_context: the text that is continued after each epoch
    Returns (train_losses, val_losses, track_tokens_seen), lists with one item for each evaluation.
    """
    raise NotImplementedError
