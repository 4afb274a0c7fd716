"""Reads of many frames in, one sighting per pass out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from edge.clock import Moment
from edge.config.tracking import TrackingSection
from edge.config.zones import EVERYWHERE, ZonesSection
from edge.records import Direction, Read, Sighting
from edge.tracking.assign import assign, distinct
from edge.tracking.motion import Box
from edge.tracking.track import Track
from edge.tracking.way import Way, WayRule


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass as it stands; *box* is where its plate is, or should be by now."""

    number: int
    reads: int
    box: Box
    direction: Direction
    way: Way = Way.COUNTS


class Tracker:
    """All passes that last at the moment.

    A pass ends when its plate has not been seen for ``max_gap_s``, or ``parked_gap_s`` if it stood
    still, for a parked plate is hidden again and again by others. What has ended is forgotten.

    A pass that goes the wrong way by the direction line is followed and never told. One whose way
    is not known yet is told once it is, or when it stands or ends: it is never lost for that.
    """

    def __init__(self, section: TrackingSection, zones: ZonesSection = EVERYWHERE) -> None:
        self._section = section
        self._rule = WayRule(zones)
        self._size = (1, 1)
        self._tracks: list[Track] = []
        self._passes = 0
        self._looked: Moment | None = None

    def __len__(self) -> int:
        return len(self._tracks)

    def update(
        self,
        reads: Sequence[Read],
        captured: Moment,
        now: Moment,
        size: tuple[int, int] = (1, 1),
    ) -> list[Sighting]:
        """Take all reads of one frame; an empty sequence is a frame without plates.

        Args:
            captured: of the frame; earlier than the last one means that a recording began again,
                which ends all passes.
            now: becomes the sightings' ``fused``.
            size: of the frame, width and height; the direction line is judged in pixels.

        Returns:
            Every pass that changed, those that ended first, with ``ended`` set. A pass with fewer
            reads than ``min_reads`` is never told, nor one that goes the wrong way.
        """
        self._size = size
        ended = self._end(self._gone(captured))
        self._looked = captured
        apart = distinct(reads)
        assigned = assign(self._tracks, apart, self._section)
        changed = list(assigned.values())
        for index, read in enumerate(apart):
            if index in assigned:
                assigned[index].take(read)
                continue
            ended += self._make_room(changed)
            if len(self._tracks) < self._section.max_tracks:
                changed.append(self._begin(read))
        return self._told(ended, now, ended=True) + self._told(changed, now, ended=False)

    def passes(self, captured: Moment) -> tuple[Pass, ...]:
        """Return the passes that last, for whoever looks at the picture."""
        return tuple(
            Pass(
                number=one.number,
                reads=one.reads,
                box=one.motion.predict(captured),
                direction=one.motion.direction(),
                way=Way.COUNTS if one.told else self._rule.judge(one.motion, *self._size),
            )
            for one in self._tracks
        )

    def retune(self, section: TrackingSection, zones: ZonesSection) -> None:
        """Judge by other limits from now on; passes go on, their reads fused as they began."""
        self._section, self._rule = section, WayRule(zones)

    def hold(self, captured: Moment) -> None:
        """Keep what the last frame showed: nothing moved since, so nothing has left."""
        for track in self._tracks:
            if self._looked is not None and track.unseen_s(self._looked) <= 0.0:
                track.hold(captured)

    def flush(self, now: Moment) -> list[Sighting]:
        """End all passes, as at the end of a recording."""
        return self._told(self._end(list(self._tracks)), now, ended=True)

    def forget(self) -> None:
        """Drop all passes without telling them."""
        self._tracks = []
        self._looked = None

    def _begin(self, read: Read) -> Track:
        self._passes += 1
        track = Track(self._passes, read, self._section)
        track.take(read)
        self._tracks.append(track)
        return track

    def _gone(self, captured: Moment) -> list[Track]:
        if self._looked is not None and captured.since(self._looked) < 0.0:
            return list(self._tracks)
        return [track for track in self._tracks if track.unseen_s(captured) > self._patience(track)]

    def _patience(self, track: Track) -> float:
        if track.motion.standing:
            return max(self._section.parked_gap_s, self._section.max_gap_s)
        return self._section.max_gap_s

    def _make_room(self, changed: Collection[Track]) -> list[Track]:
        """End the pass that has not been seen for longest, if there is no place for another."""
        if len(self._tracks) < self._section.max_tracks:
            return []
        hidden = [track for track in self._tracks if track not in changed]
        return self._end(sorted(hidden, key=lambda one: one.alive.monotonic_ns)[:1])

    def _end(self, gone: list[Track]) -> list[Track]:
        self._tracks = [track for track in self._tracks if track not in gone]
        return gone

    def _told(self, tracks: Collection[Track], now: Moment, *, ended: bool) -> list[Sighting]:
        ordered = sorted(tracks, key=lambda track: track.number)
        return [one.sighting(now, ended=ended) for one in ordered if self._tells(one, ended=ended)]

    def _tells(self, track: Track, *, ended: bool) -> bool:
        if track.reads < self._section.min_reads:
            return False
        if not track.told:
            way = self._rule.judge(track.motion, *self._size)
            rests = ended or track.motion.standing
            track.told = way is Way.COUNTS or (way is Way.OPEN and rests)
        return track.told
