"""Which read belongs to which pass.

Two mistakes are classic: a parked car's plate given to every car that passes it, and several texts
for one car. So the text has the first word: two readings that surely differ are never one pass,
however well their boxes fit; two that agree are one even where the plate jumped, as it does at few
frames a second. Only where the text leaves it open does the place decide.
"""

from collections.abc import Sequence

from edge.config.tracking import TrackingSection
from edge.records import Read
from edge.tracking.likeness import Characters, Likeness, characters, likeness
from edge.tracking.motion import distance, iou
from edge.tracking.track import Track

_REACH_NEW = 2.5  # plate widths that an unsure read may lie off: velocity not yet known
_REACH_MOVING = 1.0
_SCALE = 2.0  # times larger or smaller than predicted, at most, for an unsure read
_IN_PLACE = 0.4  # IoU with the prediction that, with the same text, leaves no question
_TWICE = 0.5  # IoU of two reads of one frame that are the same plate found twice


def assign(
    tracks: Sequence[Track], reads: Sequence[Read], section: TrackingSection
) -> dict[int, Track]:
    """Return the track of each read that has one, by index into *reads*.

    Pairs are taken best first; equals in the order of track number and read, so that the same
    reads always give the same passes.
    """
    said = [characters(read.slots) for read in reads]
    assigned = _plain(tracks, reads, said)
    taken = {track.number for track in assigned.values()}
    pairs = [
        (-score, track.number, index, track)
        for track in tracks
        if track.number not in taken
        for index, read in enumerate(reads)
        if index not in assigned
        if (score := _score(track, read, said[index], section)) > 0.0
    ]
    for _, number, index, track in sorted(pairs, key=lambda pair: pair[:3]):
        if number not in taken and index not in assigned:
            taken.add(number)
            assigned[index] = track
    return assigned


def _plain(
    tracks: Sequence[Track], reads: Sequence[Read], said: Sequence[Characters]
) -> dict[int, Track]:
    """Return what needs no comparison: the same text in the predicted place.

    Comparing all texts with all takes long where twenty cars stand in view.
    """
    assigned: dict[int, Track] = {}
    for track in tracks:
        for index, read in enumerate(reads):
            same = said[index].text == track.characters.text and index not in assigned
            if same and iou(track.motion.predict(read.captured), read.detection.box) >= _IN_PLACE:
                assigned[index] = track
                break
    return assigned


def distinct(reads: Sequence[Read]) -> list[Read]:
    """Return the reads of one frame without plates that were found twice, surest first."""
    kept: list[Read] = []
    for read in sorted(reads, key=lambda one: -one.confidence):
        if not any(_twice(read, other) for other in kept):
            kept.append(read)
    return kept


def _twice(one: Read, other: Read) -> bool:
    if iou(one.detection.box, other.detection.box) < _TWICE:
        return False
    return likeness(characters(one.slots), characters(other.slots)) is not Likeness.DIFFERENT


def _score(track: Track, read: Read, said: Characters, section: TrackingSection) -> float:
    """Return how well a read fits a track: 0 not at all, above 2 by its text."""
    alike = likeness(track.characters, said)
    if alike is Likeness.DIFFERENT:
        return 0.0
    box = read.detection.box
    predicted = track.motion.predict(read.captured)
    overlap, apart = iou(predicted, box), distance(predicted, box)
    fit = overlap + 0.5 / (1.0 + apart)
    if alike is Likeness.SAME:
        return 2.0 + fit
    if track.unseen_s(read.captured) > section.max_gap_s:
        return 0.0  # long hidden: only its text brings it back
    if overlap >= section.min_overlap:
        return fit
    return fit if _within_reach(track, predicted, box, apart) else 0.0


def _within_reach(
    track: Track,
    predicted: tuple[float, float, float, float],
    box: tuple[float, float, float, float],
    apart: float,
) -> bool:
    if track.motion.standing:
        return False
    scale = (box[2] - box[0]) / max(predicted[2] - predicted[0], 1.0)
    reach = _REACH_MOVING if track.motion.moves else _REACH_NEW
    return apart <= reach and 1.0 / _SCALE <= scale <= _SCALE
