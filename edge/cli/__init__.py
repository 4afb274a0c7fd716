"""The ``edge`` command: one verb a file, the root is a list."""


def main() -> int:
    """Run one verb and return the exit status."""
    raise SystemExit("edge: no verbs yet")
