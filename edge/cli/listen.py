"""``edge listen``: print each alert as it comes, save its crop, answer with a receipt."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from pydantic import ValidationError

from edge.clock import Moment, SystemClock
from edge.config import load
from edge.config.delivery import DeliverySection
from edge.delivery.describe import describe, describe_status, is_late, latency_s
from edge.delivery.inbox import Heard
from edge.errors import ConfigError
from edge.messages.receipt import RECEIVERS
from edge.messages.status import StatusMessage
from edge.services.keyring import open_keyring
from edge.services.listen import Listening, run_listen

NAME = "listen"
HELP = "Print a town's alerts as they come, save their crops and send receipts."

_FLAGS = {  # flag: setting in [delivery]
    "host": "host",
    "port": "port",
    "ca": "ca_file",
    "cert": "certificate_file",
    "key": "key_file",
    "user": "user",
    "password_file": "password_file",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes; what is not given comes from [delivery] and [unit]."""
    parser.add_argument("--host", help="name of the broker")
    parser.add_argument("--port", type=int, help="port of the broker")
    parser.add_argument("--ca", metavar="FILE", help="the town's CA certificate")
    parser.add_argument("--cert", metavar="FILE", help="this receiver's certificate")
    parser.add_argument("--key", metavar="FILE", help="the key of that certificate")
    parser.add_argument("--user", help="user name, where the broker asks for one")
    parser.add_argument("--password-file", metavar="FILE", help="its password, mode 0600")
    parser.add_argument("--no-tls", action="store_true", help="plain MQTT, only on this machine")
    parser.add_argument(
        "--keys",
        metavar="FOLDER",
        type=Path,
        help="this receiver's keys, with root and roster (default: keys.folder of the settings);"
        " the units' delivery.receivers name it as its keys do",
    )
    parser.add_argument(
        "--state",
        metavar="DIR",
        type=Path,
        default=Path("edge-listen"),
        help="crops, and what was shown already (default: ./edge-listen)",
    )
    parser.add_argument("--jsonl", action="store_true", help="one JSON object a line")
    parser.add_argument("--count", type=int, metavar="N", help="end after N alerts")
    parser.add_argument(
        "--until-idle", type=float, metavar="S", help="end after S seconds without a new alert"
    )
    parser.add_argument(
        "--late",
        type=float,
        metavar="S",
        default=60.0,
        help="an alert older than this is history (default: 60)",
    )


def run(options: argparse.Namespace) -> int:
    """Listen until Ctrl-C or the end that the options name."""
    settings = load(options.config).settings
    clock = SystemClock("always")
    keys = options.keys or Path(settings.keys.folder)
    wish = Listening(
        delivery=_broker(settings.delivery, options),
        keyring=open_keyring(keys, clock, RECEIVERS),
        folder=options.state,
        count=options.count,
        idle_s=options.until_idle,
    )
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    run_listen(wish, _Lines(options.late) if options.jsonl else _Words(options.late), stop, clock)
    return 0


def _broker(section: DeliverySection, options: argparse.Namespace) -> DeliverySection:
    """Return the settings of the broker with the flags on top, checked like a file's."""
    given: dict[str, Any] = {
        setting: getattr(options, flag)
        for flag, setting in _FLAGS.items()
        if getattr(options, flag) is not None
    }
    if options.no_tls:
        given["tls"] = False
    try:
        return DeliverySection.model_validate({**section.model_dump(), **given})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise ConfigError(f"options of the broker: {where}: {first['msg']}") from None


class _Words:
    """Shows in words, for people."""

    def __init__(self, late_s: float) -> None:
        self._late_s = late_s

    def alert(self, heard: Heard, now: Moment) -> None:
        lines = describe(heard.message, now, self._late_s)
        lines.append(f"  crop: {heard.crop or 'none came'}")
        if heard.recovered:
            lines.append("  kept before the last end, and perhaps shown then")
        print("\n".join(lines), flush=True)

    def status(self, message: StatusMessage) -> None:
        print(describe_status(message), flush=True)

    def trouble(self, sentence: str) -> None:
        print(f"edge: {sentence}", file=sys.stderr, flush=True)


class _Lines(_Words):
    """Shows as JSON, one object a line, for programs."""

    def alert(self, heard: Heard, now: Moment) -> None:
        self._print(
            {
                "event": "alert",
                "latency_s": round(latency_s(heard.message, now), 4),
                "late": is_late(heard.message, now, self._late_s),
                "recovered": heard.recovered,
                "crop": str(heard.crop) if heard.crop else None,
                "alert": heard.message.model_dump(mode="json", exclude={"payload": {"crop"}}),
            }
        )

    def status(self, message: StatusMessage) -> None:
        self._print({"event": "status", "status": message.model_dump(mode="json")})

    def _print(self, event: dict[str, Any]) -> None:
        print(json.dumps(event, allow_nan=False), flush=True)
