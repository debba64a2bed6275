from parts import MultiHeadAttentionWrapper


def wrapper_of_width(d_in, width, context_length, num_heads):
    d_out, rest = divmod(width, num_heads)
    if rest:
        raise ValueError("width must be a multiple of num_heads")
    sizes = {"d_in": d_in, "d_out": d_out, "context_length": context_length, "num_heads": num_heads}
    return MultiHeadAttentionWrapper(dropout=0.0, **sizes)
