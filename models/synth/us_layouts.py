"""Where things stand on a state's plates, and how its dies are cut: measured on photographs.

One line a state: ``state|die width,thickness,corner,ways,serif|symbol|serial height,middle|name
height|motto height|stickers``. Heights are shares of the plate's; *symbol* is what parts the groups
(an empty one is a plain gap); *stickers* are the corners that have one, ``tl tr bl br``, with ``+``
where most plates have it.
"""

from dataclasses import dataclass
from typing import Final

from models.synth.us_dies import Die


@dataclass(frozen=True, slots=True)
class Layout:
    """One state's measures."""

    die: Die
    symbol: str
    height: float
    middle: float
    name: float
    motto: float
    stickers: tuple[str, ...]


_LINES: Final = """
ct|.44,.105,.2,0,0|dot|.46,.52|.125|.10|tr
ny|.40,.10,.2,1,0|ny|.46,.53|.125|.10|
ma|.43,.10,.2,0,0||.47,.53|.13|.085|tl+ tr+
ri|.45,.10,.2,3,0|dash|.45,.52|.14|.12|br+
nj|.44,.10,.16,0,0|nj|.46,.54|.13|.09|
nh|.45,.105,.2,2,0||.46,.48|.09|.12|bl+ br+
vt|.43,.105,.16,0,0||.46,.51|.12|.075|br+
me|.46,.11,.16,1,0|dot|.47,.52|.12|.095|tr+ br+
pa|.46,.095,.16,1,0|pa|.45,.52|.085|.08|tl
fl|.44,.11,.14,3,1|fl|.44,.55|.11|.085|tr+
va|.44,.11,.16,4,1|dash|.47,.53|.125|.07|tl+ tr+
nc|.48,.10,.12,0,0|dash|.45,.55|.105|.12|tl+ tr+
md|.45,.09,.16,0,1|md|.47,.52|.15|.1|tl+ tr+
ca|.45,.105,.2,1,1||.48,.58|.17|.08|tl+ tr+
tx|.44,.105,.2,5,0|tx|.47,.52|.15|.075|
ga|.44,.095,.16,0,1|ga|.46,.52|.13|.09|bl br+
wa|.44,.105,.2,0,0||.46,.53|.11|.075|bl br
or|.42,.105,.2,1,0||.46,.56|.13|.1|bl br
az|.44,.11,.16,3,0||.45,.52|.1|.07|tl
nv|.44,.105,.2,0,1|dot|.46,.53|.13|.065|bl br
mi|.44,.105,.2,1,0||.46,.54|.1|.07|tr+
oh|.42,.105,.2,4,0||.46,.54|.12|.07|bl br
il|.43,.105,.2,0,0||.47,.53|.15|.075|tr+
in|.43,.105,.2,1,0||.46,.5|.11|.08|tr+
wi|.46,.11,.16,3,0|dash|.46,.53|.11|.08|bl br+
mn|.43,.11,.16,3,0|dash|.46,.53|.12|.075|bl br
tn|.42,.11,.16,3,1|dash|.46,.52|.12|.06|tr
de|.46,.12,.2,0,0||.46,.52|.1|.11|br+
wv|.44,.11,.2,0,0||.46,.53|.12|.085|bl br
co|.44,.105,.2,5,1|peak|.46,.52|.1|.1|bl br
"""


def _parse(line: str) -> tuple[str, Layout]:
    state, die, symbol, serial, name, motto, stickers = line.split("|")
    width, thick, corner, ways, serif = die.split(",")
    height, middle = (float(part) for part in serial.split(","))
    cut = Die(float(width), float(thick), float(corner), int(ways), serif == "1")
    return f"us-{state}", Layout(
        cut, symbol, height, middle, float(name), float(motto), tuple(stickers.split())
    )


LAYOUTS: Final = dict(_parse(line) for line in _LINES.strip().splitlines())
OTHER: Final = Layout(Die(), "blob", 0.46, 0.53, 0.12, 0.085, ("tl", "tr", "bl", "br"))
