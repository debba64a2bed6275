"""Balances a table of labelled messages and splits it into three parts (book, section 6.2).

A table is a DataFrame with a row for each message. Shapes: N rows.
"""

from __future__ import annotations

import pandas as pd


def create_balanced_dataset(df: pd.DataFrame) -> pd.DataFrame:
    """Returns all spam and equally many ham messages, which are drawn at random. Book, section 6.2.

    df: the columns Label ("ham" or "spam") and Text; at least as much ham as spam
    """
    spam = df[df["Label"] == "spam"]
    ham = df[df["Label"] == "ham"]
    ham_subset = ham.sample(n=len(spam), random_state=0)  # without replacement: no row twice
    balanced_df = pd.concat([ham_subset, spam])
    return balanced_df


def random_split(
    df: pd.DataFrame, train_frac: float, validation_frac: float
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Returns the training, validation and test part of a shuffled table. Book, section 6.2.

    train_frac, validation_frac: the fractions of the first two parts, rounded down to rows; the rest is for the test
    """
    shuffled = df.sample(frac=1, random_state=0)  # (N,) rows in a random order
    train_end = int(len(df) * train_frac)
    validation_end = train_end + int(len(df) * validation_frac)
    train_df = shuffled.iloc[:train_end]
    validation_df = shuffled.iloc[train_end:validation_end]
    test_df = shuffled.iloc[validation_end:]
    return train_df, validation_df, test_df
