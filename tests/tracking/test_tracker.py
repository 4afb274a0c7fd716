"""One sighting per pass."""

import weakref
from collections.abc import Sequence
from dataclasses import replace

import pytest

from edge.records import Direction, Read, Sighting
from edge.tracking.tracker import Tracker
from tests.fakes import START
from tests.tracking.reads import CROP, read_of, section


def play(tracker: Tracker, frames: Sequence[Sequence[Read]], fps: float = 5.0) -> list[Sighting]:
    """Give the tracker frame after frame and return all that it told, flushed at the end."""
    told = []
    for number, reads in enumerate(frames):
        moment = START.later(number / fps)
        told += tracker.update(reads, moment, moment)
    return told + tracker.flush(START.later(len(frames) / fps))


def ended(told: Sequence[Sighting]) -> list[str]:
    """Return the texts of the passes that ended, in the order of their numbers."""
    return [s.text for s in sorted(told, key=lambda s: s.track) if s.ended]


def test_one_car() -> None:
    """A car that drives off is one pass, told from the second read on."""
    frames = [[read_of("ABC1234", 300, 300 - 20 * i, 120 * 0.8**i, at_s=i / 5)] for i in range(6)]
    told = play(Tracker(section()), frames)
    assert [s.reads for s in told] == [2, 3, 4, 5, 6, 6]
    assert ended(told) == ["ABC1234"]
    last = told[-1]
    assert last.direction is Direction.RECEDING
    assert (last.first_seen, last.last_seen) == (START, START.later(1.0))
    assert last.best is frames[0][0]


def test_fast_car_at_low_frame_rate() -> None:
    """A plate that jumps five widths a frame is still one pass, by its text."""
    frames = [[read_of("ABC1234", 50 + 400 * i, 100, 80, at_s=i / 5)] for i in range(4)]
    assert ended(play(Tracker(section()), frames)) == ["ABC1234"]


def test_jumping_with_poor_reads() -> None:
    """A jumping plate whose reads differ by a character each is still one pass."""
    texts = ["ABC1234", "ABC1Z34", "ABO1234", "ABC1234"]
    frames = [[read_of(t, 50 + 300 * i, 100, 80, i / 5, 0.8)] for i, t in enumerate(texts)]
    assert ended(play(Tracker(section()), frames)) == ["ABC1234"]


def test_small_and_doubtful_frames_do_not_outvote_near_ones() -> None:
    """Two near, sure frames win against eight far ones that all mistake the same character."""
    near = [read_of("AC61631", 300, 300, 90, at_s=i / 5, sure=0.99) for i in range(2)]
    far = [read_of("ACB1631", 300, 280, 45, at_s=(2 + i) / 5, sure=0.9) for i in range(8)]
    told = play(Tracker(section()), [[read] for read in near + far])
    assert ended(told) == ["AC61631"]
    assert told[-1].confidence < 0.9


