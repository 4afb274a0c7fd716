"""How a unit without a screen says what is wrong with its card: so many flashes, then a pause."""

from enum import IntEnum


class Fault(IntEnum):
    """Classes of errors; the number is that of flashes. One flash means nothing else but light."""

    SETTINGS = 2
    FILES = 3
    TRUST = 4
    NUMBER = 5
    UNIT = 6

    @property
    def meaning(self) -> str:
        """What it says, for the text beside the card's file and for the README."""
        return _MEANINGS[self]


_MEANINGS = {
    Fault.SETTINGS: "edge-site.toml has a wrong setting, or is no TOML",
    Fault.FILES: "a file that edge-site.toml names is missing or damaged",
    Fault.TRUST: "a file is not this town's, not this unit's, or not signed by the root",
    Fault.NUMBER: "edge-site.toml is older than what is in force, or another one of its number",
    Fault.UNIT: "the unit itself cannot: its disk, a missing user, a card that is write-protected",
}
