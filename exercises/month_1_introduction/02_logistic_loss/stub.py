def logistic_loss(x, w, b, y):
    """The loss of a logistic regression, a tensor without dimensions.

    x: (N, D), N examples of D features
    w: (D,), a weight for each feature
    b: (), the bias
    y: (N,), the right answers, 0.0 or 1.0
    """
    raise NotImplementedError
