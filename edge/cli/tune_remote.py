"""``edge tune remote``: a unit's tuning page on the technician's laptop, through the broker."""

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from edge.clock import SystemClock
from edge.config import load
from edge.keys.roles import Role
from edge.services.keyring import open_keyring
from edge.services.tunnel_laptop import LOOPBACK, RemotePage, Use, Wish

_PORT = 8792
_STEP = 0.05  # of the budget: how often it is told how much is used


def declare(actions: Any) -> argparse.ArgumentParser:
    """Declare the action and return its parser."""
    remote: argparse.ArgumentParser = actions.add_parser(
        "remote", help="a unit's tuning page here, through the broker, until Ctrl-C"
    )
    remote.add_argument("--unit", required=True, metavar="NAME", help="the unit to reach")
    remote.add_argument(
        "--keys",
        required=True,
        metavar="DIR",
        type=Path,
        help="the technician's own: identity.key, town.json, roster",
    )
    remote.add_argument(
        "--port", type=int, default=_PORT, help=f"on this machine alone (default: {_PORT}; 0: any)"
    )
    remote.add_argument(
        "--take-over",
        action="store_true",
        help="put out another laptop of yours that is on the page; it is told",
    )
    remote.set_defaults(do=_remote)
    return remote


def _remote(options: argparse.Namespace) -> int:
    """Carry the page until it is told to stop.

    Raises:
        EdgeError: keys or certificate are missing, the unit refuses, or has ended it for good.
    """
    settings = load(options.config).settings
    clock = SystemClock(settings.clock.trust)
    keyring = open_keyring(options.keys, clock, {Role.TECHNICIAN})
    wish = Wish(
        options.unit,
        settings.delivery,
        keyring,
        broker_port=settings.tuning.remote_port,
        port=options.port,
        over=options.take_over,
    )
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    shows = _Shows()
    remote = RemotePage(wish, clock, shows.tell, shows.opened)
    port = remote.start()
    shows.tell(f"asking {options.unit}; its page will be at {LOOPBACK}:{port}")
    try:
        while not stop.is_set():
            remote.step()
            shows.use(remote.use)
    finally:
        remote.stop()
    return 0


class _Shows:
    """What a technician reads on the terminal."""

    def __init__(self) -> None:
        self._told = -1

    def tell(self, sentence: str) -> None:
        """Show a sentence."""
        print(sentence, file=sys.stderr, flush=True)

    def opened(self, url: str) -> None:
        """Show where the page is."""
        print(url, flush=True)
        self._told = -1

    def use(self, use: Use | None) -> None:
        """Show how much is used, at the beginning and at each twentieth of the budget."""
        if use is None:
            return
        step = int(use.used / (use.budget * _STEP)) if use.budget else 0
        if step != self._told:
            self._told = step
            used, budget = use.used / 1e6, use.budget / 1e6
            self.tell(f"{used:.1f} of {budget:.0f} MB are used; it ends by {use.until}")
