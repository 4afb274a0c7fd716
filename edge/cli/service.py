"""``edge service``: the unit's own Wi-Fi for whoever stands at it; systemd runs all of it."""

import argparse
import os
import signal
import threading
from pathlib import Path

from edge import log
from edge.clock import SystemClock
from edge.config import Settings, load
from edge.errors import ServiceError
from edge.services.notify import open_notifier
from edge.services.service_button import Button, find_button, listen
from edge.services.service_key import FILE, read_key
from edge.services.service_wifi import ServiceWifi

NAME = "service"
HELP = "Service access on the ladder: a button opens the unit's own Wi-Fi for a while."

_log = log.Log("edge.service")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    button = actions.add_parser("button", help="wait for the button (edge-service-button.service)")
    button.add_argument("--pressed", metavar="FILE", type=Path, required=True, help="written then")
    button.set_defaults(do=_button)
    wanted = actions.add_parser("wanted", help="say whether this unit has service access at all")
    wanted.set_defaults(do=_wanted)
    wifi = actions.add_parser("wifi", help="open the Wi-Fi, until its time is over; then: close")
    wifi.set_defaults(do=_wifi)
    close = actions.add_parser("close", help="take back all of it, whatever ended it")
    close.set_defaults(do=_close)


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    settings = load(options.config).settings
    log.set_up(settings.log.level)
    return int(options.do(settings, options))


def _wanted(settings: Settings, _options: argparse.Namespace) -> int:
    service = settings.service
    if not service.wifi:
        print("service.wifi is false: this unit has no service access")
        return 1
    find_button(service.button)
    return 0


def _button(settings: Settings, options: argparse.Namespace) -> int:
    clock, service = SystemClock(settings.clock.trust), settings.service
    if not service.wifi:
        raise ServiceError("service.wifi is false: this unit has no service access")
    button = Button(find_button(service.button), service.button, service.hold_s, clock)
    ServiceWifi(settings, clock).settle()
    notifier, stop = open_notifier(clock), _stop()

    def step() -> bool:
        notifier.watchdog()
        return not stop.is_set()

    notifier.ready()
    listen(button, options.pressed, step, _log.info)
    notifier.stopping()
    return 0


def _wifi(settings: Settings, _options: argparse.Namespace) -> int:
    clock = SystemClock(settings.clock.trust)
    wifi, notifier = ServiceWifi(settings, clock), open_notifier(clock)
    key = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/etc/edge")) / FILE
    wifi.open(read_key(key))
    stop = _stop()  # ended before, systemd takes back what there was
    notifier.ready()
    wifi.hold(stop, notifier.watchdog)
    notifier.stopping()
    return 0


def _close(settings: Settings, _options: argparse.Namespace) -> int:
    clock = SystemClock(settings.clock.trust)
    ServiceWifi(settings, clock).close(os.environ.get("SERVICE_RESULT", ""))
    return 0


def _stop() -> threading.Event:
    stop = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda _number, _frame: stop.set())
    return stop
