"""One check's answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's answer.

    Attributes:
        sentence: what was found.
        mend: what to do about it; empty when it passed.
    """

    name: str
    passed: bool
    sentence: str
    mend: str = ""
