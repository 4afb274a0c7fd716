"""``python -m edge`` is the same as the ``edge`` command."""

import sys

from edge.cli import main

if __name__ == "__main__":
    sys.exit(main())
