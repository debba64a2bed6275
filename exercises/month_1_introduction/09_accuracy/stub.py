def compute_accuracy(model, dataloader):
    """The share of all examples that the model classifies correctly, a number from 0 to 1.

    model: gives logits (B, C) for inputs (B, ...)
    dataloader: gives batches (inputs, labels), labels being class numbers (B,)
    """
    raise NotImplementedError
