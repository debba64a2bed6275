"""Its own loss and measurements, in other shapes."""

import torch
import torch.nn.functional as F


def calc_loss_batch(input_batch, target_batch, model, device):
    return F.cross_entropy(model(input_batch.to(device))[:, -1], target_batch.to(device))


@torch.no_grad()
def measure(model, loader, device, limit, accuracy):
    model.eval()
    values, sizes = [], []
    for number, (x, y) in enumerate(loader):
        if number == limit:
            break
        last = model(x.to(device))[:, -1]
        if accuracy:
            values.append((last.argmax(1) == y.to(device)).sum().item())
            sizes.append(len(y))
        else:
            values.append(F.cross_entropy(last, y.to(device)).item())
            sizes.append(1)
    model.train()
    return sum(values) / sum(sizes)


def train_classifier_simple(model, train_loader, val_loader, optimizer, device, num_epochs, eval_freq, eval_iter):
    history = {key: ([], []) for key in ("losses", "accs")}
    loaders = (train_loader, val_loader)
    seen = 0
    global_step = -1
    model.train()
    for epoch in range(num_epochs):
        for x, y in train_loader:
            global_step += 1
            loss = calc_loss_batch(x, y, model, device)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            seen += x.size(0)
            if not global_step % eval_freq:
                for values, loader in zip(history["losses"], loaders, strict=True):
                    values.append(measure(model, loader, device, eval_iter, False))
        for values, loader in zip(history["accs"], loaders, strict=True):
            values.append(measure(model, loader, device, eval_iter, True))
        print(f"epoch {epoch}: {history['accs'][1][-1]:.2f}")
    return *history["losses"], *history["accs"], seen
