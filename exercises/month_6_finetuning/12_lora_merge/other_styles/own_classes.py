"""Defines LoRA as other libraries do: A and B are linear layers, scaled by alpha / rank."""

from torch import nn


class LinearWithLoRA(nn.Module):
    def __init__(self, base_layer, r, lora_alpha):
        super().__init__()
        self.base_layer = base_layer
        self.lora_A = nn.Linear(base_layer.in_features, r, bias=False)
        self.lora_B = nn.Linear(r, base_layer.out_features, bias=False)
        nn.init.zeros_(self.lora_B.weight)
        self.scaling = lora_alpha / r

    def forward(self, x):
        return self.base_layer(x) + self.lora_B(self.lora_A(x)) * self.scaling

    def get_delta_weight(self):
        return self.lora_B.weight @ self.lora_A.weight * self.scaling


def merge_lora(model: nn.Module) -> nn.Module:
    for module in model.modules():
        for name, child in list(module._modules.items()):
            if isinstance(child, LinearWithLoRA):
                child.base_layer.weight.data += child.get_delta_weight().data
                module._modules[name] = child.base_layer
    return model
