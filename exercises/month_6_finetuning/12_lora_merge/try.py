"""Your merge on a small network with LoRA: the same outputs, with fewer layers and less work."""

import time

import torch

from exercises.drawings import Bars, Table
from exercises.kit import Int, numbers


def measured(network, x):
    """The shortest of several times for one call, in milliseconds."""
    times = []
    with torch.no_grad():
        for _ in range(12):
            started = time.thread_time()
            network(x)
            times.append(1000 * (time.thread_time() - started))
    return min(times)


def draw(impl, rank: Int[1, 64] = 16):
    from parts import replace_linear_with_lora

    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Linear(256, 512), torch.nn.GELU(), torch.nn.Linear(512, 512), torch.nn.GELU(), torch.nn.Linear(512, 64)
    )
    x = numbers(32, 256)
    before = network(x).detach()
    replace_linear_with_lora(network, rank, 2 * rank)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith(".B"):
                parameter.copy_(numbers(*parameter.shape, seed=name) * 0.02)  # as if trained

    def described(name):
        linear = sum(type(module) is torch.nn.Linear for module in network.modules())
        count = sum(parameter.numel() for parameter in network.parameters())
        return [name, len(list(network.modules())) - 1, linear, count]

    rows, tuned, times = [described("with LoRA")], network(x).detach(), [measured(network, x)]
    impl.merge_lora(network)
    rows.append(described("merged"))
    merged = network(x).detach()
    times.append(measured(network, x))
    moved, difference = float((tuned - before).abs().max()), float((merged - tuned).abs().max())
    same = "less than 0.0001" if difference < 1e-4 else f"{difference:.2g}"
    return [
        Table(["network", "modules", "nn.Linear", "parameters"], rows, title="Before and after your merge",
              caption=f"Training moved the outputs by up to {moved:.2f}; merging moves them by {same}."),
        Bars(["with LoRA", "merged"], times, unit=" ms", title="Time of one call with 32 rows, measured just now",
             caption=f"Merged it takes {times[1] / times[0]:.0%} of the time: A and B are part of the weight now."),
    ]  # fmt: skip
