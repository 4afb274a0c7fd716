"""Distances and directions on the ground, for places as (degrees north, degrees east), WGS 84.

The earth is a sphere here: off by at most 0.6 %, less than any receiver's error over the distances
at which a car is looked for.
"""

from math import asin, atan2, cos, degrees, hypot, radians, sin, sqrt

_EARTH_M = 6_371_008.8  # mean radius, IUGG

Spot = tuple[float, float]


def distance_m(a: Spot, b: Spot) -> float:
    """Return the metres from *a* to *b* along the great circle.

    Source: haversine formula, which keeps its digits for places close together.
    """
    north_a, north_b = radians(a[0]), radians(b[0])
    half_north = sin((north_b - north_a) / 2)
    half_east = sin(radians(b[1] - a[1]) / 2)
    chord = half_north**2 + cos(north_a) * cos(north_b) * half_east**2
    return 2 * _EARTH_M * asin(min(1.0, sqrt(chord)))


def bearing_deg(a: Spot, b: Spot) -> float:
    """Return the direction in which *b* lies from *a*, 0..360 clockwise from north.

    It is where one sets out along the great circle; 0 for one and the same place.
    """
    north_a, north_b, east = radians(a[0]), radians(b[0]), radians(b[1] - a[1])
    x = sin(east) * cos(north_b)
    y = cos(north_a) * sin(north_b) - sin(north_a) * cos(north_b) * cos(east)
    return 0.0 if hypot(x, y) < 1e-15 else on_circle(degrees(atan2(x, y)))


def moved(start: Spot, heading_deg: float, metres: float) -> Spot:
    """Return the place *metres* from *start* along the great circle that sets out so."""
    north, heading, angle = radians(start[0]), radians(heading_deg), metres / _EARTH_M
    s = sin(north) * cos(angle) + cos(north) * sin(angle) * cos(heading)
    there = asin(max(-1.0, min(1.0, s)))
    east = atan2(sin(heading) * sin(angle) * cos(north), cos(angle) - sin(north) * sin(there))
    return degrees(there), _half_circle(start[1] + degrees(east))


def between(a: Spot, b: Spot, share: float) -> Spot:
    """Return the place that far from *a* to *b*: 0 is *a*, 1 is *b*."""
    return moved(a, bearing_deg(a, b), distance_m(a, b) * share)


def turned(first_deg: float, second_deg: float, share: float) -> float:
    """Return the heading that far from the first to the second, the short way round."""
    return on_circle(first_deg + share * _half_circle(second_deg - first_deg))


def on_circle(heading_deg: float) -> float:
    """Return the same heading as 0 <= heading < 360."""
    wrapped = heading_deg % 360.0
    return 0.0 if wrapped == 360.0 else wrapped  # what % makes of -1e-20


def _half_circle(angle_deg: float) -> float:
    """Return the same angle as -180 <= angle < 180."""
    return (angle_deg + 180.0) % 360.0 - 180.0
