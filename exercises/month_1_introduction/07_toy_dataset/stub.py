from torch.utils.data import Dataset


class ToyDataset(Dataset):
    """Gives a DataLoader access to single examples with their labels."""

    def __init__(self, X, y):
        """Stores the features X, (N, F), and the labels y, (N,)."""
        raise NotImplementedError

    def __getitem__(self, index):
        """Returns the features, (F,), and the label, (), of one example."""
        raise NotImplementedError

    def __len__(self):
        """Returns the number of examples, N."""
        raise NotImplementedError
