"""The key actions of a review's reviewer: claim, approve, ask again; and removing a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work
from textual.content import Content

from tui.formatting import clean

if TYPE_CHECKING:
    from textual.screen import ModalScreen

    from cowork.rooms.base import Command
    from cowork.rooms.review_state import Review, ReviewText
    from cowork.rooms.submissions import Submission
    from tui.app_types import CourseAppMixin

    class Base(CourseAppMixin, ModalScreen[None]):
        pass
else:
    Base = object

SOURCE = "source"


class ReviewActions(Base):
    """A mixin with the reviewer's actions of ReviewScreen."""

    if TYPE_CHECKING:
        room_id: str
        submission: Submission

        @property
        def review(self) -> Review | None: ...

    @property
    def my_id(self) -> str:
        me = self.course_app.cowork.me
        return me.id if me is not None else ""

    def check_review_action(self, action: str, review: Review | None) -> bool:
        """Whether an action works now."""
        if action == "remove":
            return self._may_remove_source() or bool(self._removable())
        if review is None:
            return False
        if action == "claim":
            return review.waits and not review.reviewer and review.by != self.my_id
        return review.waits and review.reviewer == self.my_id

    def _removable(self) -> list[ReviewText]:
        """The texts that the learner may remove: their own, or all as an organiser."""
        me, review = self.course_app.cowork.me, self.review
        texts = review.texts() if review is not None and me is not None else ()
        return [text for text in texts if me is not None and not text.removed and (text.text or text.blob)
                and (text.by == me.id or me.role == "organiser")]  # fmt: skip

    async def _do(self, command: Command) -> bool:
        return await self.course_app.cowork.do(command, self.room_id)

    @work(group="dialog", exclusive=True)
    async def action_claim(self) -> None:
        from cowork.rooms.mentoring import ClaimReview

        if await self._do(ClaimReview(self.submission.id)):
            self.notify("You review it now: comment on lines with c, then approve with a, or ask for changes with g.")

    @work(group="dialog", exclusive=True)
    async def action_approve(self) -> None:
        from cowork.rooms.mentoring import ApproveSubmission
        from tui.screens.cowork_dialogs import TextDialog

        name = clean(self.submission.name)
        dialog = TextDialog(f"Approve {name}'s submission", f"A message to {name} (optional).", empty=True)
        text = await self.app.push_screen_wait(dialog)
        if text is not None and await self._do(ApproveSubmission(self.submission.id, text)):
            self.notify(f"Approved. {name} will see it.", markup=False)

    @work(group="dialog", exclusive=True)
    async def action_ask_again(self) -> None:
        from cowork.rooms.mentoring import AskForChanges
        from tui.screens.cowork_dialogs import TextDialog

        name = clean(self.submission.name)
        dialog = TextDialog(
            f"Ask {name} for changes", "What should change? The next hand-in of this exercise comes back to you."
        )
        text = await self.app.push_screen_wait(dialog)
        if text is not None and await self._do(AskForChanges(self.submission.id, text)):
            self.notify(f"{name} will see what to change. The next hand-in comes back to you.", markup=False)

    @work(group="dialog", exclusive=True)
    async def action_remove(self) -> None:
        from cowork.rooms.review import RemoveReviewText
        from cowork.rooms.submissions import RemoveSource
        from tui.screens.cowork_dialogs import ChoiceDialog

        rows = [
            (str(text.seq), Content.assemble((f"{clean(text.name)}: ", "bold"), " ".join(clean(text.text).split())))
            for text in self._removable()
        ]
        if self._may_remove_source():
            rows.append((SOURCE, Content("The source itself, and the words of its verdict")))
        chosen = await self.app.push_screen_wait(ChoiceDialog("Remove what, for good?", rows))
        if chosen == SOURCE:
            if await self._do(RemoveSource(self.submission.id)):
                self.dismiss()
        elif chosen is not None:
            await self._do(RemoveReviewText(self.submission.id, int(chosen)))

    def _may_remove_source(self) -> bool:
        me = self.course_app.cowork.me
        return me is not None and (me.id == self.submission.by or me.role == "organiser")
