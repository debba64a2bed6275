"""What a room is told of one's own work, and what one is told of the others': presence, passes handed in, notices."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tui.background import start
from tui.checking import CheckState
from tui.formatting import clean

if TYPE_CHECKING:
    from cowork.client.session import Change
    from cowork.frames import MemberStatus
    from cowork.rooms.base import Room
    from exercises.course import Exercise
    from tui.app import FromScratchApp

EXPLAINED = (
    "Your source goes to your group's hub, which grades it anew; the room sees that and how it went. Organisers can "
    "read it, and the others once they have passed this exercise too. In Practice, ctrl+u hands in by hand."
)


class PresenceReporter:
    """Subscribes to checks and to what happens in rooms. Never takes the focus from anybody but for one question."""

    def __init__(self, app: FromScratchApp) -> None:
        self.app = app
        self._told: dict[str, MemberStatus] = {}
        self._asked = False
        self._working = False

    def begin(self) -> None:
        """Begins to listen."""
        self.app.checker.changed.subscribe(self.app, self._checked)
        self.app.checker.saved.subscribe(self.app, self._saved)
        self.app.mode_change_signal.subscribe(self.app, self._turned)
        self.app.watch(self.app, "exercise", lambda exercise: self.tell(), init=False)
        self._turned(self.app.current_mode)

    def _turned(self, mode: str) -> None:
        if mode == "practice":
            self._work()

    def _saved(self, exercise: Exercise) -> None:
        self._work()

    def _work(self) -> None:
        """From now on the app's exercise is the learner's: at the start it is only where Practice would begin."""
        self._working = True
        self.tell()

    def tell(self) -> None:
        """Tells every room which exercise the learner has opened and how it goes, where that is new to it."""
        session, exercise = self.app.cowork.session, self.app.exercise if self._working else None
        if session is None or not session.rooms:
            return
        from cowork.frames import MemberStatus

        here = MemberStatus(exercise.id, *self._so_far(exercise)) if exercise is not None else MemberStatus()
        for room in session.rooms:
            if self._told.get(room) != here:
                self._told[room] = here
                session.report_status(room, here)

    def _so_far(self, exercise: Exercise) -> tuple[int, int]:
        last = self.app.learner.last_attempt(exercise)
        checks: list[Any] = last.verdict.get("checks", []) if last is not None else []
        return sum(check.get("outcome") == "passed" for check in checks), len(checks)

    def _checked(self, state: CheckState) -> None:
        if state.phase != "done" or state.verdict is None:
            return
        self.tell()
        if state.verdict.passed and state.attempt and self.app.cowork.room is not None:
            start(self.app, partial(self._passed, state.exercise), "hand in")

    async def _passed(self, exercise: Exercise) -> None:
        wish: str = self.app.learner.settings.hand_in
        if wish == "ask":
            wish = await self._ask(exercise)
        if wish == "yes":
            await self.hand_in(exercise)

    async def _ask(self, exercise: Exercise) -> str:
        """The first time; whoever looks elsewhere is not asked now."""
        from tui.screens.practice import PracticeScreen

        if self._asked or not isinstance(self.app.screen, PracticeScreen):
            return "no"
        self._asked = True
        from tui.screens.hand_in import HandInDialog

        answer = await self.app.push_screen_wait(HandInDialog(exercise.title, EXPLAINED))
        if answer in ("yes", "no") and (trouble := self.app.learner.change(hand_in=answer)):
            self.app.notify(trouble, severity="warning", markup=False)
        return "yes" if answer == "once" else answer

    async def hand_in(self, exercise: Exercise) -> None:
        """Gives the hub the file as it is now."""
        from cowork.rooms.submissions import HandIn
        from learner.workspace import WorkspaceError

        room = self.room_of(exercise)
        if room is None:
            self.app.notify("You are in no study group now: press 5.", markup=False)
            return
        try:
            source = self.app.learner.workspace.read(exercise)
        except WorkspaceError as error:
            self.app.notify(str(error), severity="error", markup=False)
            return
        if await self.app.cowork.do(HandIn(exercise.id, source), room.id):
            self.app.notify(f"{exercise.title} is handed in to {clean(room.title)}.", markup=False)

    def room_of(self, exercise: Exercise) -> Room | None:
        """The room of the exercise's month; without one, the room looked at."""
        session = self.app.cowork.session
        rooms = session.rooms.values() if session is not None else ()
        return next((room for room in rooms if room.month == exercise.month_id), self.app.cowork.room)

    def heard(self, change: Change) -> None:
        """Tells of a pass of somebody else, and of one's own code being broken."""
        session = self.app.cowork.session
        if session is None or session.member is None or change.room not in session.rooms:
            return
        from cowork.rooms.break_it import Attempts
        from cowork.rooms.submissions import Submissions

        room, me = session.rooms[change.room], session.member.id
        for event in change.events:
            fact = event.fact
            submission = room[Submissions].all.get(getattr(fact, "submission", ""))
            attempt = room[Attempts].all.get(getattr(fact, "attempt", ""))
            outcome = getattr(fact, "outcome", None)
            if outcome == "passed" and submission is not None and submission.by != me:
                self._say(room, f"{submission.name} passed {submission.exercise}.")
            elif outcome is not None and submission is not None and submission.by == me:
                word = "passed" if outcome == "passed" else "did not pass"
                self._say(room, f"The hub has graded {submission.exercise}: it {word}.")
            elif outcome == "broke" and attempt is not None and not attempt.own:
                broken = room[Submissions].all[attempt.submission]
                if broken.by == me:
                    self._say(room, f"{attempt.name} broke your {broken.exercise}. Press 5, then k.")

    def _say(self, room: Room, text: str) -> None:
        """A notice, to who does not look at the room."""
        cowork = self.app.cowork
        if not cowork.looked_at or cowork.room is not room:
            self.app.notify(clean(text), markup=False, timeout=6)
