"""Structured lines for the journal: a sentence first, then ``key=value`` fields.

No plate is ever logged: a log is a copy that nobody asked for. Under systemd each line carries its
priority as ``<N>`` (sd-daemon(3)), so that ``journalctl -p warning`` works.
"""

import logging
import os
import sys
from typing import Any

_PRIORITY = {"CRITICAL": 2, "ERROR": 3, "WARNING": 4, "INFO": 6, "DEBUG": 7}


class _Lines(logging.Formatter):
    def __init__(self, journal: bool) -> None:
        super().__init__()
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        tail = "".join(f" {key}={_quoted(value)}" for key, value in fields.items())
        text = f"{record.name}: {record.getMessage()}{tail}"
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        if self._journal:
            mark = f"<{_PRIORITY.get(record.levelname, 6)}>"
            return "\n".join(mark + line for line in text.splitlines())
        return f"{record.levelname.lower():8}{text}"


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


def set_up(level: str = "info") -> None:
    """Send all lines of *level* and above to standard error, once per process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(journal="JOURNAL_STREAM" in os.environ))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
