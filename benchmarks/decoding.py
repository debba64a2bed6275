"""Benchmarks decoding against Hugging Face transformers: the same weights in float32, one thread, alternating tokens.

transformers is installed for this benchmark only, apart from the project's packages, into benchmarks/.venv/site.
Run the benchmark alone with `python -m benchmarks.decoding`.
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
Step = Callable[[], int]  # generates one token


def run() -> list[tuple[str, str, str]]:
    """Rows of (measurement, result, comparison). Fetches the model and installs transformers if they are missing."""
    model = store.add("smollm2")
    install()
    # A separate process limits torch to one thread and keeps transformers out of this one.
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "benchmarks.decoding", "--measure", str(model)]
    completed = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    measured = json.loads(completed.stdout.splitlines()[-1])
    medians = {name: [statistics.median(times) for times in rounds] for name, rounds in measured["times"].items()}
    ours = statistics.median(medians["ours"])
    rows = []
    for name, title in (("generate", "generate"), ("loop", "a bare loop over the model")):
        ratios = [theirs / mine for theirs, mine in zip(medians[name], medians["ours"], strict=True)]
        rows.append(
            (
                "decoding SmolLM2 135M, float32, one thread",
                f"{1 / ours:.1f} tokens/s, {statistics.median(ratios):.2f} times as fast "
                f"({min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} rounds)",
                f"transformers {measured['version']}, {title}: {1 / statistics.median(medians[name]):.1f} tokens/s",
            )
        )
    rows.append(("identical tokens, greedy decoding", f"{measured['same']} of {TOKENS}", "transformers"))
    return rows


def install() -> None:
    """Installs transformers into a folder outside the project's environment."""
    if not (SITE / "transformers").is_dir():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--target", str(SITE), TRANSFORMERS], check=True, stdout=sys.stderr)


def measure(path: Path) -> dict[str, Any]:
    """Seconds per token of each implementation, in several rounds.

    The implementations alternate token by token, so that other load on the machine slows all of them equally:
    `generate` of transformers calls a streamer after each token, and the streamer runs a step of the others.
    """
    import torch

    sys.path.append(str(SITE))  # after the project's own packages
    import transformers

    torch.set_num_threads(1)
    from reference.chat_template import render_chat
    from reference.llama_gguf import load_llama

    loaded = load_llama(path)
    text = render_chat(loaded.tokenizer.chat_template or "", [{"role": "user", "content": PROMPT}])
    ids = torch.tensor([loaded.tokenizer.encode(text)])
    model = load_in_transformers(path)
    times: dict[str, list[Seconds]] = {"ours": [], "loop": [], "generate": []}
    same = 0
    with torch.inference_mode():
        for round_ in range(ROUNDS + 1):
            streamer = AlternatingStreamer({"ours": our_steps(loaded.model, ids), "loop": their_steps(model, ids)})
            settings = {"max_new_tokens": TOKENS, "min_new_tokens": TOKENS, "do_sample": False}
            out = model.generate(ids, attention_mask=torch.ones_like(ids), streamer=streamer, **settings)
            theirs = out[0, ids.shape[1] :].tolist()
            same = sum(len({*tokens}) == 1 for tokens in zip(theirs, *streamer.tokens.values(), strict=True))
            for name, seconds in streamer.times.items():
                if round_ > 0:  # the first round is a warm-up
                    times[name].append(seconds[1:])  # the first step processes the prompt
    return {"times": times, "same": same, "version": transformers.__version__}


class AlternatingStreamer:
    """A streamer that runs one step of each other implementation after every token of `generate`."""

    def __init__(self, steps: dict[str, Step]) -> None:
        self.steps = steps
        self.tokens: dict[str, list[int]] = {name: [] for name in steps}
        self.times: dict[str, Seconds] = {name: [] for name in [*steps, "generate"]}
        self.resumed: float | None = None  # None until `generate` has passed the prompt

    def put(self, value: object) -> None:
        if self.resumed is not None:
            self.times["generate"].append(time.perf_counter() - self.resumed)
            for name, step in self.steps.items():
                started = time.perf_counter()
                self.tokens[name].append(step())
                self.times[name].append(time.perf_counter() - started)
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
    """Greedy decoding with the transformers model and its cache, without `generate`."""
    past = None

    def step() -> int:
        nonlocal ids, past
        out = model(input_ids=ids, past_key_values=past, use_cache=True, logits_to_keep=1)
        past, ids = out.past_key_values, out.logits[:, -1].argmax(dim=-1, keepdim=True)
        return int(ids)

    return step


def load_in_transformers(path: Path) -> Any:
    """Loads the weights of a GGUF file into LlamaForCausalLM."""
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

    def reorder_rope(weight: Any, heads: int) -> Any:
        """Moves RoPE's pairs from adjacent rows, as in GGUF, to the two halves of a head."""
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
            state[name] = reorder_rope(weight, cfg.n_heads if "q_proj" in name else cfg.n_kv_groups)
    model.load_state_dict(state)
    return model.eval()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(Path(sys.argv[2]))))
    else:
        from rich.console import Console
        from rich.table import Table

        table = Table("measurement", "result", "comparison", title="Decoding")
        for row in run():
            table.add_row(*row)
        Console().print(table)
