"""Tell systemd how this process fares, as sd_notify(3) does; without systemd nothing happens.

The watchdog is fed by whoever finished a step, never by a timer: see
:meth:`Notifier.watchdog`.
"""

import os
import socket
from collections.abc import Mapping

from edge.clock import Clock, Moment
from edge.log import Log

_LOG = Log("notify")


class Notifier:
    """Where READY, STATUS, WATCHDOG and STOPPING go.

    Args:
        address: the value of ``NOTIFY_SOCKET``: a path, ``@name`` for an abstract socket, or
            empty for nobody.
        watchdog_s: the value of ``WatchdogSec`` of the unit; 0 when systemd keeps no watchdog.
    """

    def __init__(self, clock: Clock, address: str = "", watchdog_s: float = 0.0) -> None:
        self._clock = clock
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._every_s = watchdog_s / 4
        self._fed: Moment | None = None
        self._status = ""
        self._silent = False

    def ready(self) -> None:
        """Say that the start has succeeded."""
        self._send("READY=1")

    def status(self, sentence: str) -> None:
        """Show *sentence* in ``systemctl status``; the same one again is not sent."""
        line = " ".join(sentence.split())  # a line's end would begin another message to systemd
        if line != self._status:
            self._status = line
            self._send(f"STATUS={line}")

    def watchdog(self) -> None:
        """Feed the watchdog because a step has just been finished; cheap to call very often."""
        if self._every_s <= 0:
            return
        now = self._clock.now()
        if self._fed is None or now.since(self._fed) >= self._every_s:
            self._fed = now
            self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._send("STOPPING=1")

    def _send(self, line: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
            try:
                door.sendto(line.encode(), self._address)
            except OSError as error:
                if not self._silent:
                    _LOG.warning("systemd does not hear us", reason=error.strerror)
                self._silent = True


def open_notifier(clock: Clock, environment: Mapping[str, str] = os.environ) -> Notifier:
    """Return a notifier for the systemd that started this process, or one that does nothing.

    ``WATCHDOG_PID`` is respected: a child of the process that systemd watches feeds nothing.
    """
    watchdog_us = environment.get("WATCHDOG_USEC", "0")
    meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    watchdog_s = int(watchdog_us) / 1e6 if meant and watchdog_us.isdigit() else 0.0
    return Notifier(clock, environment.get("NOTIFY_SOCKET", ""), watchdog_s)
