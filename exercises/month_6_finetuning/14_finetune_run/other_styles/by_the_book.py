"""Follows appendix E, with the loss of parts and the class of its own for LoRA layers."""

import torch
from parts import LoRALayer, calc_loss_batch


class LinearWithLoRA(torch.nn.Module):
    def __init__(self, linear, rank, alpha):
        super().__init__()
        self.linear = linear
        self.lora = LoRALayer(linear.in_features, linear.out_features, rank, alpha)

    def forward(self, x):
        return self.linear(x) + self.lora(x)


def replace_linear_with_lora(model, rank, alpha):
    for name, module in model.named_children():
        if isinstance(module, torch.nn.Linear):
            setattr(model, name, LinearWithLoRA(module, rank, alpha))
        else:
            replace_linear_with_lora(module, rank, alpha)


def merge(model):
    for name, module in model.named_children():
        if isinstance(module, LinearWithLoRA):
            with torch.no_grad():
                module.linear.weight += module.lora.alpha * (module.lora.A @ module.lora.B).T
            setattr(model, name, module.linear)
        else:
            merge(module)


def prepare_lora(model, num_classes, rank, alpha):
    num_features = model.out_head.in_features
    model.out_head = torch.nn.Linear(num_features, num_classes)
    for param in model.parameters():
        param.requires_grad = False
    replace_linear_with_lora(model, rank=rank, alpha=alpha)


def train_lora(model, train_loader, num_epochs, lr):
    device = next(model.parameters()).device
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=lr)
    train_losses = []
    for _epoch in range(num_epochs):
        model.train()
        losses = torch.zeros(len(train_loader))
        for i, (input_batch, target_batch) in enumerate(train_loader):
            optimizer.zero_grad()
            loss = calc_loss_batch(input_batch, target_batch, model, device)
            loss.backward()
            optimizer.step()
            losses[i] = loss.detach()
        train_losses.append(losses.mean().item())
    return train_losses


def finetune(model, num_classes, train_loader, rank, alpha, num_epochs, lr):
    prepare_lora(model, num_classes, rank, alpha)
    losses = train_lora(model, train_loader, num_epochs, lr)
    merge(model)
    model.eval()
    return losses
