"""The bench of latency: its percentiles and its pairing of PUBACKs are held against plain ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts import bench_latency
from scripts.bench_latency import Told


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_percentile_is_the_least_that_holds(spent: list[float], share: float) -> None:
    """So many are at most as late, and of the values below it none is enough."""
    found = bench_latency._quantile(sorted(spent), share)
    assert sum(one <= found for one in spent) >= share * len(spent) - 1e-9
    less = [one for one in spent if one < found]
    assert len(less) < share * len(spent) + 1e-9


class Heard:
    """What an ear has heard: messages by the time of their storing."""

    def __init__(self, *messages: tuple[float, int, int]) -> None:
        self.stored = list(messages)
        self.told = {
            sequence: Told(0.0, {"stored": at})
            for at, sequence, revision in messages
            if not revision
        }


def test_each_message_gets_its_own_puback() -> None:
    """In the order of their storing, revisions too; one that was not seen leaves the rest alone."""
    heard = Heard((1.0, 1, 0), (1.1, 1, 1), (3.0, 2, 0), (9.0, 3, 0))
    bench_latency._acknowledge(heard, [3.02, 1.03, 1.15])  # type: ignore[arg-type] - a stand-in
    marks = {number: one.marks.get("acknowledged") for number, one in heard.told.items()}
    assert marks == {1: 1.03, 2: 3.02, 3: None}


def test_the_log_of_a_broker_is_understood() -> None:
    """The alert's PUBLISH and its PUBACK are found; those of health are none of ours."""
    topic = "edge/v1/windsor/main-street/"
    told = f"1: Received PUBLISH from windsor-main-street (d0, q1, r0, m5, '{topic}"
    found = bench_latency._TOLD.search(told + "alert', ... (7000 bytes))")
    assert found is not None
    assert found[1] == "5"
    assert bench_latency._TOLD.search(told + "health', ... (900 bytes))") is None
    ack = bench_latency._ACK.search("1: Sending PUBACK to windsor-main-street (m5, rc0)")
    assert ack is not None
    assert ack[1] == "5"


def test_stages_come_in_their_order() -> None:
    """Milliseconds from the sensor, whichever stages there are."""
    one = Told(10.0, {"on the screen": 10.3, "stored": 10.1})
    found = bench_latency._figures([one])
    assert list(found["stages_ms"]) == ["stored", "on the screen"]
    assert found["stages_ms"]["stored"]["p95"] == pytest.approx(100.0)
