from parts import MultiHeadAttention


def gpt2_attention():
    num_heads, head_dim = 12, 64
    d_in = d_out = num_heads * head_dim
    mha = MultiHeadAttention(d_in, d_out, 2**10, 0.0, num_heads)
    return mha
