import parts


def wrapper_of_width(d_in, width, context_length, num_heads):
    return parts.MultiHeadAttentionWrapper(d_in, int(width / num_heads), context_length, 0.0, num_heads, qkv_bias=False)
