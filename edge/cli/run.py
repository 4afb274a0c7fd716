"""``edge run``: one of the daemons, in the foreground, until it is told to stop."""

import argparse
import signal
import threading
from types import FrameType

from edge import log
from edge.config import load

NAME = "run"
HELP = "Run a daemon in the foreground: watch reads plates, deliver talks to the broker."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("daemon", choices=("watch", "deliver"))


def run(options: argparse.Namespace) -> int:
    """Run until SIGTERM, SIGINT or the end of a recording."""
    settings = load(options.config).settings
    log.set_up(settings.log.level)
    stop = _stop_on_signals()
    if options.daemon == "watch":
        from edge.services.watch import run_watch  # noqa: PLC0415 - deliver needs no OpenCV

        run_watch(settings, stop)
    else:
        from edge.services.deliver import run_deliver  # noqa: PLC0415 - watch needs no paho

        run_deliver(settings, stop)
    return 0


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop
