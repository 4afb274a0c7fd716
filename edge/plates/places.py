"""Where a plate may be from, as it is told to people and receivers."""

from collections.abc import Mapping


def likeliest(jurisdiction: Mapping[str, float], least: float) -> list[tuple[str, float]]:
    """Return codes and probabilities, likeliest first, without those under *least*.

    A model may know any number of places. NaN is kept: whoever sends it on is to refuse it.
    """
    ranked = sorted(jurisdiction.items(), key=lambda item: (-item[1], item[0]))
    return [(code, p) for code, p in ranked if not p < least]
