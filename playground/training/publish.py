"""Makes a finished training into a model that is shipped: `python -m playground.training.publish RUN --commands FILE`.

Writes the weights in float16, the configuration, the vocabulary, the log, and CARD.md, whose losses are measured on the
weights as stored. FILE has the commands that made the data and the model, one a line.
"""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path
from typing import Any

import msgspec
import torch

from playground.byte_bpe import ByteBPE
from playground.host.tensor_file import read_checked
from playground.host.text_loss import SAMPLE_SEED, SAMPLE_TOKENS, loss_of_ids, sample_ids
from playground.model_folder import POCKET, VOCABULARY, WEIGHTS, ModelConfig, read_config, write_config
from playground.training.checkpoints import LOG
from playground.training.fused_gpt import fuse
from playground.training.run_folder import TOKENS
from playground.training.trainer import SAMPLE_TEMPERATURE, SAMPLE_TOP_K
from reference.generation import generate
from reference.gpt import GPTModel
from reference.safetensors_file import read_safetensors, write_safetensors

PROMPTS = ("Once upon a time, there was a", "It had snowed all night.", "Tom and Mia wanted to build a boat.")
LENGTH = 200  # tokens of a sample
MAX_BYTES = 12_000_000


def publish(run: Path, target: Path, commands: str) -> ModelConfig:
    """Writes the model of a training's folder to `target`. Raises ValueError if float16 cannot hold the weights."""
    config = copy_model(run, target)
    model, tokenizer = load(target, config), ByteBPE.load(target / VOCABULARY)
    held_out = read_checked(run / TOKENS)[0]["validation"].tolist()
    length = config.cfg.context_length
    published = msgspec.structs.replace(
        config,
        name=target.name,
        recipe={key: base_name(value) for key, value in config.recipe.items()},
        validation_loss=round(loss_of_ids(model, held_out, length), 4),
        sample_loss=round(loss_of_ids(model, sample_ids(tokenizer), length), 4),
    )
    write_config(target, published)
    (target / "CARD.md").write_text(
        card(published, len(held_out), commands, samples(model, tokenizer, length)), "utf-8"
    )
    return published


def copy_model(run: Path, target: Path, max_bytes: int = MAX_BYTES) -> ModelConfig:
    """Writes the weights in float16, the vocabulary and the log. Raises ValueError if the weights are too large."""
    config = read_config(run)
    target.mkdir(exist_ok=True)
    weights = {name: weight.half() for name, weight in read_checked(run / WEIGHTS)[0].items()}
    if not all(weight.isfinite().all() for weight in weights.values()):
        raise ValueError("A weight is too large for float16.")
    write_safetensors(target / WEIGHTS, weights, {"format": "pt"})
    if (target / WEIGHTS).stat().st_size > max_bytes:
        raise ValueError(f"The weights take more than {max_bytes:,} bytes.")
    for name in (VOCABULARY, LOG):
        shutil.copyfile(run / name, target / name)
    return config


def load(folder: Path, config: ModelConfig) -> GPTModel:
    """Returns the stored weights as a model in float32."""
    model = GPTModel(config.book_cfg)
    stored = {name: weight.float() for name, weight in read_safetensors(folder / WEIGHTS).items()}
    model.load_state_dict(stored, strict=False)  # all but the masks
    fuse(model)
    return model.eval()


def samples(model: GPTModel, tokenizer: ByteBPE, context_length: int) -> list[tuple[str, str]]:
    """Returns (prompt, continuation) of each prompt, up to the end of its story."""
    result = []
    for number, prompt in enumerate(PROMPTS):
        torch.manual_seed(number)
        ids = [tokenizer.end_id, *tokenizer.encode(prompt)]
        made = generate(model, torch.tensor([ids]), LENGTH, context_length, SAMPLE_TEMPERATURE, SAMPLE_TOP_K,
                        tokenizer.end_id)  # fmt: skip
        result.append((prompt, tokenizer.decode(made[0, len(ids) :].tolist())))
    return result


def card(config: ModelConfig, held_out: int, commands: str, texts: list[tuple[str, str]]) -> str:
    """Returns the model card as Markdown."""
    cfg, recipe = config.cfg, config.recipe
    tokens = config.steps * recipe["batch_size"] * cfg.context_length
    size = sum(weight.numel() for weight in load_shapes(config))
    written = "\n\n".join(f"> **{prompt}**{text.replace(chr(10), ' ')}" for prompt, text in texts)
    return f"""# {config.name}

A tiny GPT with the architecture of GPT-2, made of the course's classes (`reference.gpt.GPTModel`):
{cfg.n_layers} blocks of {cfg.n_heads} heads, {cfg.emb_dim} dimensions, {cfg.context_length} tokens of context, \
{size:,} weights in float16.

| | |
|---|---|
| data | simple stories of `exercises/texts` (CC0), each after an `<|endoftext|>` |
| tokenizer | byte-level BPE of this project (`playground/byte_bpe.py`) with {cfg.vocab_size:,} tokens, \
from the same data |
| recipe | AdamW, {config.steps:,} steps of {recipe["batch_size"]} × {cfg.context_length} tokens ({tokens:,} in all), \
learning rate {recipe["lr"]:g} with warm-up and cosine, {recipe["precision"]} products, seed {recipe["seed"]} |
| time | {config.seconds:,.0f} seconds on {recipe["threads"] or "all"} thread(s) of a shared machine |
| validation loss | {config.validation_loss:.3f} nats per token, on {held_out:,} held-out tokens |
| sample loss | {config.sample_loss:.3f} nats per token, on {SAMPLE_TOKENS:,} tokens of seed {SAMPLE_SEED} \
(`playground/host/text_loss.py`) |
| licence | CC0-1.0 |

The losses are those of the stored weights. `log.jsonl` has the losses and samples of the whole training, which these
commands repeat:

```
{commands.strip()}
python -m playground.training.publish {config.name} --commands FILE
```

It continues simple stories in English and knows nothing else.

## Samples

At temperature {SAMPLE_TEMPERATURE} and top-k {SAMPLE_TOP_K}, not selected:

{written}
"""


def load_shapes(config: ModelConfig) -> list[torch.nn.Parameter]:
    """Returns the model's parameters without memory for their values."""
    with torch.device("meta"):
        return list(GPTModel(config.book_cfg).parameters())


def base_name(value: Any) -> Any:
    """Returns the file names of paths, because folders of the machine that trained mean nothing elsewhere."""
    if isinstance(value, str):
        return os.path.basename(value)
    return [base_name(item) for item in value] if isinstance(value, list) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="the folder of the training")
    parser.add_argument("--to", type=Path, default=POCKET, help="the folder to write")
    parser.add_argument("--commands", type=Path, required=True, help="a file with the commands that made the model")
    options = parser.parse_args()
    torch.set_num_threads(1)  # so that the same run gives the same card
    config = publish(options.run, options.to, options.commands.read_text("utf-8"))
    print(f"{options.to}: validation loss {config.validation_loss}, sample loss {config.sample_loss}")


if __name__ == "__main__":
    main()
