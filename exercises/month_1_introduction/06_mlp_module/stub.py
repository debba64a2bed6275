import torch


class NeuralNetwork(torch.nn.Module):
    """A network with two hidden layers: (N, num_inputs) -> logits (N, num_outputs)."""

    def __init__(self, num_inputs, num_outputs):
        super().__init__()
        # self.layers: the layers, in their order
        raise NotImplementedError

    def forward(self, x):
        """x: (N, num_inputs). Returns the logits, (N, num_outputs)."""
        raise NotImplementedError
