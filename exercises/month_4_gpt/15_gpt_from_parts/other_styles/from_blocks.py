"""Assembles the model from the blocks and generates in a loop of its own."""

import torch
from parts import LayerNorm, SimpleTokenizerV2, TransformerBlock, build_vocab, split_words
from torch import nn


class Model(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.tok_emb = nn.Embedding(cfg["vocab_size"], cfg["emb_dim"])
        self.pos_emb = nn.Embedding(cfg["context_length"], cfg["emb_dim"])
        self.drop_emb = nn.Dropout(cfg["drop_rate"])
        self.trf_blocks = nn.ModuleList([TransformerBlock(cfg) for _ in range(cfg["n_layers"])])
        self.final_norm = LayerNorm(cfg["emb_dim"])
        self.out_head = nn.Linear(cfg["emb_dim"], cfg["vocab_size"], bias=False)

    def forward(self, in_idx):
        x = self.drop_emb(self.tok_emb(in_idx) + self.pos_emb.weight[: in_idx.shape[1]])
        for block in self.trf_blocks:
            x = block(x)
        return self.out_head(self.final_norm(x))


def build_gpt(cfg, text):
    vocabulary = build_vocab(split_words(text), ["<|endoftext|>", "<|unk|>"])
    return Model(dict(cfg, vocab_size=len(vocabulary))).eval(), SimpleTokenizerV2(vocabulary)


@torch.inference_mode()
def write_text(model, tokenizer, prompt, max_new_tokens):
    training = model.training
    model.eval()
    ids = list(tokenizer.encode(prompt))
    context = len(model.pos_emb.weight)
    for _ in range(max_new_tokens):
        scores = model(torch.tensor([ids[-context:]]))[0, -1]
        ids.append(int(scores.argmax()))
    model.train(training)
    return tokenizer.decode(ids)
