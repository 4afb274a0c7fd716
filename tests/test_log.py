"""Lines for the journal."""

import logging
from collections.abc import Iterator

import pytest

from edge import log


@pytest.fixture(autouse=True)
def _root_logger_as_found() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_fields_follow_the_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """A line is a sentence with key=value fields, quoted where they hold spaces."""
    log.set_up()
    log.Log("edge.test").warning("camera is back", after_s=3.2, why="it was off", empty="")
    line = 'warning edge.test: camera is back after_s=3.2 why="it was off" empty=""\n'
    assert capsys.readouterr().err == line


def test_under_systemd_each_line_has_its_priority(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal learns the priority of every line, of a traceback's too."""
    monkeypatch.setenv("JOURNAL_STREAM", "1:2")
    log.set_up()
    try:
        int("two\nlines")
    except ValueError:
        logging.getLogger("edge.test").exception("it broke")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "<3>edge.test: it broke"
    assert len(lines) > 3
    assert all(line.startswith("<3>") for line in lines)


def test_the_level_holds(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines under the level are not written."""
    log.set_up("warning")
    lines = log.Log("edge.test")
    lines.info("not this")
    lines.debug("nor this")
    lines.error("but this")
    assert capsys.readouterr().err == "error   edge.test: but this\n"
