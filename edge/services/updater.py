"""The updater of this machine, built from the settings."""

import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.config import Settings
from edge.config.update import UpdateSection, minutes
from edge.policy.updating import Limits
from edge.services.machine import Machine
from edge.services.update_look import UnitEyes
from edge.services.update_sides import Links
from edge.services.update_state import UpdateFolder
from edge.services.update_unit import Machinery, Updater

_ARCHES: Final = {"x86_64": "amd64", "aarch64": "arm64"}  # as Debian calls them


def limits_of(section: UpdateSection) -> Limits:
    """Return the settings that decide."""
    return Limits(
        window=minutes(section.window),
        quiet_s=section.quiet_s,
        trial_s=section.trial_s,
        hold_s=section.hold_s,
        starts=section.starts,
    )


def open_updater(settings: Settings, clock: Clock, told: Callable[[str], None]) -> Updater:
    """Return the updater of this machine.

    Args:
        told: called with each line for the journal or the terminal.
    """
    section = settings.update
    folder = UpdateFolder(Path(section.folder), Path(settings.keys.folder), settings.unit.town)
    on = Machinery(
        folder=folder,
        sides=Links(),
        eyes=UnitEyes(Path(settings.runtime.folder), Machine(), clock),
        clock=clock,
        town=settings.unit.town,
        arch=_ARCHES.get(platform.machine(), platform.machine()),
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        ways=tuple(Path(one) for one in section.sticks),
    )
    return Updater(on, limits_of(section), told)
