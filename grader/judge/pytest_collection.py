"""Collects an exercise's tests with pytest, once for all solutions."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.config import Config, _prepareconfig

import exercises

OPTIONS = (
    "-q", "-s", "--import-mode=importlib", "--noconftest", "-W", "ignore", "--color=no",
    # the tests' own messages are shown, without rewritten asserts or tracebacks
    "--assert=plain", "--tb=native", "-c", os.devnull,
)  # fmt: skip
UNUSED_PLUGINS = (
    "cacheprovider", "doctest", "junitxml", "pastebin", "stepwise", "unraisableexception", "threadexception",
    "faulthandler", "logging", "setuponly", "setupplan", "tmpdir", "legacypath", "debugging", "terminalprogress",
    "recwarn", "warnings", "unittest", "monkeypatch", "subtests", "skipping",
)  # fmt: skip


Tests = dict[str, Callable[..., Any]]

_configs: list[Config] = []


def configure_ahead() -> None:
    """Configures pytest in the fork server, so that judges inherit the configuration."""
    _configs.append(_configured())


def _configured() -> Config:
    arguments = ["--rootdir", str(Path(exercises.__file__).parent), *OPTIONS]
    for plugin in UNUSED_PLUGINS:
        arguments += ["-p", f"no:{plugin}"]
    with without_installed_plugins():
        return _prepareconfig(arguments, [])


@contextlib.contextmanager
def without_installed_plugins() -> Iterator[None]:
    """Lets pytest load its own plugins only: those of this Python environment cost time and may start threads."""
    name = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


class CollectedTests:
    """The tests of one file, which `run` can run many times, with functions to run before and after them.

    It calls the steps of `_pytest.main.wrap_session`, since pytest has no public function for collecting only.
    """

    def __init__(self, tests: Path, plugin: object, before: Tests | None = None, after: Tests | None = None) -> None:
        sys.dont_write_bytecode = not os.access(tests.parent, os.W_OK)
        self.config = _configs.pop() if _configs else _configured()
        self.config.args = [str(tests)]
        self.config.pluginmanager.register(plugin)
        session = pytest.Session.from_config(self.config)
        self.config._do_configure()
        self.config.pluginmanager.unregister(name="terminalreporter")
        self.config.hook.pytest_sessionstart(session=session)
        if tests.is_file():
            self.config.hook.pytest_collection(session=session)
        parent = pytest.Module.from_parent(session, path=tests)

        def items(functions: Tests | None) -> list[pytest.Item]:
            return [pytest.Function.from_parent(parent, name=name, callobj=function)
                    for name, function in (functions or {}).items()]  # fmt: skip

        own: list[pytest.Item] = session.items if tests.is_file() else []
        last = [item for item in own if "rest_passed" in getattr(item, "fixturenames", ())]
        others = [item for item in own if item not in last]
        self.items: list[pytest.Item] = [*items(before), *others, *items(after), *last]

    def run(self) -> None:
        """Runs every test in order, with the plugin's protocol."""
        for item, following in zip(self.items, [*self.items[1:], None], strict=True):
            self.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
