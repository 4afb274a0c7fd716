"""Where a plate is from: the classes of the reader's second head, and the truth for them."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

STATES: Final = tuple(
    f"us-{code}"
    for code in (
        "ak al ar az ca co ct dc de fl ga hi ia id il in ks ky la ma md me mi mn mo ms mt nc nd ne "
        "nh nj nm nv ny oh ok or pa ri sc sd tn tx ut va vt wa wi wv wy"
    ).split()
)
COUNTRIES: Final = (
    *(
        f"eu-{code}"
        for code in (
            "at be bg cz de dk ee es fi fr gr hr hu ie it lt lu lv nl no pl pt ro se si sk"
        ).split()
    ),
    *"uk ch ua rs br ar in my vn pk il".split(),
)
UNKNOWN: Final = "unknown"  # a country that is not listed above
PLACES: Final = (*STATES, *COUNTRIES, UNKNOWN)
NOT_SAID: Final = -1  # the label tells at most the continent: nothing is learned from it

_INDEX: Final = {code: index for index, code in enumerate(PLACES)}
_OTHER_NAMES: Final = {"eu-gb": "uk", "eu-ch": "ch", "eu-ua": "ua", "eu-rs": "rs"}
_COARSE: Final = frozenset({"", "us", "eu"})
_ENOUGH: Final = 250  # photographs of one place; more of it weigh no more than these together


def place_index(region: str) -> int:
    """Return the class of a plate's *region*, or ``NOT_SAID``."""
    if region in _COARSE or region.startswith("us-dip"):
        return NOT_SAID
    return _INDEX.get(_OTHER_NAMES.get(region, region), _INDEX[UNKNOWN])


def place_weights(regions: Sequence[str]) -> NDArray[np.float32]:
    """Return how much each photograph counts, so that the commonest place is not the best guess.

    Nine in ten of the American ones are from New York; a head that learned that would see New York
    everywhere, and the share of foreign plates at a pole is for its settings to say.
    """
    many = Counter(regions)
    return np.array([min(1.0, _ENOUGH / many[region]) for region in regions], np.float32)
