import torch


def softmax(x, dim=-1):
    m, _ = torch.max(x.detach(), dim, keepdim=True)
    e_x = torch.exp(x - m)
    return e_x / torch.sum(e_x, dim).unsqueeze(dim)
