def cross_entropy(logits, targets, ignore_index=-100):
    """The mean of -ln(probability of the right class), as a tensor without dimensions.

    logits: (N, C), a score for each of C classes, for each of N examples
    targets: (N,), the right classes, int64; those equal to ignore_index do not count
    """
    raise NotImplementedError
