"""Real trainings of small GPTs with different budgets of operations, for the exercise scaling-fit.

Each run is one call of this project's own `fromscratch train`, on one thread of a CPU, on the program's source code:
3.5 million characters of the Python files outside tests/ and benchmarks/ at commit 227ca5f, where every tenth file was
held out. The losses are those of the held-out files, in nats per token. For a budget C and a width d:

    fromscratch train code.txt --validation held-out.txt --out DIR --size tiny --emb-dim d --n-heads (d // 8)
        --steps C / (6 * weights * 1024) --lr (0.16 / d) --min-lr 0.0001 --threads 1

with two layers, a vocabulary of 512 tokens, and 16 sequences of 64 tokens a step. "Weights" are those in matrix
products: 2 * 12 * d * d in the blocks and 512 * d in the output head. A width of 12 has one head.
"""

from __future__ import annotations

from typing import NamedTuple


class TrainingRun(NamedTuple):
    """A run: weights in matrices, training tokens, and the loss on held-out text."""

    weights: int
    tokens: int
    loss: float

    @property
    def compute(self) -> float:
        """The operations of the training: 6 for each weight and token."""
        return 6.0 * self.weights * self.tokens


RUNS = (
    TrainingRun(9_600, 52_224, 5.0164),
    TrainingRun(5_632, 89_088, 4.6060),
    TrainingRun(5_632, 295_936, 4.0341),
    TrainingRun(9_600, 174_080, 4.0335),
    TrainingRun(14_336, 116_736, 4.3357),
    TrainingRun(26_112, 191_488, 3.9446),
    TrainingRun(9_600, 521_216, 3.7238),
    TrainingRun(14_336, 349_184, 3.6981),
    TrainingRun(40_960, 406_528, 3.5658),
    TrainingRun(26_112, 637_952, 3.4281),
    TrainingRun(14_336, 1_162_240, 3.4768),
    TrainingRun(79_872, 625_664, 3.2662),
    TrainingRun(40_960, 1_220_608, 3.0916),
    TrainingRun(26_112, 1_914_880, 3.1072),
    TrainingRun(40_960, 4_069_376, 2.6116),
    TrainingRun(79_872, 2_086_912, 2.6312),
)


def with_budget(compute: float) -> list[TrainingRun]:
    """Returns the runs with so many operations, within 10 %."""
    return [run for run in RUNS if 0.9 * compute < run.compute < 1.1 * compute]


def best_runs() -> list[TrainingRun]:
    """Returns the run with the lowest loss of each budget, by budget."""
    best = {min(with_budget(run.compute), key=lambda other: other.loss) for run in RUNS}
    return sorted(best, key=lambda run: run.compute)
