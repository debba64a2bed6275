"""Row numbers are drawn with Python's random module; each part keeps the order of df."""

import random


def create_balanced_dataset(df):
    labels = list(df["Label"])
    spam = [row for row, label in enumerate(labels) if label == "spam"]
    ham = [row for row, label in enumerate(labels) if label != "spam"]
    return df.take(sorted(spam + random.sample(ham, len(spam))))


def random_split(df, train_frac, validation_frac):
    rows = random.sample(range(len(df)), len(df))
    first = int(len(df) * train_frac)
    second = first + int(len(df) * validation_frac)
    parts = rows[:first], rows[first:second], rows[second:]
    return tuple(df.iloc[sorted(part)].reset_index(drop=True) for part in parts)
