from torch.utils.data import Dataset


class ToyDataset(Dataset):
    """Examples with their labels, one at a time."""

    def __init__(self, X, y):
        """X: the features, (N, F). y: the labels, (N,)."""
        raise NotImplementedError

    def __getitem__(self, index):
        """The features (F,) and the label () of one example."""
        raise NotImplementedError

    def __len__(self):
        """The number of examples, N."""
        raise NotImplementedError
