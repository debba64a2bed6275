import torch
from torch.utils.data import DataLoader, Dataset


class ToyDataset(Dataset):
    """Splits X and y into rows once, in __init__."""

    def __init__(self, X, y, transform=None):
        super().__init__()
        self.transform = transform
        self.rows = list(zip(X.unbind(0), y.unbind(0), strict=True))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, idx):
        x, y = self.rows[idx]
        if self.transform is not None:
            x = self.transform(x)
        return x, y


if __name__ == "__main__":
    ds = ToyDataset(torch.zeros(4, 2), torch.zeros(4))
    print(next(iter(DataLoader(ds, batch_size=2))))
