"""The updater of this machine, built from the settings."""

from collections.abc import Callable
from pathlib import Path

from edge.clock import Clock
from edge.config import Settings
from edge.config.update import UpdateSection, minutes
from edge.policy.updating import Limits
from edge.services.machine import Machine, architecture, python_line
from edge.services.tryboot import Tryboot
from edge.services.update_fetched import FOLDER
from edge.services.update_look import UnitEyes
from edge.services.update_sides import Links, Sides
from edge.services.update_slots import Slots, begin
from edge.services.update_stage import Machinery
from edge.services.update_state import UpdateFolder
from edge.services.update_unit import Updater


def limits_of(section: UpdateSection) -> Limits:
    """Return the settings that decide."""
    return Limits(
        window=minutes(section.window),
        quiet_s=section.quiet_s,
        trial_s=section.trial_s,
        hold_s=section.hold_s,
        starts=section.starts,
    )


def sides_here(clock: Clock) -> Sides:
    """Return how this machine has two versions: two sides of its card, or environments.

    Raises:
        UpdateError: the kernel's words cannot be read.
    """
    card = Tryboot(reboot=begin)
    return Links() if card.named() is None else Slots(card, clock)


def open_updater(settings: Settings, clock: Clock, told: Callable[[str], None]) -> Updater:
    """Return the updater of this machine.

    Args:
        told: called with each line for the journal or the terminal.
    """
    section = settings.update
    folder = UpdateFolder(Path(section.folder), Path(settings.keys.folder), settings.unit.town)
    on = Machinery(
        folder=folder,
        sides=sides_here(clock),
        eyes=UnitEyes(Path(settings.runtime.folder), Machine(), clock),
        clock=clock,
        town=settings.unit.town,
        arch=architecture(),
        python=python_line(),
        ways=(*(Path(one) for one in section.sticks), *_fetched(section)),
    )
    return Updater(on, limits_of(section), told)


def _fetched(section: UpdateSection) -> tuple[Path, ...]:
    """Return where releases lie that came from the town's web server."""
    return (Path(section.folder) / FOLDER,) if section.fetch_url else ()
