import numpy as np


def create_balanced_dataset(df):
    n = df["Label"].value_counts().min()
    return df.groupby("Label").sample(n=n).sample(frac=1).reset_index(drop=True)


def random_split(df, train_frac, validation_frac):
    order = np.random.permutation(len(df))
    n, m = int(len(df) * train_frac), int(len(df) * validation_frac)
    return df.iloc[order[:n]], df.iloc[order[n : n + m]], df.iloc[order[n + m :]]
