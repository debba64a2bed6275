"""What the command palette offers: every key's action that works here, and every exercise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui.formatting import STATE_MARKS, STATE_WORDS

if TYPE_CHECKING:
    from tui.app import FromScratchApp

Command = tuple[str, str, Callable[[], object]]


TERMS = 5  # so many words of the glossary answer a search


class Palette(Provider):
    """First what the keys do here, then what no key does, then every exercise; words of the glossary when searched."""

    async def discover(self) -> Hits:
        for name, help, act in self._rows():
            yield DiscoveryHit(name, act, help=help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, help, act in self._rows():
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), act, help=help)
        for term in self._app.learner.course.glossary.search(query)[:TERMS]:
            score = max(map(matcher.match, term.names))
            if score > 0:
                act = partial(self._app.action_look_up, term.name)
                yield Hit(score / 2, f"Glossary: {term.name}", act, help=term.means)

    @property
    def _app(self) -> FromScratchApp:
        return cast("FromScratchApp", self.app)

    def _rows(self) -> Iterator[Command]:
        yield from self._actions()
        yield "Choose a theme", "All themes, with a preview", self.app.action_change_theme
        yield "Screenshot", "Save this screen as a picture", self.app.deliver_screenshot
        for quiz in self._app.learner.course.quizzes:
            month = next(month for month in self._app.learner.course.months if month.quiz is quiz)
            yield f"Terms quiz: {month.title}", "Ten short questions", partial(self._app.open_quiz, quiz)
        yield from self._projects()
        yield from self._exercises()

    def _actions(self) -> Iterator[Command]:
        seen: set[str] = {"command_palette", "leave"}
        for node, binding, enabled, tooltip in self.screen.active_bindings.values():
            if not enabled or binding.system or not binding.id or binding.action in seen:
                continue
            seen.add(binding.action)
            act = partial(self.app.run_action, binding.action, node)
            yield f"{binding.description}  ({self.app.get_key_display(binding)})", tooltip or binding.tooltip, act

    def _projects(self) -> Iterator[Command]:
        app = self._app
        yield "Start a project of your own", "A folder with a plan, a check list, a script", app.action_start_project
        for mark in app.learner.look_at_projects():
            done = f"Its check list, {mark.ticked} of {mark.total}, and its files"
            yield f"Your project: {mark.name}", done, partial(app.open_project, mark.name)
            yield (
                f"Present {mark.name}",
                "The pages of your demo, one at a time",
                partial(app.present_project, mark.name),
            )

    def _exercises(self) -> Iterator[Command]:
        app = self._app
        states = app.learner.states()
        for exercise in app.learner.course.exercises:
            state = states[exercise.id]
            name = f"{STATE_MARKS[state]} {exercise.title}"
            yield name, f"Exercise, {STATE_WORDS[state]}: {exercise.summary}", partial(app.open_exercise, exercise)
