"""Everything to check before climbing down: one sentence each, and what mends it."""

from collections.abc import Callable, Collection
from typing import Final

import numpy as np

from edge.clock import Clock
from edge.config import Settings
from edge.errors import EdgeError
from edge.records import Frame
from edge.services.check_broker import BROKER_MEND, check_broker
from edge.services.check_camera import CAMERA_MEND, CameraCheck, running_watch
from edge.services.check_clock import check_clock
from edge.services.check_daemons import check_daemons
from edge.services.check_disk import check_disk
from edge.services.check_files import (
    STORE_MEND,
    check_rights,
    check_runtime,
    check_store,
)
from edge.services.check_gps import GPS_MEND, check_gps
from edge.services.check_keys import KEYS_MEND, check_certificates, check_keys
from edge.services.check_lists import (
    DESK_MEND,
    LIST_MEND,
    SERVER_MEND,
    check_desk,
    check_hotlist,
    check_server,
)
from edge.services.check_ports import check_ports
from edge.services.check_power import check_heat, check_power
from edge.services.check_releases import RELEASES_MEND, check_releases
from edge.services.check_remote import check_remote
from edge.services.check_search import check_search
from edge.services.check_sight import check_sight
from edge.services.check_swap import check_swap
from edge.services.finding import Finding, bad, good
from edge.services.law import law_finding
from edge.services.line import model_versions
from edge.services.machine import Machine
from edge.vision.picture import open_picture_reader

__all__ = ["check_all", "check_models", "running_watch"]

_MODELS: Final = (
    "copy both files again from the release (or `edge models add` them); without "
    "detector.card, reader.card in site.toml the packed models run"
)
_MENDS: Final = {  # of what a check could not go on with
    "models": _MODELS,
    "camera": CAMERA_MEND,
    "focus": CAMERA_MEND,
    "gps": GPS_MEND,
    "hotlist": LIST_MEND,
    "keys": KEYS_MEND,
    "store": STORE_MEND,
    "broker": BROKER_MEND,
    "lists": SERVER_MEND,
    "list desk": DESK_MEND,
    "releases": RELEASES_MEND,
    "remote": KEYS_MEND,
}


def check_all(
    settings: Settings,
    clock: Clock,
    told: Callable[[Finding], None],
    machine: Machine | None = None,
    ports: Collection[int] = (),
    still: Collection[str] = (),
) -> bool:
    """Run every check, call *told* with each answer as it comes, and return whether none failed.

    Args:
        ports: that may be open besides ours.
        still: daemons that whoever asks has stopped.
    """
    none_failed = True
    for name, check in _checks(settings, clock, machine or Machine(), ports, still).items():
        try:
            finding = check()
        except EdgeError as error:
            finding = bad(name, str(error), _MENDS.get(name, "see the sentence"))
        told(finding)
        none_failed &= finding.passed is not False
    return none_failed


def _checks(
    settings: Settings,
    clock: Clock,
    machine: Machine,
    ports: Collection[int],
    still: Collection[str],
) -> dict[str, Callable[[], Finding]]:
    look = CameraCheck(settings, clock)
    checks: dict[str, Callable[[], Finding]] = {
        "law": lambda: law_finding(settings),
        "clock": lambda: check_clock(clock, machine),
        "models": lambda: check_models(settings, clock),
        "camera": look.camera,
        "focus": look.focus,
        "sight": lambda: check_sight(settings, clock),
    }
    if settings.gps.enabled:  # a pole knows where it is
        checks["gps"] = lambda: check_gps(settings, clock)
    checks |= {
        "hotlist": lambda: check_hotlist(settings, clock),
        "keys": lambda: check_keys(settings, clock),
        "certificates": lambda: check_certificates(settings, clock),
        "disk": lambda: check_disk(settings, machine),
        "store": lambda: check_store(settings, clock),
        "runtime": lambda: check_runtime(settings),
        "rights": lambda: check_rights(settings, machine),
        "swap": lambda: check_swap(machine.proc, machine.sys),
        "power": lambda: check_power(machine),
        "heat": lambda: check_heat(machine),
        "ports": lambda: check_ports(settings, machine, ports),
        "daemons": lambda: check_daemons(settings, machine, still),
    }
    if settings.search.enabled:
        checks["search"] = lambda: check_search(settings, clock)
    if settings.tuning.remote:
        checks["remote"] = lambda: check_remote(settings, clock, machine)
    checks["broker"] = lambda: check_broker(settings, clock, machine)
    if settings.hotlist.manifest_url:
        checks["lists"] = lambda: check_server(settings, clock)
    if settings.hotlist.over_mqtt:
        checks["list desk"] = lambda: check_desk(settings, clock)
    if settings.update.fetch_url:
        checks["releases"] = lambda: check_releases(settings, clock, machine)
    return checks


def check_models(settings: Settings, clock: Clock) -> Finding:
    """Open both models by their digests, and run them once.

    Raises:
        ModelError: one is missing, another file than its card says, or does not run.
    """
    pictures = open_picture_reader(settings.detector, settings.reader, settings.zones, clock)
    image = np.full((720, 1280, 3), 96, np.uint8)
    began = clock.now()
    pictures.read(Frame(image, began))
    spent_ms = clock.now().since(began) * 1000
    named = ", ".join(model_versions(pictures).values())
    return good("models", f"{named}; an empty frame took {spent_ms:.0f} ms")
