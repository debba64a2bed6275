def calc_loss_batch(input_batch, target_batch, model, device):
    log_probabilities = model(input_batch.to(device)).log_softmax(dim=-1)
    chosen = log_probabilities.gather(-1, target_batch.to(device)[..., None])
    return -chosen.mean()
