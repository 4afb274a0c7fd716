"""Play a rendered clip with two listed cars through the real daemons and show the alerts.

Status 0 only if exactly the two listed cars alerted, each under one number.
"""

import argparse
import json
import queue
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console

from edge.keys.roles import Role
from scripts.clip import Clip, rendered
from scripts.demo_cast import LISTENER, ROOT, UNIT, Cast, site, write_hotlist
from scripts.demo_console import Desk
from scripts.demo_keys import Town
from scripts.demo_tell import Tale
from tests.brokers import Broker

CONSOLE = Console(highlight=False, soft_wrap=True)
_CONNECT_S = 30.0
_SETTLE_S = 4.0  # after the clip's end: revisions and receipts still come


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__, allow_abbrev=False)
    parser.add_argument("--seed", type=int, default=5, help="another seed is another street")
    parser.add_argument(
        "--cars", type=int, default=8, help="how many cars pass, two of them listed"
    )
    parser.add_argument(
        "--folder", type=Path, default=ROOT / "runs" / "demo", help="emptied, then kept"
    )
    parser.add_argument(
        "--config", type=Path, action="append", default=[], help="more settings for the unit"
    )
    parser.add_argument(
        "--console", action="store_true", help="show the alerts on the page for officers"
    )
    parser.add_argument(
        "--no-wait", action="store_true", help="with --console: wait for nobody, and end"
    )
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, _end)
    began = time.monotonic()
    try:
        return demo(options, began)
    except KeyboardInterrupt:
        CONSOLE.print("demo: stopped")
        return 130


def demo(options: argparse.Namespace, began: float) -> int:
    """Set the stage, play, tell, and return the status."""
    folder = options.folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    clip = rendered(CONSOLE, options.seed, options.cars)
    entries = write_hotlist(folder / "hotlist.csv", clip)
    CONSOLE.print(
        f"street: {clip.seconds:.0f} s, {len(clip.plates)} cars; hotlist: {entries} entries, "
        f"two of them pass: [bold]{' and '.join(clip.listed)}[/]"
    )
    with ExitStack() as stack:
        broker = Broker(folder / "broker")
        broker.start()
        stack.callback(broker.stop)
        CONSOLE.print(f"broker: mosquitto on port {broker.port}, TLS with client certificates")
        desk = Desk(folder) if options.console else None
        parties = {UNIT: Role.UNIT, LISTENER: Role.CONSOLE}
        town = Town(folder / "keys", parties, officers=desk.officers() if desk else ())
        CONSOLE.print("keys: a town of its own; each alert is signed by the unit and sealed")
        files = [site(folder, broker, clip, town), *options.config]
        cast = stack.enter_context(Cast(files, folder))
        if desk is not None:
            return _show(cast, broker, town, desk, clip, wait=not options.no_wait)
        tale = Tale(CONSOLE, clip, folder)
        _play(cast, broker, town, tale, clip)
    return tale.end(time.monotonic() - began)


def _play(cast: Cast, broker: Broker, town: Town, tale: Tale, clip: Clip) -> None:
    with CONSOLE.status("starting edge listen and edge run deliver"):
        cast.listen(broker, town)
        cast.daemon("deliver")
        _await_online(cast)
    CONSOLE.print("edge run deliver is connected; edge run watch plays the clip at its own pace\n")
    cast.daemon("watch")
    deadline = time.monotonic() + 3 * clip.seconds + 60
    for event in _events(cast, deadline):
        if event["event"] == "alert":
            tale.alert(event)


def _show(cast: Cast, broker: Broker, town: Town, desk: Desk, clip: Clip, *, wait: bool) -> int:
    """Play to the patrol console's page; with *wait* the page stays until Ctrl-C."""
    with CONSOLE.status("starting edge run console and edge run deliver"):
        cast.daemon("console", desk.site(broker, town))
        cast.daemon("deliver")
        desk.await_unit(cast)
    CONSOLE.print(f"\nedge run console: [bold]{desk.address}[/]")
    for name, password in desk.passwords.items():
        CONSOLE.print(f"  log in as [bold]{name}[/], password [bold]{password}[/]")
    if wait and sys.stdin.isatty():
        CONSOLE.input("open the page, then press Enter: the clip begins ")
    cast.daemon("watch")
    deadline = time.monotonic() + 3 * clip.seconds + 60
    for _ in _events(cast, deadline):
        raise AssertionError("nobody listens beside the console")
    if wait:
        CONSOLE.print("the clip is over; the page stays until Ctrl-C")
        while True:
            cast.check()
            time.sleep(0.5)
    faults = desk.faults(clip)
    for fault in faults:
        CONSOLE.print(f"[bold red]WRONG[/] {fault}")
    if not faults:
        CONSOLE.print("[bold green]RIGHT[/] the page has the two listed cars, and no other")
    return 1 if faults else 0


def _await_online(cast: Cast) -> None:
    """Wait until the listener has heard that the unit is online: then both are connected."""
    deadline = time.monotonic() + _CONNECT_S
    while time.monotonic() < deadline:
        event = _next(cast, 0.2)
        if event.get("event") == "status" and event["status"]["payload"]["state"] == "online":
            return
        cast.check()
    raise SystemExit(f"demo: no connection within {_CONNECT_S:.0f} s; see {cast.folder}/*.log")


def _events(cast: Cast, deadline: float) -> Iterator[dict[str, Any]]:
    """Yield what the listener says until watch has ended and all is quiet.

    Raises:
        SystemExit: a process failed, or the clip takes far longer than it lasts.
    """
    quiet_since = None
    while quiet_since is None or time.monotonic() < quiet_since + _SETTLE_S:
        event = _next(cast, 0.1)
        if event:
            quiet_since = None
            yield event
        elif cast.ended("watch"):
            quiet_since = quiet_since or time.monotonic()
        cast.check()
        if time.monotonic() > deadline:
            raise SystemExit(f"demo: watch does not come to an end; see {cast.folder}/watch.log")


def _next(cast: Cast, seconds: float) -> dict[str, Any]:
    try:
        return dict(json.loads(cast.heard.get(timeout=seconds)))
    except queue.Empty:
        return {}


def _end(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
