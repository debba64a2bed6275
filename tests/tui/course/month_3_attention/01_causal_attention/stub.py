class CausalAttention:
    """One attention head in which a token sees only itself and what came before."""

    def forward(self, x):
        raise NotImplementedError
