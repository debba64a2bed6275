"""The dialog for organisers: members, their progress, common problems, invites and roles."""

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
from tui.screens.invites import InvitesDialog
from tui.widgets.cowork.table_cells import cell
from tui.widgets.footer import KeyBar
from tui.widgets.updates import set_text

if TYPE_CHECKING:
    from cowork.cohort.statistics import Cohort
    from cowork.store.contract import Enrolled

ROLES = (
    ("member", "member: everything except organising"),
    ("guest", "guest: reads, writes and votes in one room"),
    ("organiser", "organiser: also invites, plans meetings, reads all sources"),
)
WAYS_TO_BAN = (
    ("keep", "Ban; their messages and submissions are kept"),
    ("forget", "Ban, and delete everything that they wrote and handed in, and their name"),
)
MAX_LISTED = 12


class GroupDialog(CourseAppMixin, ModalScreen[None]):
    """Shows a row per member and a column per month, and below it where members are stuck."""

    CSS_PATH = "group.tcss"
    AUTO_FOCUS = "#members"
    BINDINGS = [
        Binding("i", "invite", "Invite", id="group.invite", tooltip="Create an invite"),
        Binding("v", "invites", "Invites", id="group.invites", tooltip="See all invites, and revoke one"),
        Binding("r", "role", "Role", id="group.role", tooltip="Change the selected member's role"),
        Binding("x", "ban", "Ban", id="group.shut-out", tooltip="Ban the selected member, or lift the ban"),
        Binding("e", "export", "Export", id="group.export", tooltip="Save all verdicts as CSV and JSON"),
        Binding("l", "load", "Reload", id="group.load", tooltip="Reload from the hub"),
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
            with VerticalScroll(id="problems"):
                yield Static(id="problems-text", markup=False)
            yield KeyBar()

    def on_mount(self) -> None:
        set_text(self.query_one("#problems-text", Static), "Loading from the hub…")
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
        enrolled = msgspec.convert(members, list[Enrolled])
        self.members = sorted(enrolled, key=lambda entry: (entry.gone, entry.member.name.casefold()))
        self.cohort = msgspec.convert(cohort, Cohort)
        self._draw()

    def _draw(self) -> None:
        cohort = self.cohort
        assert cohort is not None
        table, row = self.table, self.table.cursor_row
        table.clear(columns=True)
        present = sum(not entry.gone for entry in self.members)
        table.add_column(plural(present, "member"))
        table.add_column("role")
        for i, month in enumerate(cohort.months, 1):
            table.add_column(cell(self.app, f"M{i}/{month.exercises}"))
        table.add_column("all")
        rows = {progress.member: progress for progress in cohort.members}
        for entry in self.members:
            colour: Any = "muted" if entry.gone else ""
            progress = rows.get(entry.member.id)
            months = [self._month(passed, tried) for passed, tried in progress.months] if progress is not None else []
            months += [cell(self.app, "")] * (len(cohort.months) - len(months))
            table.add_row(
                cell(self.app, clean(entry.member.name), colour, bold=not entry.gone),
                cell(self.app, _role(entry), "error" if entry.gone and not entry.left else "muted"),
                *months,
                cell(self.app, str(progress.passed) if progress is not None else "", bold=True),
            )
        table.move_cursor(row=row, animate=False)
        set_text(self.query_one("#problems-text", Static), Content("\n").join(self._problems(cohort)))
        self.refresh_bindings()

    def _month(self, passed: int, tried: int) -> Any:
        text = " ".join(filter(None, (f"✓{passed}" if passed else "", f"·{tried}" if tried else "")))
        return cell(self.app, text, "success" if passed and not tried else "warning" if tried else "")

    def _problems(self, cohort: Cohort) -> Iterator[Content]:
        """Yields where members are stuck, and their common mistakes."""
        yield Content.styled("Stuck: three or more attempts without a pass", "bold $accent")
        for stuck in cohort.stuck[:MAX_LISTED]:
            names = ", ".join(f"{clean(person.name)} ({person.tries})" for person in stuck.who)
            yield Content.assemble((f"{stuck.title}  ", "bold"), f"{plural(stuck.people, 'person', 'people')}: {names}")
        if not cohort.stuck:
            yield Content.styled("Nobody is stuck.", "$foreground-muted")
        yield Content.styled("\nCommon mistakes", "bold $accent")
        for mistake in cohort.mistakes[:MAX_LISTED]:
            people = plural(mistake.people, "person", "people")
            yield Content.assemble(
                (f"{mistake.title}  ", "bold"), clean(mistake.says), (f"  {people}", "$foreground-muted")
            )
        if not cohort.mistakes:
            yield Content.styled("None yet.", "$foreground-muted")

    @property
    def selected(self) -> Enrolled | None:
        row = self.table.cursor_row
        return self.members[row] if 0 <= row < len(self.members) else None

    @on(DataTable.RowHighlighted)
    def _on_highlight(self) -> None:
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("role", "ban", "export") and not self.members:
            return None
        return True

    def action_invite(self) -> None:
        self.app.push_screen(InviteDialog())

    def action_invites(self) -> None:
        self.app.push_screen(InvitesDialog())

    @work(group="dialog", exclusive=True)
    async def action_role(self) -> None:
        entry = self.selected
        if entry is not None:
            role = await self.app.push_screen_wait(ChoiceDialog(f"Role of {clean(entry.member.name)}", ROLES))
            if role is not None and role != entry.member.role:
                await self.course_app.cowork.request("change member", member=entry.member.id, role=role)
                self.action_load()

    @work(group="dialog", exclusive=True)
    async def action_ban(self) -> None:
        entry = self.selected
        if entry is None:
            return
        name = clean(entry.member.name)
        forget = False
        if not entry.gone:
            way = await self.app.push_screen_wait(ChoiceDialog(f"Ban {name}?", WAYS_TO_BAN))
            if way is None:
                return
            forget = way == "forget"
            text = (
                "They leave all rooms at once and cannot sign in again. The invite that they came by is revoked. "
                f"Everything that they wrote and handed in is {'deleted for good' if forget else 'kept'}."
            )
            if not await self.app.push_screen_wait(ConfirmDialog(f"Ban {name} now?", text, "Ban")):
                return
        answer = await self.course_app.cowork.request(
            "change member", member=entry.member.id, gone=not entry.gone, forget=forget
        )
        if answer is not None and (revoked := answer.get("revoked")):
            self.notify(f"{plural(len(revoked), 'invite')} that {name} knew can no longer be used.", markup=False)
        self.action_load()

    @work(group="export", exclusive=True)
    async def action_export(self) -> None:
        """Downloads the exports in pieces and saves them in the workspace."""
        from learner import files

        folder = self.course_app.learner.workspace.root / "cohort"
        written = []
        for kind in ("csv", "json"):
            text, piece, pieces, id = "", 0, 1, ""
            while piece < pieces:
                answer = await self.course_app.cowork.request("export", kind=kind, id=id, piece=piece)
                if answer is None:
                    return
                text, id, pieces, piece = text + answer["text"], answer["id"], answer["pieces"], piece + 1
            path = folder / f"cohort-{self.course_app.learner.clock():%Y-%m-%d}.{kind}"
            try:
                folder.mkdir(parents=True, exist_ok=True)
                files.overwrite(path, text.encode())
            except OSError as error:
                self.notify(f"Cannot save the export: {error}", severity="error", markup=False)
                return
            written.append(short_path(path))
        self.notify("\n".join(written), title="Saved", markup=False, timeout=15)


def _role(entry: Enrolled) -> str:
    if entry.gone:
        return "left" if entry.left else "banned"
    return entry.member.role
