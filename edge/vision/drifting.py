"""From changes of the view to four words: moved, defocused, dirty, dark. Pure.

One view may mislead, a lorry that is parked or a shower of rain; a word is said when several in a
row agree, and taken back when several in a row do not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from edge.vision.drift import Change

MOVED: Final = "moved"
DEFOCUSED: Final = "defocused"
DIRTY: Final = "dirty"
DARK: Final = "dark"
# views: more than one hour's, for its own view may mislead; rain dries off in two hours
_AGREE: Final = {MOVED: 5, DEFOCUSED: 2, DIRTY: 8, DARK: 2}
_FINE: Final = 4  # views in a row that take a word back
_SHIFT: Final = 0.012  # of the picture's width: a third of a degree of a lens for plates
_ROLL: Final = 0.45
_FOUND: Final = 0.4  # likeness from which on the shift is believed
_ALIKE: Final = 0.55  # and the roll, which is the more easily misled
_CLEAR: Final = 0.7  # contrast against then: with less the air is not clear, and focus not judged
_FOCUS: Final = 0.8
_SOFT: Final = 0.08  # share of cells
_LIGHT: Final = 0.5


@dataclass(frozen=True, slots=True)
class Drift:
    """Something has begun, or is over.

    Attributes:
        what: moved, defocused, dirty or dark.
        measure: in words.
    """

    what: str
    measure: str
    over: bool = False


def signs(change: Change) -> dict[str, str]:
    """Return what one view says, each word with its measure."""
    return dict(_signs(change))


def _signs(change: Change) -> Iterator[tuple[str, str]]:
    clear = change.contrast >= _CLEAR
    shift, roll = change.shift or 0.0, change.roll_deg or 0.0
    shifted = shift >= _SHIFT and change.alike >= _FOUND
    if shifted or (clear and abs(roll) >= _ROLL and change.alike >= _ALIKE):
        yield MOVED, f"by {shift:.1%} of the picture's width, turned by {roll:+.1f} degrees"
    if clear and change.focus is not None and change.focus < _FOCUS:
        yield DEFOCUSED, f"edges have {change.focus:.0%} of the sharpness that they had"
    elif clear and not shifted and change.soft >= _SOFT:
        yield DIRTY, f"{change.soft:.0%} of the picture is far less sharp than the rest"
    if change.light is not None and change.light < _LIGHT:
        yield DARK, f"{change.light:.0%} of the light of the darkest hour at commissioning"


class Drifting:
    """Counts what views say; one for each camera."""

    def __init__(self) -> None:
        self._said: dict[str, int] = dict.fromkeys(_AGREE, 0)
        self._fine: dict[str, int] = dict.fromkeys(_AGREE, 0)
        self.standing: dict[str, str] = {}

    def take(self, change: Change) -> list[Drift]:
        """Return what begins or ends with this view; what stands is in ``standing``."""
        found, told = signs(change), []
        for what, wanted in _AGREE.items():
            said = what in found
            self._said[what] = self._said[what] + 1 if said else 0
            self._fine[what] = 0 if said else self._fine[what] + 1
            if said and self._said[what] >= wanted and what not in self.standing:
                told.append(Drift(what, found[what]))
                self.standing[what] = found[what]
            elif what in self.standing and self._fine[what] >= _FINE:
                told.append(Drift(what, self.standing.pop(what), over=True))
        return told
