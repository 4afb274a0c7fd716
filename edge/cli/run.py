"""``edge run``: one of the daemons, in the foreground, until it is told to stop."""

import argparse
import faulthandler
import signal
import threading
from pathlib import Path
from types import FrameType

from edge import log
from edge.config import Settings, load
from edge.config.load import TUNING_FILE
from edge.errors import EdgeError
from edge.keys.held import leave_no_dump
from edge.services.law import check_law
from edge.services.own_user import refuse_root
from edge.services.trial import (
    Asked,
    TrialFolder,
    load_sound,
    settle_at_start,
    tuning_file,
)

NAME = "run"
HELP = (
    "Run a daemon in the foreground: watch, deliver, search; console; archive; tuning, tunnel; or "
    "fetch releases, once."
)

_log = log.Log("edge")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    daemons = "watch deliver search console archive webhook tuning tunnel fetch".split()
    parser.add_argument("daemon", choices=daemons)
    parser.add_argument(
        "--now", action="store_true", help="fetch: whether or not the time for it has come"
    )
    parser.add_argument(
        "--page",
        metavar="FILE",
        type=Path,
        help="tuning: where it is served instead; service access writes that file",
    )


def run(options: argparse.Namespace) -> int:
    """Run until SIGTERM, SIGINT or the end of a recording.

    Returns:
        0 after an end that was asked for; 2 after a failure that the journal tells in a sentence.
        Anything unexpected, in whatever thread, ends in a traceback and status 1.
    """
    asked = None
    if options.daemon == "watch":
        loaded, asked = load_sound(_asked(options))
    elif options.daemon == "tuning":
        loaded, asked = load_sound(_files(options))
    else:
        loaded = load(options.config)
    settings = loaded.settings
    if options.page is not None:
        from edge.services.service_page import served_at  # noqa: PLC0415 - one page alone

        settings = served_at(settings, options.page)
    log.set_up(settings.log.level)
    faulthandler.enable()  # a crash in a library leaves no core: this is all that tells of it
    ending = _Ending()
    ending.listen()
    try:
        leave_no_dump()  # letters, queries and pictures are nothing for a core file
        check_law(settings, loaded.origins)
        refuse_root(options.daemon, settings)
        if asked is not None:
            signal.signal(signal.SIGHUP, lambda _number, _frame: asked.event.set())
        if options.daemon == "fetch":
            from edge.services.update_fetch import run_fetch  # noqa: PLC0415 - it alone ends at once

            run_fetch(settings, ending.stop, at_once=options.now)
        else:
            _start(options.daemon, settings, ending.stop, asked)
    except EdgeError as error:
        _log.error(str(error))
        return 2
    if ending.failure is not None:
        raise ending.failure
    return 0


def _asked(options: argparse.Namespace) -> Asked:
    """Return where watch's settings come from; a trial of some that failed is over by then."""
    asked = _files(options)
    if asked.trials is not None:
        settle_at_start(asked.trials)
    return asked


def _files(options: argparse.Namespace) -> Asked:
    """Return where the settings come from."""
    file = tuning_file(options.config, TUNING_FILE)
    return Asked(options.config, TrialFolder(file) if file else None, threading.Event())


def _start(
    daemon: str, settings: Settings, stop: threading.Event, asked: Asked | None = None
) -> None:
    if daemon == "watch":
        from edge.services.watch import run_watch  # noqa: PLC0415 - deliver needs no OpenCV

        run_watch(settings, stop, asked)
    elif daemon == "search":
        from edge.services.search import run_search  # noqa: PLC0415 - watch answers no searches

        run_search(settings, stop)
    elif daemon == "console":
        from edge.services.console import run_console  # noqa: PLC0415 - daemons serve no pages

        run_console(settings, stop)
    elif daemon == "archive":
        from edge.services.archive import run_archive  # noqa: PLC0415 - units have no SQLAlchemy

        run_archive(settings, stop)
    elif daemon == "tuning":
        from edge.services.tuning import run_tuning  # noqa: PLC0415 - daemons serve no pages

        run_tuning(settings, stop, asked)
    elif daemon == "tunnel":
        from edge.services.tunnel import run_tunnel  # noqa: PLC0415 - watch needs no paho

        run_tunnel(settings, stop)
    elif daemon == "webhook":
        from edge.services.webhook import run_webhook  # noqa: PLC0415 - watch needs no paho

        run_webhook(settings, stop)
    else:
        from edge.services.deliver import run_deliver  # noqa: PLC0415 - watch needs no paho

        run_deliver(settings, stop)


class _Ending:
    """What ends a daemon from outside of its loop: a signal, or a thread that died.

    A thread's own errors are carried to the loop by whoever started it. What gets past that would
    leave half a daemon, which looks alive: so it ends the whole one.
    """

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.failure: BaseException | None = None

    def listen(self) -> None:
        signal.signal(signal.SIGTERM, self._asked)
        signal.signal(signal.SIGINT, self._asked)
        threading.excepthook = self._died

    def _asked(self, _number: int, _frame: FrameType | None) -> None:
        self.stop.set()

    def _died(self, how: threading.ExceptHookArgs) -> None:
        _log.error("a thread died", thread=how.thread.name if how.thread else "unknown")
        self.failure = how.exc_value
        self.stop.set()
