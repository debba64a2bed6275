"""Decoding speed against Hugging Face transformers: the same weights in float32, one thread, in alternation.

transformers is installed for this figure only, beside the project's own packages, into benchmarks/.venv/site.
Run it by itself with `python -m benchmarks.decoding`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playground import store

ROOT = Path(__file__).parents[1]
SITE = ROOT / "benchmarks" / ".venv" / "site"
TRANSFORMERS = "transformers>=5,<6"
PROMPT = "Explain self-attention in one paragraph."
TOKENS, ROUNDS = 64, 3

Seconds = list[float]
Step = Callable[[], int]  # one more token


def run() -> list[tuple[str, str, str]]:
    """Rows of (what, figure, against). Fetches the model and installs transformers if they are missing."""
    model = store.add("smollm2")
    install()
    # a process of its own: its packages and its one thread are nobody else's
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "benchmarks.decoding", "--measure", str(model)]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    medians = {name: [statistics.median(times) for times in rounds] for name, rounds in found["times"].items()}
    ours = statistics.median(medians["ours"])
    rows = []
    for name, title in (("generate", "generate"), ("loop", "a bare loop over the model")):
        ratios = [theirs / mine for theirs, mine in zip(medians[name], medians["ours"], strict=True)]
        rows.append(
            (
                "decoding SmolLM2 135M, float32, one thread",
                f"{1 / ours:.1f} tokens/s, {statistics.median(ratios):.2f} times as fast "
                f"({min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} rounds)",
                f"transformers {found['version']}, {title}: {1 / statistics.median(medians[name]):.1f} tokens/s",
            )
        )
    rows.append(("the same tokens, greedy", f"{found['same']} of {TOKENS}", "transformers"))
    return rows


def install() -> None:
    """transformers, where the project's environment does not see it."""
    if not (SITE / "transformers").is_dir():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--target", str(SITE), TRANSFORMERS], check=True, stdout=sys.stderr)


def measure(path: Path) -> dict[str, Any]:
    """The seconds that each token took everybody, round after round.

    They take turns token by token: whatever else the machine does then slows all of them alike. The turns are
    given by `generate` of transformers, which calls a streamer after each of its tokens.
    """
    import torch

    sys.path.append(str(SITE))  # behind the project's own packages
    import transformers

    torch.set_num_threads(1)
    from reference.chat_template import render_chat
    from reference.llama_gguf import load_llama

    loaded = load_llama(path)
    text = render_chat(loaded.tokenizer.chat_template or "", [{"role": "user", "content": PROMPT}])
    ids = torch.tensor([loaded.tokenizer.encode(text)])
    model = in_transformers(path)
    times: dict[str, list[Seconds]] = {"ours": [], "loop": [], "generate": []}
    same = 0
    with torch.inference_mode():
        for round_ in range(ROUNDS + 1):
            turns = Turns({"ours": our_steps(loaded.model, ids), "loop": their_steps(model, ids)})
            settings = {"max_new_tokens": TOKENS, "min_new_tokens": TOKENS, "do_sample": False}
            out = model.generate(ids, attention_mask=torch.ones_like(ids), streamer=turns, **settings)
            theirs = out[0, ids.shape[1] :].tolist()
            same = sum(len({*said}) == 1 for said in zip(theirs, *turns.said.values(), strict=True))
            for name, seconds in turns.times.items():
                if round_ > 0:  # the first warms up
                    times[name].append(seconds[1:])  # the first token is the prompt's
    return {"times": times, "same": same, "version": transformers.__version__}


class Turns:
    """A streamer that lets the others take one step each after every token of `generate`."""

    def __init__(self, steps: dict[str, Step]) -> None:
        self.steps = steps
        self.said: dict[str, list[int]] = {name: [] for name in steps}
        self.times: dict[str, Seconds] = {name: [] for name in [*steps, "generate"]}
        self.resumed: float | None = None  # None before the prompt was put

    def put(self, value: object) -> None:
        if self.resumed is not None:
            self.times["generate"].append(time.perf_counter() - self.resumed)
            for name, step in self.steps.items():
                began = time.perf_counter()
                self.said[name].append(step())
                self.times[name].append(time.perf_counter() - began)
        self.resumed = time.perf_counter()

    def end(self) -> None:
        pass


def our_steps(model: Any, ids: Any) -> Step:
    """Greedy decoding with our model."""
    from reference.llama import KVCache

    cache = KVCache(model.cfg)

    def step() -> int:
        nonlocal ids
        ids = model(ids, cache, last_only=True)[:, -1].argmax(dim=-1, keepdim=True)
        return int(ids)

    return step


def their_steps(model: Any, ids: Any) -> Step:
    """The same with the model of transformers and its own cache, without `generate` around it."""
    past = None

    def step() -> int:
        nonlocal ids, past
        out = model(input_ids=ids, past_key_values=past, use_cache=True, logits_to_keep=1)
        past, ids = out.past_key_values, out.logits[:, -1].argmax(dim=-1, keepdim=True)
        return int(ids)

    return step


def in_transformers(path: Path) -> Any:
    """LlamaForCausalLM with the weights of the GGUF file."""
    from transformers import LlamaConfig, LlamaForCausalLM

    from reference.gguf_file import GGUFFile
    from reference.llama_gguf import read_config

    file = GGUFFile(path)
    cfg = read_config(file.values)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=cfg.vocab_size,
            hidden_size=cfg.emb_dim,
            intermediate_size=cfg.hidden_dim,
            num_hidden_layers=cfg.n_layers,
            num_attention_heads=cfg.n_heads,
            num_key_value_heads=cfg.n_kv_groups,
            max_position_embeddings=cfg.context_length,
            rms_norm_eps=cfg.norm_eps,
            rope_parameters={"rope_type": "default", "rope_theta": cfg.rope_base},
            tie_word_embeddings=True,
            bos_token_id=1,
            eos_token_id=2,
            pad_token_id=2,
        )
    )

    def halves(weight: Any, heads: int) -> Any:
        """RoPE's pairs from side by side, as GGUF has them, to first half and second half of a head."""
        return weight.view(heads, -1, 2, cfg.emb_dim).transpose(1, 2).reshape(weight.shape)

    weights = {"model.embed_tokens": "token_embd", "lm_head": "token_embd", "model.norm": "output_norm"}
    for i in range(cfg.n_layers):
        names = {
            "input_layernorm": "attn_norm",
            "self_attn.q_proj": "attn_q",
            "self_attn.k_proj": "attn_k",
            "self_attn.v_proj": "attn_v",
            "self_attn.o_proj": "attn_output",
            "post_attention_layernorm": "ffn_norm",
            "mlp.gate_proj": "ffn_gate",
            "mlp.up_proj": "ffn_up",
            "mlp.down_proj": "ffn_down",
        }
        weights |= {f"model.layers.{i}.{theirs}": f"blk.{i}.{ours}" for theirs, ours in names.items()}
    state = {f"{theirs}.weight": file.tensor(f"{ours}.weight") for theirs, ours in weights.items()}
    for name, weight in state.items():
        if name.endswith(("q_proj.weight", "k_proj.weight")):
            state[name] = halves(weight, cfg.n_heads if "q_proj" in name else cfg.n_kv_groups)
    model.load_state_dict(state)
    return model.eval()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(Path(sys.argv[2]))))
    else:
        from rich.console import Console
        from rich.table import Table

        table = Table("what", "figure", "against", title="Decoding")
        for row in run():
            table.add_row(*row)
        Console().print(table)
