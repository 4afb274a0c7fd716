"""Waits between tries."""

from hypothesis import given
from hypothesis import strategies as st

from edge.sources.backoff import Backoff


def test_waits_double_up_to_the_longest():
    """Without chance the waits are first, twice that, and so on to the longest; then anew."""
    backoff = Backoff(0.5, 3.0, chance=lambda: 1.0)
    assert [backoff.next() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]
    backoff.reset()
    assert backoff.next() == 0.5


@given(st.floats(0, 5), st.floats(0, 60), st.floats(0, 1))
def test_no_setting_makes_a_busy_loop(first_s, longest_s, luck):
    """Whatever is configured, no wait is shorter than 25 ms or longer than the longer setting."""
    backoff = Backoff(first_s, longest_s, chance=lambda: luck)
    waits = [backoff.next() for _ in range(10)]
    assert min(waits) >= 0.025
    assert max(waits) <= max(first_s, longest_s, 0.05)
