"""Tests of streamed text: characters are complete, stop strings never appear, and nothing is lost."""

from hypothesis import given
from hypothesis import strategies as st

from playground.host.text_stream import TextStream

LETTERS = st.text(alphabet="abc", max_size=30)
STOPS = st.lists(st.text(alphabet="abc", min_size=1, max_size=4), max_size=3)


def split(data: bytes, borders: list[int]) -> list[bytes]:
    """Splits the bytes at the borders."""
    ends = sorted({min(border, len(data)) for border in borders} | {len(data)})
    return [data[a:b] for a, b in zip([0, *ends], ends, strict=False)]


def expected(text: str, stops: list[str]) -> str:
    """Reads letter by letter until the text ends with a stop string, by definition."""
    for end in range(1, len(text) + 1):
        complete = [stop for stop in stops if text[:end].endswith(stop)]
        if complete:
            return text[: end - max(map(len, complete))]
    return text


@given(LETTERS, STOPS, st.lists(st.integers(0, 40)))
def test_text_ends_before_the_first_stop_string_however_it_is_split(
    text: str, stops: list[str], borders: list[int]
) -> None:
    stream, shown, wanted = TextStream(stops), "", expected(text, stops)
    for piece in split(text.encode(), borders):
        shown += stream.feed(piece)
        assert wanted.startswith(shown)
        if stream.stopped:
            break
    if not stream.stopped:
        shown += stream.flush()
    assert shown == wanted
    assert stream.stopped == (any(stop in text for stop in stops))


@given(st.binary(max_size=30) | st.text(max_size=12).map(str.encode), st.lists(st.integers(0, 40)))
def test_characters_are_complete(data: bytes, borders: list[int]) -> None:
    stream = TextStream()
    shown = "".join(stream.feed(piece) for piece in split(data, borders)) + stream.flush()
    assert shown == data.decode("utf-8", errors="replace")


def test_a_character_waits_for_its_last_byte() -> None:
    stream, smile = TextStream(), "😀".encode()
    assert [stream.feed(smile[i : i + 1]) for i in range(4)] == ["", "", "", "😀"]


def test_only_a_possible_stop_string_is_delayed() -> None:
    stream = TextStream(["\n\nUser:"])
    assert stream.feed(b"Hi.\n") == "Hi."
    assert stream.feed(b"\nU") == ""
    assert stream.feed(b"s!") == "\n\nUs!"
    assert stream.feed(b"\n\nUser: x") == ""
    assert stream.stopped
    assert stream.feed(b"more") == stream.flush() == ""
