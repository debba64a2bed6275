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
TOKENS, ROUNDS = 64, 5

Seconds = list[float]
Speaker = Callable[[Any], tuple[list[int], Seconds]]  # prompt ids to tokens, and when each of them was there


def run() -> list[tuple[str, str, str]]:
    """Rows of (what, figure, against). Fetches the model and installs transformers if they are missing."""
    model = store.add("smollm2")
    install()
    # a process of its own: its packages and its one thread are nobody else's
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "benchmarks.decoding", "--measure", str(model)]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    speeds: dict[str, Seconds] = found["speeds"]
    rows = []
    for name, title in (("generate", "generate"), ("loop", "bare loop over the model")):
        ratios = [a / b for a, b in zip(speeds["ours"], speeds[name], strict=True)]
        ours, theirs = statistics.median(speeds["ours"]), statistics.median(speeds[name])
        rows.append(
            (
                "decoding SmolLM2 135M, float32, one thread",
                f"{ours:.1f} tokens/s, {statistics.median(ratios):.2f} times as fast "
                f"({min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} rounds)",
                f"transformers {found['version']}, {title}: {theirs:.1f} tokens/s",
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
    """Runs everybody in turn, round after round; tokens per second between the first token and the last."""
    import torch

    sys.path.append(str(SITE))  # behind the project's own packages
    import transformers

    torch.set_num_threads(1)
    from reference.chat_template import render_chat
    from reference.llama_gguf import load_llama

    loaded = load_llama(path)
    text = render_chat(loaded.tokenizer.chat_template or "", [{"role": "user", "content": PROMPT}])
    prompt = torch.tensor([loaded.tokenizer.encode(text)])
    theirs = in_transformers(path)
    speakers: dict[str, Speaker] = {
        "ours": lambda ids: speak(loaded.model, ids),
        "generate": lambda ids: speak_by_generate(theirs, ids),
        "loop": lambda ids: speak_by_loop(theirs, ids),
    }
    speeds: dict[str, Seconds] = {name: [] for name in speakers}
    said: dict[str, list[int]] = {}
    with torch.inference_mode():
        for round_ in range(ROUNDS + 1):
            for name, speaker in speakers.items():
                said[name], times = speaker(prompt)
                if round_ > 0:  # the first warms up
                    speeds[name].append((len(times) - 1) / (times[-1] - times[0]))
    same = sum(a == b == c for a, b, c in zip(said["ours"], said["generate"], said["loop"], strict=True))
    return {"speeds": speeds, "same": same, "version": transformers.__version__}


def speak(model: Any, ids: Any) -> tuple[list[int], Seconds]:
    """Greedy decoding with our model."""
    from reference.llama import KVCache

    cache, tokens, times = KVCache(model.cfg), [], []
    for _ in range(TOKENS):
        ids = model(ids, cache, last_only=True)[:, -1].argmax(dim=-1, keepdim=True)
        tokens.append(ids.item())
        times.append(time.perf_counter())
    return tokens, times


def speak_by_loop(model: Any, ids: Any) -> tuple[list[int], Seconds]:
    """The same with the model of transformers and its own cache."""
    past, tokens, times = None, [], []
    for _ in range(TOKENS):
        out = model(input_ids=ids, past_key_values=past, use_cache=True, logits_to_keep=1)
        past, ids = out.past_key_values, out.logits[:, -1].argmax(dim=-1, keepdim=True)
        tokens.append(ids.item())
        times.append(time.perf_counter())
    return tokens, times


def speak_by_generate(model: Any, ids: Any) -> tuple[list[int], Seconds]:
    """The same with `generate` of transformers, which tells a streamer of each token."""
    import torch

    class Clock:
        def __init__(self) -> None:
            self.times: Seconds = []

        def put(self, value: object) -> None:
            self.times.append(time.perf_counter())

        def end(self) -> None:
            pass

    clock = Clock()
    settings = {"max_new_tokens": TOKENS, "min_new_tokens": TOKENS, "do_sample": False, "streamer": clock}
    out = model.generate(ids, attention_mask=torch.ones_like(ids), **settings)
    return out[0, ids.shape[1] :].tolist(), clock.times[1:]  # the first call is the prompt


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
