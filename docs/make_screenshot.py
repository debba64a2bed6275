"""Generates docs/screenshot.svg, the README's picture of the Practice screen with a named mistake.

`python docs/make_screenshot.py` runs the real app and its checks on a solution that omits the scaling.
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = """\
import torch
from torch import nn


class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.triu(torch.ones(context_length, context_length), diagonal=1).bool())

    def forward(self, x):
        T = x.shape[1]
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)
        scores = queries @ keys.transpose(1, 2)
        masked = scores.masked_fill(self.mask[:T, :T], float("-inf"))
        return self.dropout(torch.softmax(masked, dim=-1)) @ values
"""


async def draw(root: Path) -> str:
    """Returns the screen with the verdict, as SVG."""
    from tui.app import FromScratchApp

    app = FromScratchApp(root, clock=lambda: datetime(2024, 12, 3, 18, 30, tzinfo=UTC))
    async with app.run_test(size=(120, 40)) as pilot:
        while not app.learner.created:
            await pilot.pause(0.05)
        exercise = app.learner.course.exercise("causal-attention")
        app.open_exercise(exercise)
        await pilot.pause(0.5)
        app.learner.workspace.path(exercise).write_text(SOURCE)
        while not app.verdicts_shown or app.engine_status:
            await pilot.pause(0.05)
        await pilot.pause(0.3)
        return app.export_screenshot(title="fromscratch")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"HOME": folder, "FROMSCRATCH_CONFIG": f"{folder}/config", "EDITOR": "vim"}
        svg = asyncio.run(draw(Path(folder) / "fromscratch"))
    # Textual derives these names from the content; fixed names keep the diffs of the file small.
    (HERE / "screenshot.svg").write_text(re.sub(r"terminal-\d+", "terminal", svg), encoding="utf-8")


if __name__ == "__main__":
    main()
