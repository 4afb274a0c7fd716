"""What is counted of the places that a reader says."""

from types import SimpleNamespace
from typing import cast

import numpy as np

from edge.vision.reader import Reader
from models.measure.places import listen, together
from models.measure.rendered import Rendered


def test_a_place_counts_as_said_only_from_the_threshold_on() -> None:
    """Unsure places are silence, neither right nor wrong; a sure wrong one is wrong."""
    answers = iter([{"us-ct": 0.9}, {"us-ct": 0.5, "us-ny": 0.4}, {"us-ny": 0.95}, {}])
    reader = SimpleNamespace(read=lambda _: SimpleNamespace(jurisdictions=(next(answers),)))
    plate = Rendered("AB12345", "us-ct", 90.0, np.zeros((1, 64, 160), np.uint8))
    voices = listen([plate] * 4, cast(Reader, reader), 0.8)
    assert (voices["us-ct"].there, voices["us-ct"].said, voices["us-ct"].right) == (4, 2, 1)
    both = together([voices["us-ct"], voices["us-ct"]])
    assert (both.there, both.said, both.right) == (8, 4, 2)
