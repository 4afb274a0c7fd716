"""From settings to a source."""

import pytest

from edge.errors import ConfigError
from edge.sources.open import open_mailbox, open_source
from tests.fakes import FakeClock
from tests.sources.stage import frame, section


@pytest.mark.parametrize(
    ("kind", "address", "live"),
    [
        ("picamera", "0", True),
        ("rtsp", "rtsp://camera/live", True),
        ("v4l2", "/dev/video0", True),
        ("video", "film.mp4", False),
        ("pictures", "folder", False),
    ],
)
def test_every_kind_opens(kind, address, live):
    """Each kind gives its source, untouched: nothing is opened before frames are asked."""
    source = open_source(section(kind=kind, address=address), FakeClock())
    assert source.live is live
    assert not source.state.up
    assert source.state.detail == "not opened yet"


@pytest.mark.parametrize(
    ("kind", "address"), [("picamera", "/dev/video0"), ("rtsp", "10.0.0.5"), ("v4l2", "0")]
)
def test_an_address_of_another_kind_is_refused(kind, address):
    """An address that cannot belong to the kind is a mistake in the settings, told at once."""
    with pytest.raises(ConfigError, match=r"source\.address"):
        open_source(section(kind=kind, address=address), FakeClock())


@pytest.mark.parametrize(
    ("kind", "paced", "dropped"),
    [("rtsp", False, 1), ("video", True, 1), ("video", False, 0), ("pictures", False, 0)],
)
def test_only_unpaced_recordings_wait_for_the_line(kind, paced, dropped):
    """Live and paced sources drop what the line is too slow for; an unpaced recording waits."""
    address = "rtsp://camera/live" if kind == "rtsp" else "film"
    settings = section(kind=kind, address=address, paced=paced)
    mailbox = open_mailbox(settings, open_source(settings, FakeClock()))
    mailbox.put(frame(0))
    if not dropped:
        assert mailbox.take(0.0) is not None
    mailbox.put(frame(1))
    assert mailbox.dropped == dropped
