"""``edge hotlist serve``: a published folder for units that have only the broker."""

import argparse
import signal
import threading
from pathlib import Path
from types import FrameType

from edge import log
from edge.config import load
from edge.services.list_desk import run_list_desk


def declare(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    action = actions.add_parser(
        "serve",
        help="serve a published folder to units over the broker",
        description="Serve FOLDER, which 'edge hotlist publish' writes, to the units of the roster "
        "over the broker of [delivery] (units: hotlist.over_mqtt). A new manifest is pushed as "
        "soon as it lies there. The client certificate is a list-issuer's or the archive's; no "
        "key that signs lists is needed here.",
    )
    action.add_argument("folder", type=Path, metavar="FOLDER")
    action.add_argument("--keys", type=Path, help="town.json and roster (default: keys.folder)")
    action.add_argument(
        "--name", default="list-desk", help="of the session at the broker (default: list-desk)"
    )
    action.set_defaults(act=_serve)


def _serve(options: argparse.Namespace) -> int:
    settings = load(options.config).settings
    log.set_up(settings.log.level)
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    keys = options.keys or Path(settings.keys.folder)
    run_list_desk(settings, options.folder, keys, options.name, stop)
    return 0
