"""transformers and llama.cpp for the decoding benchmark: their installation, and their models from the same file.

They are installed into benchmarks/.venv/site, which only the benchmark's process imports from. llama-cpp-python is
built from source, which needs a C++ compiler and some minutes.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

SITE = Path(__file__).parent / ".venv" / "site"
PACKAGES = {"transformers": ["transformers>=5,<6"], "llama.cpp": ["llama-cpp-python>=0.3.16,<0.4"]}
MODULES = {"transformers": "transformers", "llama.cpp": "llama_cpp"}
# only the library, for this machine's processor
CMAKE_ARGS = "-DGGML_NATIVE=ON -DLLAVA_BUILD=OFF -DLLAMA_CURL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_TOOLS=OFF"

Ids = list[int]
Decoder = Callable[[Ids], int]  # processes ids that continue the earlier ones, returns the most likely next id


def install() -> dict[str, str]:
    """Installs what is not installed yet. Returns why a package could not be installed, by its name."""
    missing = {}
    for name, packages in PACKAGES.items():
        if (SITE / MODULES[name]).is_dir():
            continue
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(SITE)]
        environment = os.environ | {"CMAKE_ARGS": CMAKE_ARGS}
        done = subprocess.run([*pip, *packages], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            lines = done.stdout.decode(errors="replace").strip().splitlines() or ["no message"]
            missing[name] = f"{packages[0]} could not be installed: {lines[-1]}"
    return missing


def is_installed(name: str) -> bool:
    return (SITE / MODULES[name]).is_dir()


def load_llama_cpp(path: Path, threads: int) -> tuple[Callable[[], Decoder], str]:
    """Returns a function that starts a new text with llama.cpp, and its version."""
    import llama_cpp
    import numpy as np

    model = llama_cpp.Llama(
        str(path), n_ctx=1024, n_batch=512, n_ubatch=512, n_threads=threads, n_threads_batch=threads, verbose=False
    )

    def start() -> Decoder:
        model.reset()

        def decode(ids: Ids) -> int:
            model.eval(ids)
            logits = llama_cpp.llama_get_logits_ith(model.ctx, -1)
            return int(
                np.ctypeslib.as_array(ctypes.cast(logits, ctypes.POINTER(ctypes.c_float)), (model.n_vocab(),)).argmax()
            )

        return decode

    return start, llama_cpp.__version__


def load_transformers(path: Path) -> tuple[Callable[[], Decoder], str]:
    """Returns a function that starts a new text with transformers in float32, and its version."""
    import torch
    import transformers

    warnings.filterwarnings("ignore", category=FutureWarning)
    transformers.logging.set_verbosity_error()
    model = _llama_for_causal_lm(path)

    def start() -> Decoder:
        past: Any = None

        def decode(ids: Ids) -> int:
            nonlocal past
            out = model(input_ids=torch.tensor([ids]), past_key_values=past, use_cache=True, logits_to_keep=1)
            past = out.past_key_values
            return int(out.logits[0, -1].argmax())

        return decode

    return start, transformers.__version__


def _llama_for_causal_lm(path: Path) -> Any:
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
