import torch


def calc_loss_batch(input_batch, target_batch, model, device):
    input_batch, target_batch = input_batch.to(device), target_batch.to(device)
    last = model(input_batch)[:, -1]
    picked = last.gather(1, target_batch.unsqueeze(1)).squeeze(1)
    return (torch.logsumexp(last, dim=1) - picked).mean()


def calc_accuracy_loader(data_loader, model, device, num_batches=None):
    model.eval()
    correct, total = torch.tensor(0.0), 0
    batches = iter(data_loader)
    for _ in range(min(num_batches or len(data_loader), len(data_loader))):
        inputs, labels = next(batches)
        with torch.no_grad():
            predictions = torch.stack([row[-1].argmax() for row in model(inputs.to(device))])
        correct += (predictions == labels.to(device)).float().sum()
        total += labels.shape[0]
    return (correct / total).item()
