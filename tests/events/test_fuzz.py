"""Whatever the bytes: a table or an error of ours; and two ways to read agree."""

import contextlib
import io

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conflictstats.errors import ConflictStatsError
from conflictstats.events import _regular, check, read_ged
from conflictstats.events._files import open_local
from conflictstats.events._regular import read_regular
from conflictstats.events._rows import read_rows
from tests.events.conftest import Events

SOUND = Events(6).text().encode()
HEADER = SOUND.split(b"\n")[0]
PIECES = st.sampled_from(
    ["a", "1", "", ",", '"', "\n", "\r\n", "\r", '""', '"x"', " ", "ä", "#", ";"]
)


def reads_or_refuses(content):
    for read in (read_ged, check):
        with contextlib.suppress(ConflictStatsError):
            read(io.BytesIO(content))


@settings(deadline=None)
@given(st.binary(max_size=300))
@example(b"PK\x03\x04")
@example(b"\x1f\x8b")
@example(b"\xff\xfe")
@example(b"\n")
def test_any_bytes(content):
    reads_or_refuses(content)
    reads_or_refuses(HEADER + b"\n" + content)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_text_after_a_sound_header(text):
    reads_or_refuses(HEADER + b"\n" + text.encode())


@given(st.integers(0, len(SOUND)), st.integers(0, 40), st.binary(max_size=5))
@example(len(HEADER) + 20, 30, b"")
@settings(max_examples=200, deadline=None)
def test_any_wound_to_a_sound_file(at, cut, put):
    reads_or_refuses(SOUND[:at] + put + SOUND[at + cut :])


@given(
    st.lists(PIECES, max_size=30).map("".join),
    st.integers(1, 2),
    st.sampled_from([1, 3]),
)
@settings(max_examples=400, deadline=None)
@example('a,"\n"\n1,2', 1, 1)
@example("1,2\n3,4\n\n", 1, 1)
@example("1,2\n3\n4,5,6\n", 1, 1)
@example("1,2,3\n4\n", 1, 3)
@example('1,"2', 1, 3)
def test_the_fast_way_agrees_with_the_exact_way_or_gives_up(text, skip, block):
    content = ("p,q\n" + text).encode()
    with (
        pytest.MonkeyPatch.context() as patch,
        open_local(io.BytesIO(content)) as file,
    ):
        patch.setattr(_regular, "BLOCK", block)
        fast = read_regular(file, ["p", "q"], ["p", "q"], skip=skip)
        if fast is None:
            return
        exact = read_rows(file, ["p", "q"], ["p", "q"], skip=skip)
    assert exact.ragged == []
    assert exact.blank_rows == 0
    np.testing.assert_array_equal(fast.rows, exact.rows)
    for name in ("p", "q"):
        assert fast.columns[name].texts == exact.columns[name].texts
        np.testing.assert_array_equal(
            fast.columns[name].codes, exact.columns[name].codes
        )