def test_passing_a_parked_car() -> None:
    """Cars that drive past a parked one keep their own plates, and it keeps its one pass."""
    passing = ["XYZ9876", "KLM4455", "DEF1122"]
    frames = []
    for i in range(30):
        x = 40.0 + 60.0 * (i % 10)
        at = i / 5
        parked = read_of("ABC1234", 300, 104, 90, at)
        car = read_of(passing[i // 10], x, 100, 110, at)
        hidden = abs(x - 300) < 100
        frames.append([car] if hidden else [parked, car])
    told = play(Tracker(section()), frames)
    assert ended(told) == ["ABC1234", *passing]
    assert next(s for s in told if s.text == "ABC1234" and s.ended).direction is Direction.STANDING


def test_parked_behind_a_lorry() -> None:
    """A plate that stood still and is hidden for longer than a moving one may be comes back."""
    frames = [[read_of("ABC1234", at_s=i / 5)] for i in range(8)]
    frames += [[]] * 50
    frames += [[read_of("ABC1234", at_s=(58 + i) / 5)] for i in range(3)]
    assert ended(play(Tracker(section()), frames)) == ["ABC1234"]


def test_another_parks_in_its_place() -> None:
    """Another plate in the place of a parked one is another pass, even if hardly legible."""
    frames = [[read_of("ABC1234", at_s=i / 5)] for i in range(8)]
    frames += [[]] * 10
    frames += [[read_of("XYZ9876", at_s=(18 + i) / 5, sure=0.3)] for i in range(3)]
    frames += [[read_of("XYZ9876", at_s=(21 + i) / 5)] for i in range(3)]
    assert ended(play(Tracker(section()), frames)) == ["ABC1234", "XYZ9876"]


def test_same_place_another_text() -> None:
    """A car that follows bumper to bumper into the very same place is another pass."""
    frames = [[read_of("ABC1234", at_s=i / 5)] for i in range(3)]
    frames += [[read_of("XYZ9876", at_s=(3 + i) / 5)] for i in range(3)]
    assert ended(play(Tracker(section()), frames)) == ["ABC1234", "XYZ9876"]


def test_illegible_frames_between() -> None:
    """Hardly legible reads in the right place belong to the car, and do not spoil its text."""
    blurred = [read_of("VVVVVVV", 100 + 30 * i, at_s=i / 5, sure=0.12) for i in (2, 3)]
    clear = [read_of("ABC1234", 100 + 30 * i, at_s=i / 5) for i in (0, 1, 4)]
    frames = [[clear[0]], [clear[1]], [blurred[0]], [blurred[1]], [clear[2]]]
    assert ended(play(Tracker(section()), frames)) == ["ABC1234"]


@pytest.mark.parametrize(
    ("x", "width", "passes"),
    [(300, 100, 1), (700, 100, 2), (280, 300, 2)],
    ids=["near", "far", "too large"],
)
def test_hardly_legible_jump(x: float, width: float, passes: int) -> None:
    """Where the text says nothing, a plate belongs to a new track only if it is near and alike."""
    tracker = Tracker(section(min_reads=1))
    tracker.update([read_of("ABC1234")], START, START)
    tracker.update([read_of("VVV", x, 100, width, 0.2, 0.12)], START.later(0.2), START)
    assert len(tracker) == passes


@pytest.mark.parametrize(("hidden_s", "x", "passes"), [(0.5, 160, 2), (5.0, 100, 2), (0.5, 105, 1)])
def test_hardly_legible_at_a_parked_car(hidden_s: float, x: float, passes: int) -> None:
    """A parked track takes a hardly legible plate only in its own place, and soon."""
    tracker = Tracker(section())
    for i in range(8):
        tracker.update([read_of("ABC1234", at_s=i / 5)], START.later(i / 5), START)
    at = 1.4 + hidden_s
    tracker.update(
        [read_of("VVV", x, 180 if x == 160 else 100, 100, at, 0.12)], START.later(at), START
    )
    assert len(tracker) == passes


def test_two_cars_cross() -> None:
    """Two plates that cross in the picture keep their texts."""
    frames = [
        [
            read_of("ABC1234", 100 + 40 * i, 100, at_s=i / 5),
            read_of("XYZ9876", 500 - 40 * i, 110, at_s=i / 5),
        ]
        for i in range(11)
    ]
    told = play(Tracker(section()), frames)
    assert ended(told) == ["ABC1234", "XYZ9876"]


def test_gone_and_back() -> None:
    """A moving plate that was away for longer than the gap is a second pass."""
    frames = [[read_of("ABC1234", 100 + 80 * i, at_s=i / 5)] for i in range(3)]
    frames += [[]] * 10
    frames += [[read_of("ABC1234", 100 + 80 * i, at_s=(13 + i) / 5)] for i in range(3)]
    assert ended(play(Tracker(section()), frames)) == ["ABC1234", "ABC1234"]


def test_hold() -> None:
    """While the scene is still, nothing leaves; then what is gone ends."""
    tracker = Tracker(section())
    for i in range(3):
        tracker.update([read_of("ABC1234", at_s=i / 5)], START.later(i / 5), START)
    for i in range(3, 100):
        tracker.hold(START.later(i / 5))
    assert not [s for s in tracker.update([], START.later(20), START) if s.ended]
    assert [s.text for s in tracker.update([], START.later(51), START) if s.ended] == ["ABC1234"]


def test_hold_keeps_only_what_was_there() -> None:
    """A plate that had left before the scene became still ends all the same."""
    tracker = Tracker(section())
    for i in range(3):
        tracker.update([read_of("ABC1234", 100 + 90 * i, at_s=i / 5)], START.later(i / 5), START)
    tracker.update([], START.later(0.6), START)
    for i in range(4, 20):
        tracker.hold(START.later(i / 5))
    assert [s.ended for s in tracker.update([], START.later(4), START)] == [True]


def test_found_twice_in_a_frame() -> None:
    """A plate that the detector found twice is one pass."""
    frames = [
        [read_of("ABC1234", 100, 100, 100, i / 5), read_of("ABC123", 104, 101, 96, i / 5, 0.7)]
        for i in range(4)
    ]
    assert ended(play(Tracker(section()), frames)) == ["ABC1234"]


def test_single_read_is_nothing() -> None:
    """Fewer reads than asked for make no sighting, not even at the end."""
    assert play(Tracker(section()), [[read_of("ABC1234")], [], []]) == []
    assert len(play(Tracker(section(min_reads=1)), [[read_of("ABC1234")]])) == 2


def test_empty_text() -> None:
    """A plate without any legible character moves its track, and adds no read."""
    frames = [[read_of(t, at_s=i / 5)] for i, t in enumerate(["ABC1234", "", "ABC1234"])]
    told = play(Tracker(section()), frames)
    assert told[-1].reads == 2
    assert told[-1].text == "ABC1234"


def test_one_crop_a_track() -> None:
    """Of all crops of a pass only the best one stays in memory."""
    tracker = Tracker(section())
    crops = []
    for i in range(10):
        read = replace(read_of("ABC1234", width=100 + i % 3, at_s=i / 5), crop=CROP.copy())
        crops.append(weakref.ref(read.crop))
        tracker.update([read], START.later(i / 5), START)
    del read
    assert [number for number, crop in enumerate(crops) if crop() is not None] == [2]


def test_nothing_is_kept() -> None:
    """After a pass has ended, the tracker holds nothing of it."""
    tracker = Tracker(section())
    play(tracker, [[read_of("ABC1234", at_s=i / 5)] for i in range(3)])
    assert len(tracker) == 0


def test_bounded() -> None:
    """More plates than tracks: the one unseen for longest ends, the others stay."""
    tracker = Tracker(section(max_tracks=2, min_reads=1))
    tracker.update([read_of("AAA1111", 0)], START, START)
    tracker.update([read_of("BBB2222", 300, at_s=0.1)], START.later(0.1), START)
    both = [read_of("BBB2222", 300, at_s=0.2), read_of("CCC3333", 600, at_s=0.2)]
    told = tracker.update(both, START.later(0.2), START)
    assert [(s.text, s.ended) for s in told] == [
        ("AAA1111", True),
        ("BBB2222", False),
        ("CCC3333", False),
    ]
    crowd = [*both, read_of("DDD4444", 900, at_s=0.3)]
    tracker.update(crowd, START.later(0.3), START)
    assert len(tracker) == 2


def test_recording_begins_again() -> None:
    """When time runs backwards all passes end, and the same car is a new pass."""
    tracker = Tracker(section())
    for i in range(3):
        tracker.update([read_of("ABC1234", at_s=10 + i / 5)], START.later(10 + i / 5), START)
    told = tracker.update([read_of("ABC1234")], START, START)
    assert [s.ended for s in told] == [True]
    assert len(tracker) == 1


def test_deterministic() -> None:
    """The order in which a frame's reads come does not change the passes."""
    frames = [
        [
            read_of(text, 100 * n + 20 * i, at_s=i / 5)
            for n, text in enumerate(("AB12", "AB13", "AB14"))
        ]
        for i in range(4)
    ]
    forward = play(Tracker(section()), frames)
    backward = play(Tracker(section()), [list(reversed(reads)) for reads in frames])
    assert sorted(ended(forward)) == sorted(ended(backward)) == ["AB12", "AB13", "AB14"]


@pytest.mark.parametrize("count", [0, 20])
def test_many_plates(count: int) -> None:
    """A frame with no plate, or with twenty, gives as many passes."""
    frames = [
        [
            read_of(f"AB{n:02d}{n:02d}C", 130 * (n % 9), 60 * (n // 9), at_s=i / 5)
            for n in range(count)
        ]
        for i in range(3)
    ]
    assert len(ended(play(Tracker(section()), frames))) == count
