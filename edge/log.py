"""Structured lines for the journal: a sentence first, then ``key=value`` fields.

No plate is ever logged: a log is a copy that nobody asked for. Where standard error is the journal,
lines go to it with their fields as fields of its own (``journalctl LOGGER=edge.lists``,
``journalctl EDGE_WHY=...``, ``-o json``). What it does not take goes to standard error, and so do
errors, with their priority as ``<N>`` (sd-daemon(3)): ``journalctl -p warning`` finds all the same.
"""

import logging
import os
import re
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

_PRIORITY = {"CRITICAL": 2, "ERROR": 3, "WARNING": 4, "INFO": 6, "DEBUG": 7}
_JOURNAL: Final = Path("/run/systemd/journal/socket")
_NAME: Final = re.compile(r"[^A-Z0-9]+")
_LONGEST: Final = 59  # of a field's name; the journal takes 64


class _Lines(logging.Formatter):
    def __init__(self, journal: bool) -> None:
        super().__init__()
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        text = _text(self, record)
        if self._journal:
            mark = f"<{_PRIORITY.get(record.levelname, 6)}>"
            return "\n".join(mark + line for line in text.splitlines())
        return f"{record.levelname.lower():8}{text}"


class _Journal(logging.StreamHandler[Any]):
    """Speaks the journal's own protocol; whatever it does not take goes to standard error."""

    def __init__(self, door: Path) -> None:
        super().__init__(sys.stderr)
        self._door = str(door)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.settimeout(0.0)  # a journal that is stuck must not stop the reading

    def emit(self, record: logging.LogRecord) -> None:
        """Send one line."""
        if record.levelno >= logging.ERROR:
            # a process may end with it, and of a dead one the journal may not learn the unit
            super().emit(record)
            return
        try:
            text = _text(self.formatter or logging.Formatter(), record)
            self._socket.sendto(b"".join(_fields(text, record)), self._door)
        except OSError:  # away, full, or the line is too long for a datagram
            super().emit(record)

    def close(self) -> None:
        """Leave."""
        self._socket.close()
        super().close()


def _text(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    told = fields_of(record)
    tail = "".join(f" {key}={_quoted(value)}" for key, value in told.items())
    text = f"{record.name}: {record.getMessage()}{tail}"
    if record.exc_info:
        text += "\n" + formatter.formatException(record.exc_info)
    return text


def fields_of(record: logging.LogRecord) -> Mapping[str, object]:
    """Return the fields of one line."""
    found: Mapping[str, object] = getattr(record, "fields", {})
    return found


def _fields(text: str, record: logging.LogRecord) -> Iterator[bytes]:
    """Yield the line as the journal's protocol has it, each field with its length before it."""
    named: dict[str, object] = {
        "MESSAGE": text,
        "PRIORITY": _PRIORITY.get(record.levelname, 6),
        "SYSLOG_IDENTIFIER": "edge",
        "LOGGER": record.name,
    }
    for key, value in fields_of(record).items():
        # a prefix of ours: no field of a caller's can be taken for one of the journal's
        named["EDGE_" + _NAME.sub("_", key.upper()).strip("_")[:_LONGEST]] = value
    for name, value in named.items():
        body = str(value).encode("utf-8", "replace")
        yield name.encode("ascii") + b"\n" + len(body).to_bytes(8, "little") + body + b"\n"


def _quoted(value: object) -> str:
    text = str(value)
    return f'"{text}"' if " " in text or not text else text


class Log:
    """A named logger whose calls take fields: ``log.info("camera is back", after_s=3.2)``."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, sentence: str, **fields: Any) -> None:
        """Write for developers."""
        self._logger.debug(sentence, extra={"fields": fields})

    def info(self, sentence: str, **fields: Any) -> None:
        """Write what an operator may want to know."""
        self._logger.info(sentence, extra={"fields": fields})

    def warning(self, sentence: str, **fields: Any) -> None:
        """Write what needs a look, though the unit goes on."""
        self._logger.warning(sentence, extra={"fields": fields})

    def error(self, sentence: str, **fields: Any) -> None:
        """Write what ends something."""
        self._logger.error(sentence, extra={"fields": fields})


def set_up(level: str = "info", door: Path = _JOURNAL) -> None:
    """Send all lines of *level* and above to the journal or standard error, once per process.

    Args:
        door: the journal's socket.
    """
    journal = "JOURNAL_STREAM" in os.environ
    handler: logging.Handler
    if journal and _is_journal() and door.is_socket():
        handler = _Journal(door)
    else:
        handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(journal=journal))
    root = logging.getLogger()
    for before in root.handlers:
        if isinstance(before, _Journal):
            before.close()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


def keep(level: str) -> None:
    """Keep lines of *level* and above from now on."""
    logging.getLogger().setLevel(level.upper())


def _is_journal() -> bool:
    """Say whether standard error still is what systemd connected with the journal."""
    try:
        found = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError, AttributeError):
        return False
    return os.environ["JOURNAL_STREAM"] == f"{found.st_dev}:{found.st_ino}"
