"""Which plates of a clip are covered, and that a jump, a gap or a misread uncovers nobody."""

from edge.policy.strangers import Box, Seen, own_places, strangers

OWN = "AB12345"


def at(x: float, text: str = "", confidence: float = 0.9) -> Seen:
    return Seen((x, 0.0, x + 40.0, 20.0), text, confidence)


def box(x: float) -> Box:
    return at(x).box


def test_the_test_car_stays_and_a_stranger_is_covered() -> None:
    """Only the stranger's place is covered, in every frame."""
    frames = [[at(n, OWN), at(200 + n, "XY98765")] for n in range(5)]
    covered = strangers(frames, OWN)
    assert all(box(n) not in boxes for n, boxes in enumerate(covered))
    assert all(box(200 + n) in boxes for n, boxes in enumerate(covered))


def test_the_test_car_is_followed_where_it_cannot_be_read() -> None:
    """Far away its plate is misread or has no text; by its place it is known all the same."""
    frames = [[at(n, OWN if n > 5 else "B1", 0.9 if n > 5 else 0.1)] for n in range(10)]
    assert own_places(frames, OWN) == {(n, 0) for n in range(10)}
    assert strangers(frames, OWN) == [[]] * 10


def test_a_gap_in_the_detector_uncovers_nobody() -> None:
    """Where a stranger's plate is missed for a few frames, its place stays covered."""
    frames = [[at(200, "XY98765")] if n not in (4, 5) else [] for n in range(10)]
    covered = strangers(frames, OWN)
    assert box(200) in covered[4]
    assert box(200) in covered[5]


def test_a_jump_to_another_car_is_noticed() -> None:
    """Two cars cross: the one that is surely read as another is covered, whoever was there."""
    frames = [[at(0, OWN)], [at(1, OWN)], [at(2, "XY98765")], [at(3, OWN)]]
    assert own_places(frames, OWN) == {(0, 0), (1, 0), (3, 0)}
    assert box(2) in strangers(frames, OWN)[2]


def test_without_the_test_car_all_are_covered() -> None:
    """A plate that is read as the test plate once, by an uncertain read, is a stranger's."""
    frames = [[at(0, OWN, 0.3)], *([at(0, "AB12346")] for _ in range(9))]
    assert own_places(frames, OWN) == set()
    assert all(strangers(frames, OWN))
