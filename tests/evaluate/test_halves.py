"""Dev's two halves never change and are about equal."""

from edge.evaluate.halves import Half, half_of


def test_a_key_is_always_in_the_same_half() -> None:
    """What was reported on is never chosen on by a later run."""
    assert [half_of(key) for key in ("ABC123", "ABC124", "a/00001.webp", "")] == [
        Half.CHOOSE,
        Half.REPORT,
        Half.REPORT,
        Half.REPORT,
    ]


def test_the_halves_are_about_equal() -> None:
    """Neither half is too small to say anything."""
    report = sum(half_of(f"{n:05}") is Half.REPORT for n in range(2000))
    assert 900 < report < 1100
