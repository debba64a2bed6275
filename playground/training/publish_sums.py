"""Makes a finished training on sums into abacus: `python -m playground.training.publish_sums RUN --commands FILE`.

Writes what `publish` writes. CARD.md says how often the stored weights are right, and how often they calculate step by
step. FILE has the commands that made the data and the model, one a line.
"""

from __future__ import annotations

import argparse
import itertools
from dataclasses import dataclass
from pathlib import Path

import msgspec
import torch

from exercises.texts.sums import Sum, sums
from playground.catalogue import ABACUS
from playground.host.tensor_file import read_checked
from playground.host.text_loss import loss_of_ids
from playground.host.trained_model import TrainedModel, load_trained
from playground.model_folder import ModelConfig, write_config
from playground.training.fused_gpt import fuse
from playground.training.publish import base_name, copy_model
from playground.training.rollouts import RolloutSampler
from playground.training.run_folder import TOKENS
from reference.reasoning_run import reward_rlvr

MAX_BYTES = 4_000_000
SEED, PROBLEMS, ROLLOUTS = 2_000_000, 250, 8
NEW_TOKENS = 48


@dataclass(frozen=True)
class Measured:
    """Of all completions: the share that is right, that has steps, and that is right among those with and without."""

    right: float
    worked: float
    right_worked: float
    right_at_once: float
    samples: list[tuple[Sum, str]]


def publish(run: Path, target: Path, commands: str) -> ModelConfig:
    """Writes the model of a training's folder to `target`."""
    config = copy_model(run, target, MAX_BYTES)
    write_config(target, config)
    trained = load_trained(target)
    fuse(trained.gpt)
    held_out = read_checked(run / TOKENS)[0]["validation"].tolist()
    published = msgspec.structs.replace(
        config,
        name=target.name,
        recipe={key: base_name(value) for key, value in config.recipe.items()},
        validation_loss=round(loss_of_ids(trained.gpt, held_out, config.cfg.context_length), 4),
    )
    write_config(target, published)
    text = card(published, sum(p.numel() for p in trained.gpt.parameters()), len(held_out), measure(trained), commands)
    (target / "CARD.md").write_text(text, "utf-8")
    return published


def measure(trained: TrainedModel) -> Measured:
    """Samples completions at temperature 1 of problems that the training has not seen."""
    sampler = RolloutSampler(trained.config.book_cfg, trained.tokenizer, NEW_TOKENS, 1.0)
    torch.manual_seed(0)
    results: list[tuple[bool, bool]] = []
    samples: list[tuple[Sum, str]] = []
    for example in itertools.islice(sums(SEED), PROBLEMS):
        texts = [text for _, _, text in sampler.sample(trained.gpt, example.problem, ROLLOUTS)]
        results += [(reward_rlvr(text, example.answer) == 1.0, "=" in text) for text in texts]
        if len(samples) < 8:
            samples.append((example, texts[0]))
    worked = [right for right, steps in results if steps]
    at_once = [right for right, steps in results if not steps]
    return Measured(
        sum(right for right, _ in results) / len(results), len(worked) / len(results),
        sum(worked) / max(1, len(worked)), sum(at_once) / max(1, len(at_once)), samples,
    )  # fmt: skip


def card(config: ModelConfig, size: int, held_out: int, measured: Measured, commands: str) -> str:
    """Returns the model card as Markdown."""
    cfg, recipe = config.cfg, config.recipe
    tokens = config.steps * recipe["batch_size"] * cfg.context_length
    written = "\n".join(
        f"{'right' if reward_rlvr(text, example.answer) else 'wrong'}   {example.problem}{text}"
        for example, text in measured.samples
    )
    return f"""# {config.name}

A tiny GPT that calculates sums, made of the course's classes (`reference.gpt.GPTModel`):
{cfg.n_layers} blocks of {cfg.n_heads} heads, {cfg.emb_dim} dimensions, {cfg.context_length} tokens of context, \
{size:,} weights in float16.
It is meant to be wrong often: `fromscratch finetune grpo` trains it further, with a reward for right answers.

| | |
|---|---|
| data | sums with solutions of `exercises/texts/sums.py` (CC0), each after an `<|endoftext|>` |
| tokenizer | the 256 bytes and `<|endoftext|>` (`playground/byte_bpe.py`) |
| recipe | AdamW, {config.steps:,} steps of {recipe["batch_size"]} × {cfg.context_length} tokens ({tokens:,} in all), \
learning rate {recipe["lr"]:g} with warm-up and cosine, {recipe["precision"]} products, seed {recipe["seed"]} |
| time | {config.seconds:,.0f} seconds on {recipe["threads"] or "all"} thread(s) of a shared machine |
| validation loss | {config.validation_loss:.3f} nats per token, on {held_out:,} held-out tokens |
| right answers | {measured.right:.1%} of {PROBLEMS * ROLLOUTS:,} completions of unseen problems, at temperature 1 |
| step by step | {measured.worked:.1%} of the completions, of which {measured.right_worked:.1%} are right; of those at \
once {measured.right_at_once:.1%} |
| licence | CC0-1.0 |

All figures are those of the stored weights. `log.jsonl` has the losses and samples of the whole training, which these
commands repeat:

```
{commands.strip()}
python -m playground.training.publish_sums {config.name} --commands FILE
```

It knows sums of five or six numbers and nothing else. A prompt ends with `=`.

## Samples

At temperature 1, not selected:

```
{written}
```
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="the folder of the training")
    parser.add_argument("--to", type=Path, default=ABACUS.folder, help="the folder to write")
    parser.add_argument("--commands", type=Path, required=True, help="a file with the commands that made the model")
    options = parser.parse_args()
    torch.set_num_threads(1)  # so that the same run gives the same card
    config = publish(options.run, options.to, options.commands.read_text("utf-8"))
    print(f"{options.to}: validation loss {config.validation_loss}")


if __name__ == "__main__":
    main()
