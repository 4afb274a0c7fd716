"""What one check found: faults, warnings, and a sentence where there are none."""

from edge.services.finding import Finding, bad, good, unseen, warned


class Judge:
    """Collects what one check says."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._found: list[Finding] = []

    def fail(self, sentence: str, mend: str) -> None:
        """Tell of a fault."""
        self._found.append(bad(self._name, sentence, mend))

    def warn(self, sentence: str, mend: str) -> None:
        """Tell of what ought to be mended."""
        self._found.append(warned(self._name, sentence, mend))

    def unseen(self, why: str, mend: str = "") -> None:
        """Tell of what could not be looked at."""
        self._found.append(unseen(self._name, why, mend))

    def findings(self, all_well: str) -> list[Finding]:
        """Return what was told; *all_well* where that was nothing."""
        return self._found or [good(self._name, all_well)]
