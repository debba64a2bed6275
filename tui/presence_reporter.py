"""Publishes the learner's progress to the study group, hands in passed exercises, and shows the others' updates."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from learner.errors import ProgressError
from learner.memory_questions import Counterexample
from tui.app_types import CourseApp
from tui.background import start
from tui.checking import CheckState
from tui.cowork_controller import CoworkChanged
from tui.formatting import clean

if TYPE_CHECKING:
    from cowork.client.session import Change
    from cowork.frames import MemberStatus
    from cowork.rooms.base import Command, Room
    from cowork.rooms.break_it import Attempt
    from exercises.course import Exercise

HAND_IN_TEXT = (
    "Your source is sent to your group's hub, which grades it; the room sees the verdict. Organisers can read the "
    "source, and so can members who have passed this exercise. In Practice, ctrl+u hands in the current file."
)
PRIVATE_TEXT = (
    "Your source is sent to your group's hub, which grades it. Your review of this exercise is private, so only your "
    "reviewer sees the source; the room sees that it passed."
)


class PresenceReporter:
    """Subscribes to the learner's checks and to the events of the rooms."""

    def __init__(self, app: CourseApp) -> None:
        self.app = app
        self._reported: dict[str, MemberStatus] = {}
        self._asked = False
        self._working = False

    def start(self) -> None:
        """Subscribes to the app's signals."""
        self.app.checker.changed.subscribe(self.app, self._on_check)
        self.app.checker.saved.subscribe(self.app, lambda _: self._start_work())
        self.app.cowork.changed.subscribe(self.app, self._on_cowork_changed)
        self.app.cowork.events.subscribe(self.app, self.on_events)
        self.app.mode_change_signal.subscribe(self.app, self._on_mode)
        self.app.watch(self.app, "exercise", lambda exercise: self.report(), init=False)
        self._on_mode(self.app.current_mode)

    def _on_mode(self, mode: str) -> None:
        if mode == "practice":
            self._start_work()

    def _start_work(self) -> None:
        """Reports the app's exercise from now on; before, it is only where Practice would open."""
        self._working = True
        self.report()

    def _on_cowork_changed(self, _: CoworkChanged) -> None:
        session = self.app.cowork.session
        if session is not None and session.state == "online":
            self.report()

    def report(self) -> None:
        """Sends the learner's exercise and its passed checks to every room that does not have them yet."""
        session, exercise = self.app.cowork.session, self.app.exercise if self._working else None
        if session is None or not session.rooms:
            return
        from cowork.frames import MemberStatus

        status = MemberStatus(exercise.id, *self._passed_checks(exercise)) if exercise is not None else MemberStatus()
        for room in session.rooms:
            if self._reported.get(room) != status:
                self._reported[room] = status
                session.report_status(room, status)

    def _passed_checks(self, exercise: Exercise) -> tuple[int, int]:
        """The number of passed checks in the last attempt, and of all its checks."""
        last = self.app.learner.last_attempt(exercise)
        checks: list[Any] = last.verdict.get("checks", []) if last is not None else []
        return sum(check.get("outcome") == "passed" for check in checks), len(checks)

    def _on_check(self, state: CheckState) -> None:
        if state.phase != "done" or state.verdict is None:
            return
        self.report()
        if state.verdict.passed and state.attempt and self.app.cowork.room is not None:
            start(self.app, partial(self._on_pass, state.exercise), "hand in")

    async def _on_pass(self, exercise: Exercise) -> None:
        choice: str = self.app.learner.settings.hand_in
        if choice == "ask":
            choice = await self._ask(exercise)
        if choice == "yes":
            await self.hand_in(exercise)

    async def _ask(self, exercise: Exercise) -> str:
        """Asks whether to hand in, once per run of the app and only while Practice is on the screen."""
        from tui.screens.hand_in import HandInDialog
        from tui.screens.practice import PracticeScreen

        if self._asked or not isinstance(self.app.screen, PracticeScreen):
            return "no"
        self._asked = True
        text = PRIVATE_TEXT if self._is_private(exercise) else HAND_IN_TEXT
        answer = await self.app.push_screen_wait(HandInDialog(exercise.title, text))
        if answer in ("yes", "no") and (problem := self.app.learner.change(hand_in=answer)):
            self.app.notify(problem, severity="warning", markup=False)
        return "yes" if answer == "once" else answer

    def _is_private(self, exercise: Exercise) -> bool:
        """Whether an open review keeps the next source of an exercise private."""
        from cowork.rooms.review_state import Reviews
        from cowork.rooms.submissions import Submissions

        room, me = self._room_of(exercise), self.app.cowork.me
        if room is None or me is None:
            return False
        own = (each.id for each in room[Submissions].of(me.id, exercise.id))
        return any(review.private for review in room[Reviews].open(own))

    async def hand_in(self, exercise: Exercise, asks: str | None = None, private: bool = False) -> None:
        """Sends the exercise's current file to the hub, and asks for a review with the question `asks` unless that is
        None."""
        from cowork.rooms.mentoring import HandInForReview
        from cowork.rooms.submissions import HandIn
        from learner.workspace import WorkspaceError

        room = self._room_of(exercise)
        if room is None:
            self.app.notify("You are not in a study group. Press 5 to join one.", markup=False)
            return
        try:
            source = self.app.learner.workspace.read(exercise)
        except WorkspaceError as error:
            self.app.notify(str(error), severity="error", markup=False)
            return
        command: Command
        if asks is None:
            command, result = (
                HandIn(exercise.id, source, private),
                f"Handed in {exercise.title} to {clean(room.title)}.{self._reviewer(room, exercise)}",
            )
        else:
            command = HandInForReview(exercise.id, source, asks, private)
            result = f"{exercise.title} waits for a reviewer in {clean(room.title)}. Co-work lists it: 5, then v."
        if await self.app.cowork.do(command, room.id):
            self.app.notify(result, markup=False)

    def _reviewer(self, room: Room, exercise: Exercise) -> str:
        """Returns a sentence on the member who has asked for changes to an exercise, and gets its next source."""
        from cowork.rooms.review_state import Reviews
        from cowork.rooms.submissions import Submissions

        me = self.app.cowork.me
        own = (each.id for each in room[Submissions].of(me.id, exercise.id)) if me is not None else ()
        names = [each.reviewer_name for each in room[Reviews].open(own) if each.verdict == "again"]
        return f" {clean(names[-1])}, who asked for changes, gets it." if names else ""

    def _room_of(self, exercise: Exercise) -> Room | None:
        """The room of the exercise's month, or the current room if the month has none."""
        cowork = self.app.cowork
        return next((room for room in cowork.rooms.values() if room.month == exercise.month_id), cowork.room)

    def on_events(self, change: Change) -> None:
        """Notifies the learner of others' passes, of verdicts on handed-in files, and of broken code."""
        session = self.app.cowork.session
        if session is None or session.member is None or change.room not in session.rooms:
            return
        from cowork.rooms.break_it import Attempts
        from cowork.rooms.news import title
        from cowork.rooms.submissions import Submissions

        room, me = session.rooms[change.room], session.member.id
        for event in change.events:
            fact = event.fact
            submission = room[Submissions].all.get(getattr(fact, "submission", ""))
            attempt = room[Attempts].all.get(getattr(fact, "attempt", ""))
            outcome = getattr(fact, "outcome", None)
            if outcome == "passed" and submission is not None and submission.by != me:
                self._notify(room, f"{submission.name} passed {title(submission.exercise)}.")
            elif outcome is not None and submission is not None and submission.by == me:
                result = "passed" if outcome == "passed" else "did not pass"
                self._notify(room, f"The hub has graded your {title(submission.exercise)}: it {result}.")
            elif outcome == "broke" and attempt is not None and not attempt.own:
                broken = room[Submissions].all[attempt.submission]
                if broken.by == me:
                    self._remember(broken.exercise, attempt)
                    self._notify(room, f"{attempt.name} broke your {title(broken.exercise)}. Press 5, then k.")

    def _remember(self, exercise_id: str, attempt: Attempt) -> None:
        """Stores an input that broke the learner's code, for a question after a return from memory."""
        from cowork.rooms.break_it import format_call

        call = format_call(attempt.probe, attempt.smallest if attempt.smallest is not None else attempt.arguments or {})
        texts = (clean(text) for text in (call, attempt.theirs, attempt.expected, attempt.says))
        with suppress(ProgressError):  # the notification says it too, and the room keeps it
            self.app.learner.progress.add_counterexample(exercise_id, Counterexample(attempt.id, *texts))

    def _notify(self, room: Room, text: str) -> None:
        """Shows a notification unless the room is on the screen."""
        cowork = self.app.cowork
        if not cowork.visible or cowork.room is not room:
            self.app.notify(clean(text), markup=False, timeout=6)
