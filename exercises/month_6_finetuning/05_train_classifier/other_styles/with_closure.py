"""The optimizer calls a closure, and the curves are columns of a table of measurements."""

from itertools import count

from parts import calc_accuracy_loader, calc_loss_batch, evaluate_model


def train_classifier_simple(model, train_loader, val_loader, optimizer, device, num_epochs, eval_freq, eval_iter):
    steps = count()
    losses, accuracies, sizes = [], [], []

    def closure(inputs, classes):
        optimizer.zero_grad()
        loss = calc_loss_batch(inputs, classes, model, device)
        loss.backward()
        return loss

    for _ in range(num_epochs):
        model.train()
        for inputs, classes in train_loader:
            optimizer.step(lambda batch=(inputs, classes): closure(*batch))
            sizes.append(len(classes))
            if next(steps) % eval_freq == 0:
                losses.append(evaluate_model(model, train_loader, val_loader, device, eval_iter))
        accuracies.append(
            [
                calc_accuracy_loader(loader, model, device, num_batches=eval_iter)
                for loader in (train_loader, val_loader)
            ]
        )
    train_losses, val_losses = (list(column) for column in zip(*losses, strict=True))
    train_accs, val_accs = (list(column) for column in zip(*accuracies, strict=True))
    return train_losses, val_losses, train_accs, val_accs, sum(sizes)
