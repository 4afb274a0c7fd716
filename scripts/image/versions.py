"""Bundles of two later versions: this checkout with another number, and one that does not read."""

import sys
from pathlib import Path

from scripts.image.sides import BROKEN, NEXT
from tests.systemd.updates import no_watch, variant, wheel


def main() -> int:
    """Write ``edge-VERSION.tar`` of both into the folder that the second word names."""
    bundle, folder = Path(sys.argv[1]), Path(sys.argv[2])
    for version, patch in ((NEXT, None), (BROKEN, no_watch)):
        print(variant(folder, bundle, wheel(folder, version, patch), version, light=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
