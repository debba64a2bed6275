"""Probes for reward_rlvr and grpo_step, on models of a few weights and completions that are given."""

import torch
from torch import nn

from exercises.kit import ProbeProblem, TrainingProgress, numbers, stochastic

VOCAB, WIDTH = 12, 6
KEYS = {"loss": float, "reward": float, "entropy": float, "kl": float, "rewards": list, "completions": list}
PROBLEMS = [{"problem": "2+3", "answer": "5"}, {"problem": "9-2", "answer": "7"}]
# by problem: (prompt, completion, text)
TEXTS = {
    "2+3": [([9, 4, 7], [5, 2, 0], r"\boxed{5}"), ([9, 4, 7], [6, 0], r"\boxed{6}"),
            ([9, 4, 7], [5, 3, 1, 2, 0], r"4+1 \boxed{5}"), ([9, 4, 7], [8, 8, 1, 1], "it is 5")],
    "9-2": [([9, 3], [7, 0], r"\boxed{7}"), ([9, 3], [1, 7, 0], r"\boxed{7.0}"),
            ([9, 3], [2, 0], r"\boxed{5}"), ([9, 3], [7, 7, 0], r"\boxed{14/2}")],
}  # fmt: skip


class Tiny(nn.Module):
    """A language model that sees the mean of all tokens so far. Ids (N, T) -> logits (N, T, VOCAB)."""

    def __init__(self, seed="model"):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, WIDTH)
        self.head = nn.Linear(2 * WIDTH, VOCAB)
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                parameter.copy_(numbers(*parameter.shape, seed=f"{seed} {name}") * 0.5)

    def forward(self, ids):
        x = self.embedding(ids)
        means = x.cumsum(1) / torch.arange(1, ids.shape[1] + 1, device=ids.device)[:, None]
        return self.head(torch.cat([x, means], dim=-1))


class Sampler:
    """Gives the texts above, and records how it is called."""

    def __init__(self, changes=None):
        self.calls, self.changes = [], changes or {}

    def __call__(self, model, problem, num_rollouts):
        self.calls.append([problem, num_rollouts])
        texts = (self.changes.get(problem) or TEXTS[problem])[:num_rollouts]
        return [(torch.tensor(prompt + ids), len(prompt), text) for prompt, ids, text in texts]


def figures(result):
    """Returns the figures of a step, after a look at their types."""
    if not hasattr(result, "keys"):
        raise ProbeProblem(
            f"Your `grpo_step` returns a {type(result).__name__}; it should return a dict with the keys "
            f"{', '.join(KEYS)}."
        )
    for key, kind in KEYS.items():
        if key not in result:
            raise ProbeProblem(f"The dict of your `grpo_step` has no key {key!r}.")
        value = result[key]
        if kind is float and (not isinstance(value, float | int) or isinstance(value, bool)):
            raise ProbeProblem(
                f"{key!r} of your `grpo_step` is a {type(value).__name__}; it should be a float, which keeps no graph."
            )
    plain = {key: float(result[key]) for key, kind in KEYS.items() if kind is float}
    plain["rewards"] = [[float(value) for value in group] for group in result["rewards"]]
    plain["completions"] = [list(group) for group in result["completions"]]
    return plain


def stepped(impl, steps=1, sampler=None, start="model", **settings):
    """The figures of the last of some steps with SGD, and the weights after it."""
    model, reference = Tiny(start), Tiny("reference")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    sample = sampler or Sampler()
    settings = {"num_rollouts": 4, "max_norm": 100.0, **settings}
    for _ in range(steps):
        result = impl.grpo_step(model, reference, optimizer, PROBLEMS, sample, impl.reward_rlvr, **settings)
    weights = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    return {"figures": figures(result), "weights": weights, "calls": sample.calls}


def rewards(impl):
    """Rewards of texts for the answer 1/2."""
    texts = (r"\boxed{0.5}", r"so \boxed{\frac{1}{2}}", r"\boxed{2}", "It is 1/2.", "", r"\boxed{}", r"\boxed{3} 0.5")
    return {text: impl.reward_rlvr(text, "1/2") for text in texts}


def one(impl):
    """A step, and its figures."""
    return stepped(impl)


def more_epochs(impl, inner_epochs=3):
    """Several changes with the same completions, of which some are clipped."""
    return stepped(impl, inner_epochs=inner_epochs, clip=0.05)


def two_steps(impl):
    """Two steps, so that gradients that are kept would show."""
    return stepped(impl, steps=2)


def divergence(impl):
    """A step with a divergence."""
    return stepped(impl, beta=0.5)


def small_norm(impl):
    """A step whose gradient is clipped."""
    return stepped(impl, max_norm=0.01)


def equal_rewards(impl):
    """The weights before and after a step in which all rewards of each group are equal, with beta = 0."""
    changes = {problem: [(prompt, ids, "no box") for prompt, ids, _ in texts] for problem, texts in TEXTS.items()}
    before = {name: parameter.detach().clone() for name, parameter in Tiny().named_parameters()}
    return {"before": before, "after": stepped(impl, sampler=Sampler(changes))["weights"]}


def own_reward(impl):
    """The calls of a given reward, and the figures."""
    calls, model = [], Tiny()

    def reward(text, answer):
        calls.append([text, answer])
        return len(text) / 10

    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    result = impl.grpo_step(model, Tiny("reference"), optimizer, PROBLEMS, Sampler(), reward, num_rollouts=3)
    return {"calls": sorted(calls), "rewards": figures(result)["rewards"]}


def frozen(impl):
    """Whether the reference model has gradients or other weights after a step, and the mode of the model."""
    model, base = Tiny(), Tiny("reference")
    before = [parameter.detach().clone() for parameter in base.parameters()]
    optimizer = torch.optim.SGD([*model.parameters()], lr=0.5)
    impl.grpo_step(model, base, optimizer, PROBLEMS, Sampler(), impl.reward_rlvr, num_rollouts=4, beta=0.1)
    return {
        "gradients": any(parameter.grad is not None for parameter in base.parameters()),
        "changed": not all(map(torch.equal, before, base.parameters())),
    }


@stochastic
def learned(impl):
    """The mean reward of the first and the last steps of a training with completions that are drawn."""
    model, reference = Tiny(), Tiny()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.03)
    problems = [{"problem": str(i), "answer": str((i + 3) % 8)} for i in range(4)]

    def sample(model, problem, num_rollouts):
        prompt = torch.tensor([11, int(problem)])
        with torch.no_grad():
            logits = model(prompt[None])[0, -1]
        drawn = torch.multinomial(torch.softmax(logits, -1), num_rollouts, replacement=True)
        return [(torch.cat([prompt, token[None]]), 2, str(int(token))) for token in drawn]

    def right(text, answer):
        return float(text == answer)

    steps = 40
    means, entropies = [], []
    with TrainingProgress(steps):
        for _ in range(steps):
            result = figures(impl.grpo_step(model, reference, optimizer, problems, sample, right, num_rollouts=16))
            means.append(result["reward"])
            entropies.append(result["entropy"])
    return {"first": sum(means[:5]) / 5, "last": sum(means[-5:]) / 5, "entropy": entropies[-1]}
