"""Runs an exercise's tests against a learner's process, and makes a check of each test as it ends."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, Literal

import msgspec
import pytest

from exercises.kit import Diagnosis
from exercises.kit.compare import has_nan
from grader import messages
from grader.child.import_watch import ImportWatch
from grader.judge.causes import Failure, Kind, red_checks
from grader.judge.learner_process import ProbeResponder, Stopped
from grader.judge.pytest_collection import CollectedTests
from grader.judge.run import ReferenceFailure, Run, SideEffect, SolutionError, WrongResult
from grader.source import locations
from grader.source.text import line_of
from grader.verdict import Check, Outcome

LOADS = ("loads", "The file can be loaded")
ALLOWED_CALLS = "allowed_calls"
ALLOWED = (ALLOWED_CALLS, "It is built by hand")
MAX_MESSAGE = 2000  # characters
SAME_CAUSE = 2  # checks that must fail for want of a name before the others are not run
SLOW_SECONDS = 2.5  # once a check has failed and the code has run for so long, the others are not run
WAITS = "It fails for the same cause."
NOT_RUN = "Not run: it waits for the check above."
NOT_WRITTEN = "not written yet"


class PytestPlugin:
    """Runs each collected test in the current TestRun, in place of pytest's own protocol."""

    def __init__(self) -> None:
        self.current: TestRun | None = None
        self.fault = ""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.fault = str(report.longrepr)

    def pytest_runtest_protocol(self, item: pytest.Function) -> bool:
        """Calls the test directly: pytest's protocol would format tracebacks and set up plugins that go unused."""
        assert self.current is not None
        self.current.run_test(item)
        return True


