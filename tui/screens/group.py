"""What an organiser sees of the group: who is in it, what each has built, where people are stuck; invites, roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import DataTable, Static

from tui.app_types import CourseAppMixin
from tui.formatting import clean, plural, short_path
from tui.screens.cowork_dialogs import ChoiceDialog
from tui.screens.dialogs import ConfirmDialog
from tui.screens.invite import InviteDialog
from tui.widgets.cowork.table_cells import cell
from tui.widgets.footer import KeyBar
from tui.widgets.updates import set_text

if TYPE_CHECKING:
    from cowork.cohort.statistics import Cohort
    from cowork.store.contract import Enrolled

ROLES = (
    ("member", "member: all but what organisers do"),
    ("guest", "guest: reads, talks and votes, where invited"),
    ("organiser", "organiser: also invites, plans meetings, sees all sources"),
)
LISTED = 12


class GroupDialog(CourseAppMixin, ModalScreen[None]):
    """A row a member, a column a month; below, what many find hard."""

    CSS_PATH = "group.tcss"
    AUTO_FOCUS = "#members"
    BINDINGS = [
        Binding("i", "invite", "Invite", id="group.invite", tooltip="Make an invite to send to somebody"),
        Binding("r", "role", "Role", id="group.role", tooltip="Give the marked member another role"),
        Binding("x", "shut_out", "Shut out", id="group.shut-out", tooltip="Shut the marked member out, or let them in"),
        Binding("e", "export", "Export", id="group.export", tooltip="All verdicts as CSV and JSON, in your workspace"),
        Binding("l", "load", "Again", id="group.load", tooltip="Ask the hub again"),
        Binding("escape,q", "app.pop_screen", "Close", id="group.close"),
    ]
    table = getters.query_one("#members", DataTable)

    def __init__(self) -> None:
        super().__init__()
        self.members: list[Enrolled] = []
        self.cohort: Cohort | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="group") as group:
            group.border_title = "Your group"
            yield DataTable(id="members", cursor_type="row", fixed_columns=1)
            with VerticalScroll(id="hard"):
                yield Static(id="hard-words", markup=False)
            yield KeyBar()

    def on_mount(self) -> None:
        set_text(self.query_one("#hard-words", Static), "Asking the hub…")
        self.action_load()

    @work(group="group", exclusive=True)
    async def action_load(self) -> None:
        import msgspec

        from cowork.cohort.statistics import Cohort
        from cowork.store.contract import Enrolled

        cowork = self.course_app.cowork
        members, cohort = await cowork.request("members"), await cowork.request("cohort")
        if members is None or cohort is None:
            self.dismiss()
            return
        found = msgspec.convert(members, list[Enrolled])
        self.members = sorted(found, key=lambda one: (one.gone, one.member.name.casefold()))
        self.cohort = msgspec.convert(cohort, Cohort)
        self._draw()

    def _draw(self) -> None:
        cohort = self.cohort
        assert cohort is not None
        table, row = self.table, self.table.cursor_row
        table.clear(columns=True)
        table.add_column(f"{plural(len(self.members), 'member')}")
        table.add_column("role")
        for i, month in enumerate(cohort.months, 1):
            table.add_column(cell(self.app, f"M{i}/{month.exercises}"))
        table.add_column("all")
        rows = {one.member: one for one in cohort.members}
        for one in self.members:
            colour: Any = "muted" if one.gone else ""
            known = rows.get(one.member.id)
            months = [self._month(passed, tried) for passed, tried in known.months] if known is not None else []
            months += [cell(self.app, "")] * (len(cohort.months) - len(months))
            table.add_row(
                cell(self.app, clean(one.member.name), colour, bold=not one.gone),
                cell(self.app, "shut out" if one.gone else one.member.role, "error" if one.gone else "muted"),
                *months,
                cell(self.app, str(known.passed) if known is not None else "", bold=True),
            )
        table.move_cursor(row=row, animate=False)
        set_text(self.query_one("#hard-words", Static), Content("\n").join(self._hard(cohort)))
        self.refresh_bindings()

    def _month(self, passed: int, tried: int) -> Any:
        text = " ".join(filter(None, (f"✓{passed}" if passed else "", f"·{tried}" if tried else "")))
        return cell(self.app, text, "success" if passed and not tried else "warning" if tried else "")

    def _hard(self, cohort: Cohort) -> Iterator[Content]:
        """Where people are stuck, and what catches them."""
        yield Content.styled("Stuck: three tries or more, and no pass", "bold $accent")
        for stuck in cohort.stuck[:LISTED]:
            names = ", ".join(f"{clean(one.name)} ({one.tries})" for one in stuck.who)
            yield Content.assemble((f"{stuck.title}  ", "bold"), f"{plural(stuck.people, 'person', 'people')}: {names}")
        if not cohort.stuck:
            yield Content.styled("Nobody is.", "$foreground-muted")
        yield Content.styled("\nCommon mistakes", "bold $accent")
        for one in cohort.mistakes[:LISTED]:
            caught = plural(one.people, "person", "people")
            yield Content.assemble((f"{one.title}  ", "bold"), clean(one.says), (f"  {caught}", "$foreground-muted"))
        if not cohort.mistakes:
            yield Content.styled("None was seen yet.", "$foreground-muted")

    @property
    def marked(self) -> Enrolled | None:
        row = self.table.cursor_row
        return self.members[row] if 0 <= row < len(self.members) else None

    @on(DataTable.RowHighlighted)
    def _moved(self) -> None:
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("role", "shut_out", "export") and not self.members:
            return None
        return True

    def action_invite(self) -> None:
        self.app.push_screen(InviteDialog())

    @work(group="dialog", exclusive=True)
    async def action_role(self) -> None:
        one = self.marked
        if one is not None:
            role = await self.app.push_screen_wait(ChoiceDialog(f"{clean(one.member.name)} is to be", ROLES))
            if role is not None and role != one.member.role:
                await self.course_app.cowork.request("change member", member=one.member.id, role=role)
                self.action_load()

    @work(group="dialog", exclusive=True)
    async def action_shut_out(self) -> None:
        one = self.marked
        if one is None:
            return
        name = clean(one.member.name)
        if not one.gone:
            text = "They are gone from all rooms at once, and their device is not let in again. What they did stays."
            if not await self.app.push_screen_wait(ConfirmDialog(f"Shut {name} out?", text, "Shut out")):
                return
        await self.course_app.cowork.request("change member", member=one.member.id, gone=not one.gone)
        self.action_load()

    @work(group="export", exclusive=True)
    async def action_export(self) -> None:
        """Fetches the exports piece by piece, and says where they are."""
        from learner import files

        folder = self.course_app.learner.workspace.root / "cohort"
        written = []
        for kind in ("csv", "json"):
            text, piece, pieces, id = "", 0, 1, ""
            while piece < pieces:
                got = await self.course_app.cowork.request("export", kind=kind, id=id, piece=piece)
                if got is None:
                    return
                text, id, pieces, piece = text + got["text"], got["id"], got["pieces"], piece + 1
            path = folder / f"cohort-{self.course_app.learner.clock():%Y-%m-%d}.{kind}"
            try:
                folder.mkdir(parents=True, exist_ok=True)
                files.overwrite(path, text.encode())
            except OSError as error:
                self.notify(f"It could not be written: {error}", severity="error", markup=False)
                return
            written.append(short_path(path))
        self.notify("\n".join(written), title="Written", markup=False, timeout=15)
