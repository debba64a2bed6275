"""Any settings file is read, or moved aside with a message."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from learner.settings import Settings, load_settings
from tui.editor import find_editor

names = st.sampled_from(["theme", "editor", "start", "audience", "other"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
files = st.binary(max_size=80) | st.dictionaries(names, values, max_size=4).map(
    lambda table: json.dumps(table).encode()
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=files)
@example(b'{"a":' * 5_000)
@example(b"[" * 5_000)
@example(b'{"editor": "a\\u0000b"}')
@example(b'{"editor": "\\""}')
def test_any_file_is_read_or_reported(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("config") / "settings.json"
    path.write_bytes(content)
    loaded = load_settings(path)
    assert isinstance(loaded.settings, Settings)
    if loaded.message is not None:
        assert loaded.settings == Settings()
        (renamed,) = path.parent.iterdir()
        assert renamed.read_bytes() == content
    find_editor(loaded.settings.editor)
