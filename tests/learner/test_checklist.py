"""Checklists: finds the items in any text, and ticks one by changing a single byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learner.checklist import Checklist, find_items, read_checklist, set_ticked
from learner.errors import ProjectError

LIST = b"""# Mine

- [ ] one
* [x] two,
  on two lines
  1. [X] three, numbered and indented

```
- [ ] in code
```
<!-- - [ ] in a note
- [ ] still in it -->
## Last
+ [ ] four <!-- with a note -->
- [] none
- [y] none
-[ ] none
"""

LINES = st.one_of(
    st.sampled_from([b"- [ ] a", b"* [x] b", b"  3) [X] c", b"```", b"~~~~", b"# d", b"<!--", b"-->", b"", b"- [ ]"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12).map(str.encode),
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
CONTENTS = st.builds(
    lambda mark, lines, last: mark + b"".join(line + end for line, end in lines) + last,
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.lists(st.tuples(LINES, ENDS), max_size=12),
    LINES,
)


def test_items_follow_github_flavored_markdown() -> None:
    items = find_items(LIST, "CHECKLIST.md")
    assert [(item.text, item.ticked, item.heading) for item in items] == [
        ("one", False, "Mine"),
        ("two, on two lines", True, "Mine"),
        ("three, numbered and indented", True, "Mine"),
        ("four <!-- with a note -->", False, "Last"),
    ]
    assert [item.number for item in items] == [1, 2, 3, 4] and items[1].line == 4


@given(CONTENTS, st.data())
def test_ticking_changes_one_byte_and_unticking_restores_it(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, data: object
) -> None:
    assert isinstance(data, st.DataObject)
    path = tmp_path_factory.getbasetemp() / "CHECKLIST.md"
    path.write_bytes(content)
    before = read_checklist(path)
    if not before.items:
        with pytest.raises(ProjectError):
            set_ticked(before, 1, True)
        assert path.read_bytes() == content
        return
    item = data.draw(st.sampled_from(before.items))
    after = set_ticked(before, item.number, not item.ticked)
    now = path.read_bytes()
    assert now == after.content and len(now) == len(content)
    assert [i for i in range(len(now)) if now[i] != content[i]] == [item.offset]
    assert [entry.ticked for entry in after.items] == [
        entry.ticked ^ (entry.number == item.number) for entry in before.items
    ]
    assert [entry.text for entry in after.items] == [entry.text for entry in before.items]
    restored = set_ticked(after, item.number, item.ticked).content
    # An "X" becomes an equivalent "x".
    assert restored[: item.offset] + restored[item.offset + 1 :] == content[: item.offset] + content[item.offset + 1 :]
    assert restored[item.offset : item.offset + 1] == content[item.offset : item.offset + 1].lower()


def write_checklist(tmp_path: Path) -> Checklist:
    (tmp_path / "CHECKLIST.md").write_bytes(LIST)
    return read_checklist(tmp_path / "CHECKLIST.md")


def test_ticking_a_ticked_item_writes_nothing(tmp_path: Path) -> None:
    checklist = write_checklist(tmp_path)
    os.utime(checklist.path, (1, 1))
    assert set_ticked(checklist, 2, True).content == LIST
    assert checklist.path.stat().st_mtime == 1


@pytest.mark.parametrize("content", [LIST + b" ", LIST[:-1], LIST.replace(b"one", b"One"), b""])
def test_a_file_that_has_changed_is_not_written(tmp_path: Path, content: bytes) -> None:
    checklist = write_checklist(tmp_path)
    checklist.path.write_bytes(content)
    with pytest.raises(ProjectError, match="has changed since it was read"):
        set_ticked(checklist, 1, True)
    assert checklist.path.read_bytes() == content


def test_a_deleted_file_is_not_created_again(tmp_path: Path) -> None:
    checklist = write_checklist(tmp_path)
    checklist.path.unlink()
    with pytest.raises(ProjectError, match="no longer exists"):
        set_ticked(checklist, 1, True)
    assert not checklist.path.exists()


def test_ticking_keeps_mode_and_links(tmp_path: Path) -> None:
    checklist = write_checklist(tmp_path)
    checklist.path.chmod(0o600)
    hard, soft = tmp_path / "hard.md", tmp_path / "soft.md"
    os.link(checklist.path, hard)
    soft.symlink_to(checklist.path)
    set_ticked(read_checklist(soft), 1, True)
    assert soft.is_symlink()
    assert hard.read_bytes() == checklist.path.read_bytes() == LIST.replace(b"[ ] one", b"[x] one")
    assert checklist.path.stat().st_mode & 0o777 == 0o600


def test_unreadable_files_raise_errors(tmp_path: Path) -> None:
    path = tmp_path / "CHECKLIST.md"
    with pytest.raises(ProjectError, match="There is no file"):
        read_checklist(path)
    path.mkdir()
    with pytest.raises(ProjectError, match="is a folder"):
        read_checklist(path)
    path.rmdir()
    os.mkfifo(path)
    with pytest.raises(ProjectError, match="is not a regular file"):
        read_checklist(path)
    path.unlink()
    path.write_bytes("- [ ] größer\n- [ ] weit".encode() + "- [ ] öde".encode("latin-1"))
    with pytest.raises(ProjectError, match="line 2: this is not UTF-8"):
        read_checklist(path)
    path.write_bytes("- [ ] one".encode("utf-16"))
    with pytest.raises(ProjectError, match="not UTF-8"):
        read_checklist(path)
    path.write_bytes(b"x" * 5_000_000)
    with pytest.raises(ProjectError, match="too large"):
        read_checklist(path)
    path.write_bytes(b"# No box\n")
    assert read_checklist(path).items == () and read_checklist(path).next is None
