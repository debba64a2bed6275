"""Uses no base class, since a DataLoader needs only two methods."""

from dataclasses import dataclass

from torch import Tensor


@dataclass
class ToyDataset:
    X: Tensor
    y: Tensor

    def __getitem__(self, i: int):
        return self.X[i, :], self.y[i]

    def __len__(self) -> int:
        return self.X.size(0)
