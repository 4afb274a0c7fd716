"""One pass of one plate while it lasts."""

from edge.clock import Moment
from edge.config.tracking import TrackingSection
from edge.plates import alphabet
from edge.records import Read, Sighting
from edge.tracking.fusion import Fusion
from edge.tracking.likeness import Characters, characters
from edge.tracking.motion import Motion

_NARROW, _WIDE = 24.0, 160.0  # pixels of plate width between which reads gain weight
_TEXTS = 32  # different texts of one pass that are counted
_DOUBT = 0.01  # what the least sure read still weighs, beside 1.01 for the surest


class Track:
    """Sums of all reads, the best read and the motion; nothing else is kept of a pass.

    Attributes:
        number: unique within this run.
        reads: how many were fused.
        alive: the last moment at which the plate is known to be there.
        motion: where it is and how it goes.
        characters: what is read so far, for comparison with the next read.
        told: a sighting of it was told, so that later ones must be.
    """

    def __init__(self, number: int, read: Read, section: TrackingSection) -> None:
        self.number = number
        self.reads = 0
        self.alive = read.captured
        self.motion = Motion(read.detection.box, read.captured)
        self.characters = Characters("", ())
        self.told = False
        self._fusion = Fusion(section.trust_in_read, section.read_correlation)
        self._slots = self._fusion.slots()
        self._best = read
        self._texts: dict[str, int] = {}
        self._first_seen = read.captured
        self._last_seen = read.captured
        self._last_detected = read.detected

    def take(self, read: Read) -> None:
        """Take a read of this plate, the first one included.

        A read without any character moves the track, and says nothing of the text.
        """
        self.alive = read.captured
        self.motion.update(read.detection.box, read.captured)
        if not read.text:
            return
        if self.reads == 0:
            self._first_seen = read.captured
        self.reads += 1
        if read.text in self._texts or len(self._texts) < _TEXTS:
            self._texts[read.text] = self._texts.get(read.text, 0) + 1
        self._last_seen, self._last_detected = read.captured, read.detected
        self._fusion.add(read.slots, _weight(read), read.jurisdiction)
        self._slots = self._fusion.slots()
        self.characters = characters(self._slots)
        if _shows(read) > _shows(self._best):
            self._best = read

    def hold(self, captured: Moment) -> None:
        """Know that nothing has moved up to *captured*."""
        self.alive = captured
        self.motion.hold(captured)

    def unseen_s(self, captured: Moment) -> float:
        """Return how long the plate has not been seen at *captured*."""
        return captured.since(self.alive)

    def sighting(self, fused: Moment, *, ended: bool = False) -> Sighting:
        """Return the pass as known now."""
        text = alphabet.decode(self._slots)
        return Sighting(
            track=self.number,
            slots=self._slots,
            text=text,
            raw_text=self._best.text,
            confidence=alphabet.confidence(self._slots),
            reads=self.reads,
            first_seen=self._first_seen,
            last_seen=self._last_seen,
            last_detected=self._last_detected,
            fused=fused,
            best=self._best,
            direction=self.motion.direction(),
            jurisdiction=self._fusion.jurisdiction(),
            ended=ended,
            agreed=self._texts.get(text, 0),
        )


def _width(read: Read) -> float:
    x1, _, x2, _ = read.detection.box
    return x2 - x1


def _weight(read: Read) -> float:
    """Return what a read counts for: many small, doubtful frames must not outvote a few good ones.

    Source: ``python -m models.measure.fusion``: against the width alone eleven more of a hundred
        passes are surely read, and no more of them wrongly.
    """
    return min(max(_width(read), _NARROW), _WIDE) * (read.confidence + _DOUBT)


def _shows(read: Read) -> float:
    """Return how well a person will see the plate in the read's crop: large and surely read."""
    return _width(read) * read.confidence if read.text else 0.0
