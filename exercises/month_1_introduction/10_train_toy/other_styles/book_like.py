"""Follows appendix A: writes the training loop and the measure out."""

import torch
import torch.nn.functional as F
from parts import ToyDataset
from torch.utils.data import DataLoader


def share_of_correct(model, loader):
    model = model.eval()
    correct, total = 0.0, 0
    for features, labels in loader:
        with torch.no_grad():
            logits = model(features)
        correct += torch.sum(labels == torch.argmax(logits, dim=1))
        total += len(labels)
    return (correct / total).item()


def train_toy(model, X_train, y_train, X_test, y_test, num_epochs=3, batch_size=2, lr=0.5):
    train_loader = DataLoader(dataset=ToyDataset(X_train, y_train), batch_size=batch_size, shuffle=True, num_workers=0)
    test_loader = DataLoader(dataset=ToyDataset(X_test, y_test), batch_size=batch_size, shuffle=False, num_workers=0)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for epoch in range(num_epochs):
        model.train()
        batch_losses = []
        for features, labels in train_loader:
            loss = F.cross_entropy(model(features), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            batch_losses.append(loss.item())
        history.append(sum(batch_losses) / len(batch_losses))
        print(f"Epoch: {epoch + 1:03d}/{num_epochs:03d} | Train loss: {history[-1]:.2f}")
    return history, share_of_correct(model, train_loader), share_of_correct(model, test_loader)
