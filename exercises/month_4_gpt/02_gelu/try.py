"""Your GELU beside ReLU: where it dips below zero, and where it lets a gradient through."""

import torch

from exercises.drawings import Curves, Table


def draw(impl):
    x = (torch.arange(-80, 81) / 20).requires_grad_()
    y = impl.GELU()(x)
    slopes = torch.autograd.grad(y.sum(), x)[0]
    x, y = x.detach(), y.detach()
    lowest = int(y.argmin())
    rows = [[f"{float(x[i]):g}", f"{float(y[i]):.4f}", f"{max(0.0, float(x[i])):g}", f"{float(slopes[i]):.3f}"]
            for i in range(0, 161, 20)]  # fmt: skip
    alive = float(slopes[60].abs())
    return [
        Curves({"GELU": list(zip(x.tolist(), y.tolist(), strict=True)),
                "ReLU": [(v, max(0.0, v)) for v in x.tolist()]}, x="x", title="Your GELU and ReLU",
               caption=f"The lowest point is {float(y[lowest]):.3f} at x = {float(x[lowest]):.2f}; at 4 it is "
                       f"{float(y[-1]):.4f} and at −4 {float(y[0]):.4f}."),
        Curves({"slope of GELU": list(zip(x.tolist(), slopes.tolist(), strict=True)),
                "slope of ReLU": [(v, float(v > 0)) for v in x.tolist()]}, x="x", title="Their slopes",
               caption=f"At x = {float(x[60]):g} the slope of yours is {alive:.3f} in size and that of ReLU 0: there, "
                       "only a unit with GELU still learns."),
        Table(["x", "GELU", "ReLU", "slope of GELU"], rows, title="Some values",
              caption="A slope above 1 means that a change of x comes out larger."),
    ]  # fmt: skip
