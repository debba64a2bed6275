import numpy as np
import torch


def assign(left, right):
    """Returns the numbers of right as an nn.Parameter.

    left: a parameter of the model, which gives the expected shape
    right: a NumPy array of the weights file
    Raises ValueError if the shapes differ.
    """
    raise NotImplementedError


def load_weights_into_gpt(gpt, params):
    """Replaces every weight of gpt by the one in params, in place.

    gpt: a GPTModel with qkv_bias=True and the sizes of params
    params: GPT-2's weights as nested dictionaries of NumPy arrays
    """
    raise NotImplementedError
