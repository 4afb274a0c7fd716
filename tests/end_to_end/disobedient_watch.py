"""Watch that takes the town's pause, says so everywhere, and goes on reading: for a control run."""

import sys

from edge.cli import main
from edge.services.capture import Capture
from edge.services.pause import PauseWatch

if __name__ == "__main__":
    obedient = PauseWatch.step

    def step(self: PauseWatch) -> bool:
        """Do all that a pause asks for, but for the one thing."""
        obedient(self)
        return False

    PauseWatch.step = step  # type: ignore[method-assign]
    Capture.stop = lambda _: None  # type: ignore[method-assign]
    sys.exit(main(sys.argv[1:]))
