import torch

from parts import calc_loss_batch, clip_grad_norm, evaluate_model, lr_at


def train_model(model, train_loader, val_loader, optimizer, device,
                n_epochs, eval_freq, eval_iter, start_context, tokenizer,
                warmup_steps, initial_lr=3e-05, min_lr=1e-6):
    """Trains a language model with warm-up, cosine decay and clipping.

    train_loader, val_loader: yield batches (inputs, targets), (B, T) each
    optimizer: its learning rate is the peak of the schedule
    n_epochs: number of passes through train_loader
    eval_freq, eval_iter: evaluate every eval_freq steps, on eval_iter batches
    start_context, tokenizer: for a sample of text after each epoch
    warmup_steps: number of steps in which the rate rises from initial_lr
    min_lr: the rate that the cosine falls to
    Returns train_losses, val_losses, track_tokens_seen, track_lrs.
    """
    raise NotImplementedError
