"""Plausible traffic for a clip, spaced so that none drives into another: :func:`traffic`."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from models.synth.clips import END_M, START_M, ClipSpec, Parked, Pass
from models.synth.formats import US, random_serial

_KINDS: Final = ("sedan", "sedan", "hatch", "hatch", "suv", "suv", "suv", "pickup", "van")


def traffic(
    seed: int,
    cars: int,
    listed: Sequence[tuple[str, str]] = (),
    *,
    home: str = "us-ct",
    speed_kmh: tuple[float, float] = (20.0, 34.0),
    gap_s: float = 0.8,
    parked: int = 0,
    lanes: int = 1,
    **settings: object,
) -> ClipSpec:
    """Return a street on which *cars* vehicles pass one after the other in each lane.

    Args:
        cars: how many pass in all, the listed ones among them.
        listed: text and jurisdiction of plates that must pass; every other text differs from each
            of them in at least three characters, so that no list may take one for another.
        home: where two thirds of the others come from.
        gap_s: the least time between two vehicles in a lane.
        parked: vehicles standing at the left kerb.
        settings: any other field of :class:`ClipSpec`; the length follows from the traffic unless
            ``seconds`` is given.
    """
    rng = np.random.default_rng([seed, 11])
    texts = _texts(rng, cars, listed, home)
    free_at = [0.4 + 0.9 * lane for lane in range(lanes)]
    last_speed = [1e9] * lanes
    passes = []
    for number, (text, where) in enumerate(texts):
        lane = int(np.argmin(free_at))
        speed = float(rng.uniform(*speed_kmh))
        enter = free_at[lane] + _catch_up(last_speed[lane], speed)
        kind = str(rng.choice(_KINDS))
        passes.append(
            Pass(f"car-{number:02d}", text, where, round(enter, 3), round(speed, 2), lane, kind)
        )
        free_at[lane] = enter + 9.0 / (speed / 3.6) + gap_s
        last_speed[lane] = speed
    stands = tuple(_stands(rng, parked, lanes, home))
    length = max((p.enter_s + 30.0 / (p.speed_kmh / 3.6) for p in passes), default=4.0)
    made: dict[str, object] = {"seconds": round(length, 2), **_view(lanes), **settings}
    return ClipSpec(seed=seed, lanes=lanes, passes=tuple(passes), parked=stands, **made)  # type: ignore[arg-type]


def _view(lanes: int) -> dict[str, object]:
    """Return where the camera hangs: on a pole beside one lane, on a gantry over several."""
    if lanes == 1:
        return {}
    gantry = {"camera_x_m": 0.0, "camera_height_m": 4.0, "pitch": 0.235, "yaw": 0.0}
    return {**gantry, "focal_px": 6500.0 / lanes}


def _catch_up(before_kmh: float, speed_kmh: float) -> float:
    """Return how much later a faster vehicle must come so as not to reach the one before it."""
    way = (END_M - START_M) * 3.6
    return max(0.0, way / before_kmh - way / speed_kmh)


def _texts(
    rng: np.random.Generator, cars: int, listed: Sequence[tuple[str, str]], home: str
) -> list[tuple[str, str]]:
    """Return all plates in the order of their passes, no two alike."""
    others: list[tuple[str, str]] = []
    while len(others) < cars - len(listed):
        where = home if rng.random() < 0.67 else str(rng.choice(US))
        text = random_serial(rng, where)
        taken = [known for known, _ in (*listed, *others)]
        if len(text) >= 5 and all(differs(text, known) >= 3 for known in taken):
            others.append((text, where))
    places = sorted(rng.choice(max(cars, len(listed)), len(listed), replace=False).tolist())
    for place, entry in zip(places, listed, strict=True):
        others.insert(place, entry)
    return others


def differs(one: str, other: str) -> int:
    """Return in how many places two texts differ, a missing character counting as one."""
    longer = max(len(one), len(other))
    return sum(a != b for a, b in zip(one.ljust(longer), other.ljust(longer), strict=True))


def _stands(rng: np.random.Generator, parked: int, lanes: int, home: str) -> list[Parked]:
    x = -2.7 if lanes == 1 else -(lanes * 1.75 + 1.3)
    found = []
    for number in range(parked):
        z = 17.0 + 7.5 * number + float(rng.uniform(0, 1.5))
        kind = str(rng.choice(_KINDS))
        text = random_serial(rng, home)
        found.append(Parked(f"parked-{number:02d}", text, home, round(x, 2), round(z, 2), kind))
    return found
