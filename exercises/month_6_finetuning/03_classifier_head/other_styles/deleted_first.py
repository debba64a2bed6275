import torch.nn as nn


def to_classifier(model, num_classes):
    emb_dim = model.final_norm.scale.numel()
    trained = {id(p) for m in (model.trf_blocks[-1], model.final_norm) for p in m.parameters()}
    for p in model.parameters():
        p.requires_grad_(id(p) in trained)
    del model.out_head
    model.out_head = nn.Linear(in_features=emb_dim, out_features=num_classes, bias=True)
    return model