class TestRun:
    """One run of an exercise's tests against one responder."""

    __test__ = False

    def __init__(
        self,
        probe_run: Run,
        responder: ProbeResponder,
        emit: Callable[[dict[str, Any]], None],
        find_forbidden: Callable[[], tuple[str, int, str] | None],
        source: str,
        symbols: tuple[str, ...],
    ) -> None:
        self.probe_run = probe_run
        self.responder = responder
        self.emit = emit
        self.find_forbidden = find_forbidden
        self.source = source
        self.symbols = symbols
        self.checks: list[Check] = []
        self.outcome: Outcome = "failed"
        self.notes: list[str] = []
        self.tests_skipped = False
        self.fault = ""
        self.reports: dict[str, dict[str, Any]] = {}
        self.failures: list[Failure] = []
        self.seconds = 0.0  # of the checks in which no library was imported
        self.is_enough: Callable[[], bool] = lambda: False  # asked after a failure: whether to leave out the rest
        self.ends = False

    def run(self, plugin: PytestPlugin, tests: CollectedTests) -> None:
        """Waits until the solution is loaded, then runs every test. If it cannot be loaded, skips them."""
        self.emit({"planned": [(item.name, _title(item)) for item in tests.items]})
        if self._is_loaded(tests.items):
            plugin.current = self
            tests.run()
            plugin.current = None

    def run_test(self, item: pytest.Function) -> None:
        if reason := self._skip_reason(item):
            outcome: Literal["waiting", "skipped"] = "waiting" if reason == NOT_RUN else "skipped"
            self._end(Check(item.name, outcome, reason, 0.0, _title(item)))
            return
        self.probe_run.test = item.name
        arguments = {name: FIXTURES[name](self) for name in _argument_names(item.obj)}
        watch, self.probe_run.imported = ImportWatch(), False
        call = pytest.CallInfo.from_call(lambda: item.obj(**arguments), "call")
        if not (self.probe_run.imported or watch.imported):  # on a first check, optimizers import for a second
            self.seconds += call.duration
        message = self._message(item, call.excinfo.value) if call.excinfo else ""
        if call.excinfo:
            failure = self._failure(item, call.excinfo.value)
            if failure.kind != "name" and failure.cause != NOT_WRITTEN and (reordered := self._reordered()):
                message, failure = reordered, replace(failure, kind="call", cause="order")
                symbol = self._symbol_in(reordered)
                self._set_location(item.name, locations.definition(self.source, symbol, "__init__"))
            self.failures.append(failure)
            if self.responder.stopped is None and self.can_be_diagnosed:
                self.ends = self.ends or self.is_enough()
        seconds = round(call.duration, 4)
        self._end(Check(item.name, "failed" if call.excinfo else "passed", message, seconds, _title(item)))

    @property
    def is_unwritten(self) -> bool:
        """Whether every failed check fails because the code is not written yet."""
        failed = [self.reports.get(check.name, {}) for check in self.checks if check.outcome == "failed"]
        return bool(failed) and all(messages.is_unwritten(report) for report in failed)

    @property
    def can_be_diagnosed(self) -> bool:
        """Whether the results say something about mistakes and steps: not after a missing name or a refused call."""
        kinds = {failure.kind for failure in self.failures}
        return not (self.is_unwritten or self.tests_skipped or kinds & {"name", "call"})

    def location(self, check: str) -> tuple[int | None, str | None]:
        """Returns (line, its text) of the learner's file where a check failed."""
        report = self.reports.get(check, {})
        line = report.get("line")
        return (line, str(report.get("code") or "")) if isinstance(line, int) else (None, None)

    def _is_loaded(self, items: list[pytest.Item]) -> bool:
        forbidden = self.find_forbidden()  # while the learner's process loads the file
        try:
            reply = self.responder.receive()
        except Stopped as stopped:
            self.outcome = stopped.outcome  # type: ignore[assignment]
            return self._skip_all(items, LOADS, str(stopped), self._place(stopped))
        if report := reply.get("broken"):
            self.outcome = "error"
            return self._skip_all(items, LOADS, messages.exception(report, {}, {}), report)
        self.probe_run.actual_signatures = reply.get("loaded") or {}
        self.probe_run.aliases = reply.get("aliases") or {}
        if forbidden:
            message, line, code = forbidden
            return self._skip_all(items, ALLOWED, message, {"line": line, "code": code})
        return True

    def _skip_all(self, items: list[pytest.Item], check: tuple[str, str], message: str, report: dict[str, Any]) -> bool:
        name, title = check
        self.reports[name] = report
        if report.get("kind") in ("Missing", "NotOffered"):
            self.failures.append(Failure(name, "name", message))
        self.tests_skipped = not self.failures
        self._end(Check(name, "failed", message, 0.0, title))
        for item in items:
            self._end(Check(item.name, "skipped", "not run", 0.0, _title(item)))
        return False

    def _skip_reason(self, item: pytest.Item) -> str:
        if self.responder.stopped is not None:
            return "not run: the code was stopped"
        waits = "rest_passed" in getattr(item, "fixturenames", ())
        if waits and (self.responder.is_reference or any(check.outcome == "failed" for check in self.checks)):
            return "not run until all the others pass"
        nameless = sum(failure.kind == "name" for failure in self.failures)
        if self.ends or nameless >= SAME_CAUSE or (self.failures and self.seconds > SLOW_SECONDS):
            return NOT_RUN  # nothing more can be learned from it
        return ""

    def _failure(self, item: pytest.Function, error: BaseException) -> Failure:
        """Classifies the failure of a test."""
        calls = [call for call in self.probe_run.calls.values() if item.name in call.tests]
        methods = frozenset().union(*(call.methods for call in calls))
        kind, cause = self._kind(item, error)
        if kind == "property" and any(has_nan(call.outcome[1]) for call in calls if call.outcome[0] == "data"):
            kind, cause = "value", ""  # NaN has no properties
        return Failure(item.name, kind, cause, methods, error.id if isinstance(error, Diagnosis) else "")

    def _kind(self, item: pytest.Function, error: BaseException) -> tuple[Kind, str]:
        if isinstance(error, SolutionError):
            report = error.report
            if report.get("kind") == "MissingName":
                return "name", str(report.get("text"))
            if report.get("kind") == "ProbeProblem":
                return "form", str(report.get("text"))
            if messages.is_unwritten(report):
                return "raised", NOT_WRITTEN
            if report.get("outside") and report.get("kind") == "TypeError" and messages.is_refused(report):
                return "call", str(report.get("text")).partition("(")[0]
            return "raised", f"{report.get('kind')} in line {report.get('line')}"
        if isinstance(error, SideEffect) or getattr(item.obj, "is_rule", False):
            return "rule", item.name
        is_value = isinstance(error, WrongResult) or (isinstance(error, Diagnosis) and error.explains_values)
        if isinstance(error, AssertionError) and not is_value:
            return "property", item.name
        return ("form" if isinstance(error, WrongResult) and error.wrong_form else "value"), ""

    def _reordered(self) -> str | None:
        return messages.reordered(self.probe_run.actual_signatures, self.probe_run.expected_signatures)

    def with_waiting(self, is_explained: bool) -> list[Check]:
        """Returns the checks, in which those that fail only because of a different cause wait."""
        red = red_checks(self.failures, is_explained) if self.failures else set()
        return [
            msgspec.structs.replace(check, outcome="waiting", message=WAITS)
            if check.outcome == "failed" and red and check.name not in red
            else check
            for check in self.checks
        ]

    def _message(self, item: pytest.Item, error: BaseException) -> str:
        if isinstance(error, Stopped):
            self.outcome = error.outcome  # type: ignore[assignment]
            self.reports[item.name] = self._place(error)
        elif isinstance(error, SolutionError):
            self.reports[item.name] = error.report
            if error.report.get("outside"):
                called = error.report.get("kind") == "TypeError"
                method = None if not called else "__init__" if "__init__" in str(error) else "forward"
                name = next((own for own in self.probe_run.aliases if own in str(error)), None)
                self._set_location(
                    item.name, locations.definition(self.source, name or self._symbol_in(str(error)), method)
                )
        elif isinstance(error, WrongResult) and error.wrong_form:
            self._set_location(item.name, locations.result(self.source, self._symbol_in(str(error))))
        elif isinstance(error, ReferenceFailure):
            self.fault = str(error)
        elif not isinstance(error, AssertionError):
            # the test fails on the learner's data, such as a list instead of a tensor
            return f"Your result has the wrong type or shape ({type(error).__name__}: {_first_line(str(error))})."
        message = re.sub(r"\n?assert [\s\S]*$", "", str(error)).strip()
        return message or _first_line(str(error)) or "This check fails."

    def _place(self, stopped: Stopped) -> dict[str, Any]:
        """Returns the line at which the code was stopped as part of a report, where it is known."""
        return {"line": stopped.line, "code": line_of(self.source, stopped.line)} if stopped.line else {}

    def _symbol_in(self, text: str) -> str:
        """Returns the symbol that a message names, or the first symbol."""
        return next((symbol for symbol in self.symbols if symbol in text), self.symbols[0])

    def _set_location(self, check: str, location: locations.Location | None) -> None:
        """Adds a location to the report of an error that has none."""
        if location is not None:
            self.reports[check] = self.reports.get(check, {}) | {"line": location[0], "code": location[1]}

    def _end(self, check: Check) -> None:
        if len(check.message) > MAX_MESSAGE:
            check = msgspec.structs.replace(check, message=check.message[:MAX_MESSAGE] + " …")
        self.checks.append(check)
        self.emit({"tick": msgspec.to_builtins(check)})


# the arguments that tests can declare
FIXTURES: dict[str, Callable[[TestRun], Any]] = {
    "run": lambda test_run: test_run.probe_run,
    # adds a note that learners see although the check passes, such as an erratum
    "note": lambda test_run: test_run.notes.append,
    # marks a slow test, which is the last one and runs only if all others pass
    "rest_passed": lambda test_run: None,
}


@cache
def _argument_names(test: Callable[..., None]) -> list[str]:
    return list(inspect.signature(test).parameters)


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""


def _title(item: pytest.Item) -> str:
    """Returns the first line of a test's docstring, or its name as words."""
    text = (getattr(getattr(item, "obj", None), "__doc__", None) or "").strip()
    if text:
        return text.splitlines()[0].rstrip(".")
    words = item.name.removeprefix("test_").replace("_", " ")
    return words[:1].upper() + words[1:]
