"""Bundles of two later versions: this checkout with another number, and one that does not read."""

import sys
import tempfile
from pathlib import Path

from scripts.image.sides import BROKEN, NEXT
from tests.systemd.updates import no_watch, variant, wheel


def main() -> int:
    """Write ``edge-VERSION.tar`` of both into the folder that the second word names."""
    bundle, folder = Path(sys.argv[1]), Path(sys.argv[2])
    for version, patch in ((NEXT, None), (BROKEN, no_watch)):
        with tempfile.TemporaryDirectory(dir=folder) as name:  # cut, it can be made again
            draft = Path(name)
            made = variant(draft, bundle, wheel(draft, version, patch), version, light=False)
            print(made.replace(folder / made.name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
