"""A list line that is truncated to the width in its middle, so that its end stays visible."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content
from textual.css.styles import RulesMap
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual


@dataclass(frozen=True)
class CroppedLine(Visual):
    """Truncates its text when it is rendered, because the width depends on the scrollbar."""

    mark: Content
    text: Content
    end: Content

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        text_width = max(width - self.mark.cell_length - self.end.cell_length, 1)
        line = Content.assemble(self.mark, self.text.truncate(text_width, ellipsis=True), self.end)
        return line.render_strips(width, 1, style, options)

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return self.mark.cell_length + self.text.cell_length + self.end.cell_length

    def get_height(self, rules: RulesMap, width: int) -> int:
        return 1


@dataclass(frozen=True)
class CroppedLines(Visual):
    """Cropped lines one below the other."""

    lines: tuple[CroppedLine, ...]

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        return [strip for line in self.lines[:height] for strip in line.render_strips(width, 1, style, options)]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return max((line.get_optimal_width(rules, container_width) for line in self.lines), default=0)

    def get_height(self, rules: RulesMap, width: int) -> int:
        return len(self.lines)
