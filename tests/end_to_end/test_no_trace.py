"""A car that is on no list leaves nothing: not in a file, not in a picture, not at the broker."""

import sys
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import pytest

from scripts.clip import Clip
from tests.brokers import Broker, Tap, until
from tests.end_to_end.daemons import Unit
from tests.end_to_end.traces import Searcher, Trace

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("end_to_end")]
LEAKY = Path(__file__).with_name("leaky_watch.py")


def traces_of(
    folder: Path, broker: Broker, street: Clip, leak: str = ""
) -> tuple[list[Trace], int]:
    """Play the street with one listed car, search everything, and count the pictures read."""
    listed, state = street.listed[0], street.states[0]
    planted = set(street.plates) - {listed}
    unit = Unit(folder, broker, street.video, [(listed, state)], paced=False)
    with ExitStack() as stage:
        tap = Tap(broker)
        stage.callback(tap.close)
        deliver = unit.deliver().start()
        stage.callback(deliver.stop)
        changes = {"program": (sys.executable, str(LEAKY), leak)} if leak else {}
        watch = unit.watch(**changes).start()
        stage.callback(watch.stop)
        assert watch.wait(150) == 0, watch.errors()
        until(lambda: tap.payloads("/alert"), 30, "the listed car's alert")
        until(lambda: tap.payloads("/health"), 30, "a health message")
    messages: dict[str, list[bytes]] = defaultdict(list)
    for topic, payload, _ in tap.messages:
        messages[topic].append(payload)
    searcher = Searcher(planted)
    return searcher.folder(folder) + searcher.messages(messages), searcher.pictures_read


def test_unlisted_cars_leave_no_trace(tmp_path: Path, broker: Broker, street: Clip) -> None:
    """Every file and message is searched; the listed car's own crops are found, and read."""
    traces, pictures = traces_of(tmp_path / "unit", broker, street)
    assert traces == []
    assert pictures >= 2, "the listed car's own crop was not found: the search is blind"


@pytest.mark.parametrize("leak", ["picture", "text", "database"])
def test_a_leak_on_purpose_is_found(
    tmp_path: Path, broker: Broker, street: Clip, leak: str
) -> None:
    """The control: the same search fails a daemon that leaves a picture, a text or a blob."""
    traces, _ = traces_of(tmp_path / "unit", broker, street, leak)
    assert traces
