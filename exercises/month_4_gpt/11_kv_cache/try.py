"""Your cache, measured here: the time of each new token with it and without it, and its size in GPT-2."""

import time

import torch

from exercises.drawings import Curves, Table
from exercises.kit import Int

CFG = {"vocab_size": 256, "context_length": 256, "emb_dim": 64, "n_heads": 4, "n_layers": 2, "drop_rate": 0.0,
       "qkv_bias": False}  # fmt: skip
GPT2 = {"gpt2-small": (768, 12), "gpt2-medium": (1024, 24), "gpt2-large": (1280, 36), "gpt2-xl": (1600, 48)}
STEP = 8  # of the lengths that are measured without the cache


def milliseconds(call):
    started = time.thread_time()  # other programs on this machine do not count
    call()
    return 1000 * (time.thread_time() - started)


def draw(impl, tokens: Int[32, 256] = 192):
    model = impl.GPTModel(CFG).eval()
    ids = torch.randint(0, 256, (1, tokens))
    cached, uncached = [], []
    with torch.no_grad():
        model(ids[:, :2]), model.reset_kv_cache()  # the first call is slower
        for n in range(tokens):
            cached.append((n + 1, milliseconds(lambda n=n: model(ids[:, n : n + 1], use_cache=True))))
        model.reset_kv_cache()
        for n in range(STEP, tokens + 1, STEP):
            uncached.append((n, min(milliseconds(lambda n=n: model(ids[:, :n])) for _ in range(3))))
    smooth = [(x, min(y for _, y in cached[max(0, x - STEP) : x])) for x, _ in cached[STEP - 1 :: STEP]]
    quick, slow = smooth[-1][1], uncached[-1][1]
    rows = [[name, f"{2 * 4 * width * layers / 1024:.0f} KB", f"{2 * 4 * width * layers * 1024 / 2**20:.0f} MB"]
            for name, (width, layers) in GPT2.items()]  # fmt: skip
    return [
        Curves({"without": uncached, "with cache": smooth}, x="tokens so far", y="ms of processor time",
               title="Measured just now, with your model on this machine",
               caption=f"Token {tokens} took {slow:.2f} ms without the cache and {quick:.2f} ms with it: "
                       f"{slow / quick:.1f} times as fast."),
        Table(["model", "per token", "for 1,024 tokens"], rows, title="What a cache costs: keys and values in float32",
              caption="2 · emb_dim · layers numbers for each token, in exchange for computing only the new token."),
    ]  # fmt: skip
