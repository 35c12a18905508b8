"""The grading process: what it reads, and what it refuses to read. As a process:
tests/adapters/grader."""

from __future__ import annotations

import io
import json

import pytest

from spice_grader.protocol import MAX_LINE_BYTES, ProtocolError, Reply, Request, encode, requests
from spice_grader.reading import to_latex


def test_requests_come_one_a_line_until_the_stream_ends() -> None:
    source = io.BytesIO(b'{"id":1,"gold":"1","answer":"2"}\n{"id":2,"gold":"a","answer":"b","more":0}\n')
    assert list(requests(source)) == [Request(1, "1", "2"), Request(2, "a", "b")]


def test_a_torn_last_line_is_no_request() -> None:
    assert list(requests(io.BytesIO(b'{"id":1,"gold":"1","answer":"2"}'))) == []


@pytest.mark.parametrize(
    "line",
    [b"", b"[]", b"nonsense", b'{"id":1}', b'{"id":"1","gold":"1","answer":"2"}', b"x" * MAX_LINE_BYTES, b"\xff\xfe"],
)
def test_anything_else_ends_the_process(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        list(requests(io.BytesIO(line + b"\n")))


def test_a_reply_is_one_short_line_whatever_the_detail() -> None:
    line = encode(Request(7, "", ""), Reply("error", "two\nlines " * 1000))
    assert line.count(b"\n") == 1
    assert len(line) < 4096
    assert json.loads(line)["id"] == 7


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("12", "$12$"),
        ("$\\frac{1}{2}$", "$\\frac{1}{2}$"),
        ("\\(x\\)", "$x$"),
        ("3.5e3", "$3.5 \\cdot 10^{3}$"),
        ("2pi", "$2\\pi$"),
        ("sqrt(2)", "$sqrt(2)$"),
        ("xy", "$xy$"),
    ],
)
def test_an_answer_is_handed_over_as_latex(text: str, latex: str) -> None:
    found = to_latex(text)
    assert found is not None
    assert found.replace(" ", "") == latex.replace(" ", "")


@pytest.mark.parametrize("text", ["", " ", "twelve", "12 or 13", "1 234", "3 1/2", "line\nline", "the answer is 12"])
def test_prose_and_split_numbers_are_not_handed_over(text: str) -> None:
    assert to_latex(text) is None
