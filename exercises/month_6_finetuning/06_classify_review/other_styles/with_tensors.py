import torch
import torch.nn.functional as F


@torch.inference_mode()
def classify_review(text, model, tokenizer, device, max_length=None, pad_token_id=50256):
    was_training = model.training
    model.eval()
    ids = torch.tensor([tokenizer.encode(text)], dtype=torch.long).to(device)
    if max_length is not None:
        ids = ids[:, :max_length]
        ids = F.pad(ids, (0, max_length - ids.shape[1]), value=pad_token_id)
    probabilities = model(ids)[0, -1].softmax(dim=0)
    model.train(was_training)
    return ("not spam", "spam")[probabilities.argmax().item()]
