"""The command palette: the actions of the keys that work on the current screen, projects, quizzes and exercises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui.app_types import CourseApp
from tui.formatting import STATE_MARKS, STATE_WORDS

Command = tuple[str, str, Callable[[], object]]
MAX_TERMS = 5  # glossary terms among the results of a search


class CommandPalette(Provider):
    """Lists the actions that have a key first, then other commands, then exercises. A search also finds terms."""

    async def discover(self) -> Hits:
        for name, help, action in self._commands():
            yield DiscoveryHit(name, action, help=help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, help, action in self._commands():
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), action, help=help)
        for term in self._app.learner.course.glossary.search(query)[:MAX_TERMS]:
            score = max(map(matcher.match, term.names))
            if score > 0:
                action = partial(self._app.action_look_up, term.name)
                yield Hit(score / 2, f"Glossary: {term.name}", action, help=term.means)

    @property
    def _app(self) -> CourseApp:
        return cast(CourseApp, self.app)

    def _commands(self) -> Iterator[Command]:
        course = self._app.learner.course
        yield from self._actions()
        yield "Choose a theme", "All themes, with a preview", self.app.action_change_theme
        yield "Screenshot", "Save a picture of this screen", self.app.deliver_screenshot
        for month in course.months:
            if month.quiz is not None:
                yield f"Terms quiz: {month.title}", "Ten short questions", partial(self._app.open_quiz, month.quiz)
        yield from self._projects()
        yield from self._exercises()

    def _actions(self) -> Iterator[Command]:
        seen: set[str] = {"command_palette", "leave"}
        for node, binding, enabled, tooltip in self.screen.active_bindings.values():
            if not enabled or binding.system or not binding.id or binding.action in seen:
                continue
            seen.add(binding.action)
            action = partial(self.app.run_action, binding.action, node)
            yield f"{binding.description}  ({self.app.get_key_display(binding)})", tooltip or binding.tooltip, action

    def _projects(self) -> Iterator[Command]:
        app = self._app
        yield "Start a project", "Create a folder with a plan, a checklist and a script", app.action_start_project
        for mark in app.learner.look_at_projects():
            progress = f"Open the checklist ({mark.ticked} of {mark.total}) and the files"
            yield f"Your project: {mark.name}", progress, partial(app.open_project, mark.name)
            yield f"Present {mark.name}", "Show the pages of your demo", partial(app.present_project, mark.name)

    def _exercises(self) -> Iterator[Command]:
        app = self._app
        states = app.learner.states()
        for exercise in app.learner.course.exercises:
            state = states[exercise.id]
            name = f"{STATE_MARKS[state]} {exercise.title}"
            yield name, f"Exercise, {STATE_WORDS[state]}: {exercise.summary}", partial(app.open_exercise, exercise)
