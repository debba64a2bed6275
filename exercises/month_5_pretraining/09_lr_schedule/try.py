"""Your learning rate over a training, with a warm-up of your choice."""

from exercises.drawings import Curves, Table
from exercises.kit import Float, Int


def draw(impl, total: Int[10, 10000] = 1000, warmup_percent: Int[1, 90] = 10, peak: Float[0.00001, 1] = 0.0005):
    warmup = max(1, min(total - 1, total * warmup_percent // 100))
    steps = sorted({min(total - 1, total * i // 200) for i in range(201)} | {0, warmup})
    settings = total, warmup, peak, peak / 50, peak / 10
    rates = [(step, float(impl.lr_at(step, *settings))) for step in steps]
    highest = max(rates, key=lambda rate: rate[1])
    mean = sum(float(impl.lr_at(step, *settings)) for step in range(0, total, max(1, total // 500)))
    mean /= len(range(0, total, max(1, total // 500)))
    rows = [[step, f"{float(impl.lr_at(step, *settings)):.3g}"] for step in
            (0, warmup // 2, warmup, (warmup + total) // 2, total - 1)]  # fmt: skip
    return [
        Curves({"rate": rates}, x="step", y="learning rate", title=f"{total} steps, {warmup} of them warm-up",
               caption=f"The highest rate is {highest[1]:.3g}, at step {highest[0]}; the mean is {mean / peak:.0%} "
                       "of the peak."),
        Table(["step", "rate"], rows, title="The same in numbers",
              caption="From initial up to peak in a line, then down to minimum along half a cosine."),
    ]  # fmt: skip
