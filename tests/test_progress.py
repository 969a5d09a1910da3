"""Progress of long work, in a terminal and in a log file."""

import io

from skglove import _progress
from skglove._progress import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def work(monkeypatch, stream, **options):
    monkeypatch.setattr("sys.stderr", stream)
    with progress("Reading", unit="texts", total=3, **options) as bar:
        for _ in range(3):
            bar.update(1)
    return stream.getvalue()


def test_a_bar_with_rate_and_remaining_time_in_a_terminal(monkeypatch):
    shown = work(monkeypatch, Terminal())
    assert shown.count("\n") == 1
    last = shown.split("\r")[-1]
    assert last.startswith("Reading: 100%")
    assert "<00:00" in last
    assert "texts/s" in last


def test_a_line_now_and_then_in_a_log_file(monkeypatch):
    monkeypatch.setattr(_progress, "_SECONDS_A_LINE", 0)
    lines = work(monkeypatch, io.StringIO()).splitlines()
    assert [line.partition("|")[0] for line in lines if line] == [
        f"Reading: {percent:3}%" for percent in (0, 33, 67, 100, 100)
    ]
    assert all(line == line.strip() for line in lines)


def test_a_log_file_gets_no_line_an_update(monkeypatch):
    lines = work(monkeypatch, io.StringIO()).splitlines()
    assert [line.partition("|")[0] for line in lines] == [
        "Reading:   0%",
        "Reading: 100%",
    ]


def test_nothing_is_shown_without_verbose(monkeypatch):
    assert work(monkeypatch, Terminal(), shown=False) == ""
