import pandas as pd


def create_balanced_dataset(df):
    """Returns all spam and equally many ham messages, which are drawn at random.

    df: a DataFrame with the columns Label ("ham" or "spam") and Text
    Returns a new DataFrame with the same columns.
    """
    raise NotImplementedError


def random_split(df, train_frac, validation_frac):
    """Shuffles the rows and splits them into three parts without common rows.

    df: a DataFrame
    train_frac, validation_frac: the fractions of the rows in the first two parts
    Returns the DataFrames train_df, validation_df, test_df; the last has the rest.
    """
    raise NotImplementedError
