"""Where a plate is in the picture, where it will be, and how it goes."""

import math

from edge.clock import Moment
from edge.records import Direction

Box = tuple[float, float, float, float]

_FURTHEST_S = 1.0  # a prediction further ahead than this is a guess
_STANDING_S = 1.0  # in one place for this long: it stands
_STANDING_OVERLAP = 0.5  # IoU with where it was first seen standing
_GROWTH = 0.14  # change of log width: 15 % nearer or further


def iou(one: Box, other: Box) -> float:
    """Return intersection over union of two boxes, 0..1; 0 for boxes without area."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0.0 or height <= 0.0:
        return 0.0
    shared = width * height
    return shared / (_area(one) + _area(other) - shared)


def distance(one: Box, other: Box) -> float:
    """Return how far the centres lie apart, in widths of the wider box."""
    across = (one[0] + one[2] - other[0] - other[2]) / 2.0
    along = (one[1] + one[3] - other[1] - other[3]) / 2.0
    return math.hypot(across, along) / max(one[2] - one[0], other[2] - other[0], 1.0)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _state(box: Box) -> tuple[float, float, float, float]:
    """Return centre x, centre y, log width, log height."""
    width, height = max(box[2] - box[0], 1.0), max(box[3] - box[1], 1.0)
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, math.log(width), math.log(height)


class Motion:
    """Constant velocity of centre and of size, from the boxes of one pass.

    Attributes:
        box: where it was seen last.
        seen: when.
        moves: how many changes of place the velocity rests on.
    """

    def __init__(self, box: Box, captured: Moment) -> None:
        self.box = box
        self.seen = captured
        self.moves = 0
        self._first = _state(box)
        self._velocity = (0.0, 0.0, 0.0, 0.0)
        self._anchor = box
        self._anchored = captured

    def predict(self, captured: Moment) -> Box:
        """Return where the plate should be at *captured*."""
        ahead = min(max(captured.since(self.seen), 0.0), _FURTHEST_S)
        state = _state(self.box)
        x, y = (state[i] + ahead * self._velocity[i] for i in (0, 1))
        scale = [min(max(ahead * self._velocity[i], -0.7), 0.7) for i in (2, 3)]
        width, height = math.exp(state[2] + scale[0]), math.exp(state[3] + scale[1])
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2

    def update(self, box: Box, captured: Moment) -> None:
        """Take the newest box."""
        passed = captured.since(self.seen)
        if passed > 0.0:
            before, after = _state(self.box), _state(box)
            measured = [(b - a) / passed for a, b in zip(before, after, strict=True)]
            old = 0.5 if self.moves else 0.0  # the first measurement is all there is
            mixed = [old * v + (1 - old) * m for v, m in zip(self._velocity, measured, strict=True)]
            self._velocity = (mixed[0], mixed[1], mixed[2], mixed[3])
            self.moves += 1
        self.box, self.seen = box, captured
        if iou(box, self._anchor) < _STANDING_OVERLAP:
            self._anchor, self._anchored = box, captured

    def hold(self, captured: Moment) -> None:
        """Know that the plate has not moved up to *captured*."""
        self.seen, self._velocity = captured, (0.0, 0.0, 0.0, 0.0)

    @property
    def standing(self) -> bool:
        """Say whether the plate has been in one place for a while."""
        return self.seen.since(self._anchored) >= _STANDING_S

    def went(self) -> tuple[float, float]:
        """Return how far the centre went from the first box to the newest, across and down."""
        last = _state(self.box)
        return last[0] - self._first[0], last[1] - self._first[1]

    def growth(self) -> float:
        """Return the change of log width since the first box; 0 where it is too small to tell."""
        growth = _state(self.box)[2] - self._first[2]
        return growth if abs(growth) >= _GROWTH else 0.0

    def direction(self) -> Direction:
        """Return how the plate went from its first box to its newest.

        Size decides; where it says nothing, the place: whatever stands on the ground moves down in
        the picture as it comes nearer.
        """
        if self.moves == 0:
            return Direction.UNKNOWN
        if growth := self.growth():
            return Direction.APPROACHING if growth > 0 else Direction.RECEDING
        across, down = self.went()
        if math.hypot(across, down) < 0.5 * max(self.box[2] - self.box[0], 1.0):
            return Direction.STANDING if self.standing else Direction.UNKNOWN
        if abs(across) > abs(down):
            return Direction.CROSSING
        return Direction.APPROACHING if down > 0 else Direction.RECEDING
