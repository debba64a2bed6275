import random

import pandas as pd


def create_balanced_dataset(df: pd.DataFrame) -> pd.DataFrame:
    spam = df.loc[df.Label.eq("spam")]
    ham = df.loc[df.Label.eq("ham")]
    places = random.sample(range(len(ham)), len(spam))
    return pd.concat([spam, ham.iloc[places]], ignore_index=True)


def random_split(df, train_frac=0.7, validation_frac=0.1):
    train = df.sample(n=int(len(df) * train_frac), random_state=123)
    rest = df.drop(train.index).sample(frac=1, random_state=123)
    size = int(len(df) * validation_frac)
    return [train, rest.head(size), rest.iloc[size:]]
