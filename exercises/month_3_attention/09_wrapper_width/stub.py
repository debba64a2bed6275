from parts import MultiHeadAttentionWrapper


def wrapper_of_width(d_in, width, context_length, num_heads):
    """Returns a MultiHeadAttentionWrapper that maps (B, T, d_in) to (B, T, width), without dropout."""
    raise NotImplementedError
