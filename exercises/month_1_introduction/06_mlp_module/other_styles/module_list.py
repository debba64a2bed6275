import torch
import torch.nn as nn


class HiddenLayer(nn.Module):
    def __init__(self, units_in, units_out):
        super().__init__()
        self.linear = nn.Linear(units_in, units_out)
        self.activation = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.activation(self.linear(x))


class NeuralNetwork(nn.Module):
    def __init__(self, num_inputs, num_outputs):
        super().__init__()
        self.layers = nn.ModuleList([HiddenLayer(num_inputs, 30), HiddenLayer(30, 20), nn.Linear(20, num_outputs)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


if __name__ == "__main__":
    torch.manual_seed(123)
    print(NeuralNetwork(50, 3))
