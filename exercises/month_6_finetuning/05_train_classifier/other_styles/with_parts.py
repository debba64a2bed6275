import itertools

from parts import calc_accuracy_loader, calc_loss_batch, evaluate_model


def train_classifier_simple(
    model, train_loader, val_loader, optimizer, device, num_epochs, eval_freq, eval_iter, verbose=False
):
    steps = itertools.count()
    losses, accuracies, examples_seen = [], [], 0
    for _ in range(1, num_epochs + 1):
        model.train(True)
        for batch in train_loader:
            inputs, targets = (tensor.to(device) for tensor in batch)
            optimizer.zero_grad()
            calc_loss_batch(inputs, targets, model, device).backward()
            optimizer.step()
            examples_seen += targets.numel()
            if next(steps) % eval_freq == 0:
                losses.append(evaluate_model(model, train_loader, val_loader, device, eval_iter))
                if verbose:
                    print(losses[-1])
        accuracies.append([calc_accuracy_loader(part, model, device, eval_iter) for part in (train_loader, val_loader)])
    return (
        [pair[0] for pair in losses],
        [pair[1] for pair in losses],
        [pair[0] for pair in accuracies],
        [pair[1] for pair in accuracies],
        examples_seen,
    )
