"""What the tests of the runtime share: sections, and readers of pictures on small models."""

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest

from edge.config.models import DetectorSection, ReaderSection
from edge.config.zones import ZonesSection
from edge.vision.picture import PictureReader, open_picture_reader
from tests.fakes import FakeClock
from tests.vision import graphs

NOWHERE = ZonesSection(interest=(), ignore=(), direction=(), sense="both")


def detector_section(card: Path, **changes: object) -> DetectorSection:
    usual = {"min_score": 0.4, "min_width": 24.0, "max_plates": 20, "threads": 1}
    fields = {**usual, "look_again_over": 0.0, "look_closer_under": 0.0, **changes}
    return DetectorSection(card=str(card), **fields)


def reader_section(card: Path, **changes: object) -> ReaderSection:
    fields = {"margin": 0.06, "look_again_below": 0.0, "least_confidence": 0.05, "threads": 1}
    fields |= changes
    return ReaderSection(card=str(card), **fields)


@pytest.fixture
def picture_reader(tmp_path: Path) -> Callable[..., PictureReader]:
    """Return a function that opens a reader of pictures on the given models."""

    def opened(
        detector: onnx.ModelProto,
        reader: onnx.ModelProto,
        zones: ZonesSection = NOWHERE,
        card: dict[str, str] | None = None,
        look_again_below: float = 0.0,
        **changes: object,
    ) -> PictureReader:
        return open_picture_reader(
            detector_section(graphs.write(tmp_path, "detector", detector), **changes),
            reader_section(
                graphs.write(tmp_path, "reader", reader, **(card or {})),
                look_again_below=look_again_below,
            ),
            zones,
            FakeClock(),
        )

    return opened
