"""Lines for the journal."""

import io
import logging
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from edge import log
from tests.conftest import root_logger_as_found


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


JOURNALLED = """
import logging, os, pathlib, sys
from edge import log
from tests.conftest import root_logger_as_found
found = os.fstat(2)
os.environ["JOURNAL_STREAM"] = f"{found.st_dev}:{found.st_ino}"
log.set_up("info", pathlib.Path(sys.argv[1]))
lines = log.Log("edge.test")
lines.warning("camera is back", after_s=3.2, why="two\\nlines", **{"_message-of": "x"})
lines.info("long " * 200_000)
try:
    int("no")
except ValueError:
    logging.getLogger("edge.test").exception("it broke")
lines.info("all is well")
"""


def parsed(datagram: bytes) -> dict[str, str]:
    """Return the fields of a datagram as the journal reads them."""
    found, rest = {}, datagram
    while rest:
        name, _, rest = rest.partition(b"\n")
        size = int.from_bytes(rest[:8], "little")
        found[name.decode()] = rest[8 : 8 + size].decode()
        assert rest[8 + size : 9 + size] == b"\n"
        rest = rest[9 + size :]
    return found


def journalled(door: Path) -> str:
    """Run a process whose standard error is the journal, and return what came there as text."""
    done = subprocess.run(
        [sys.executable, "-c", JOURNALLED, str(door)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(Path(log.__file__).parents[1])},
    )
    return done.stderr


def test_the_journal_gets_fields(tmp_path: Path) -> None:
    """Each field is one of the journal's, whole over line ends; none poses as its own."""
    door = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(door))
        journal.settimeout(10)
        complaints = journalled(door)
        first, last = (parsed(journal.recv(1 << 20)) for _ in range(2))
        journal.settimeout(0.0)
        with pytest.raises(BlockingIOError):
            journal.recv(1 << 20)
    assert first["MESSAGE"].startswith("edge.test: camera is back after_s=3.2")
    assert (first["PRIORITY"], first["LOGGER"]) == ("4", "edge.test")
    assert (first["EDGE_AFTER_S"], first["EDGE_WHY"]) == ("3.2", "two\nlines")
    assert first["EDGE_MESSAGE_OF"] == "x"
    assert (last["PRIORITY"], last["MESSAGE"]) == ("6", "edge.test: all is well")
    assert complaints.startswith("<6>edge.test: long long"), "too long for a datagram: as a line"
    assert "<3>edge.test: it broke" in complaints, "of a process that ends the unit stays known"


def test_without_a_journal_lines_go_to_standard_error(tmp_path: Path) -> None:
    """No socket, no loss."""
    complaints = journalled(tmp_path / "none")
    assert "<4>edge.test: camera is back" in complaints
    assert "<3>ValueError" in complaints


def test_a_commands_lines_end_with_its_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a thread says after it goes to no closed stream; kept on, as the control, it would."""
    said, gone = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", gone)
    with root_logger_as_found():
        log.set_up()
        left = logging.getLogger().handlers[:]
        gone.close()
    monkeypatch.setattr(sys, "stderr", said)
    log.Log("edge.test").info("a thread goes on")
    assert said.getvalue() == ""
    with root_logger_as_found():
        logging.getLogger().handlers[:] = left
        log.Log("edge.test").warning("a thread goes on")
    assert said.getvalue().startswith("--- Logging error ---")
