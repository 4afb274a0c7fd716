"""One check's answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's answer.

    Attributes:
        passed: None where it could not be checked; the sentence says why.
        sentence: what was found.
        mend: what to do about it; empty when it passed.
        warns: it passed, and something ought to be done all the same.
    """

    name: str
    passed: bool | None
    sentence: str
    mend: str = ""
    warns: bool = False

    @property
    def word(self) -> str:
        """The answer in a word or two."""
        if self.passed is None:
            return "not checked"
        return ("warn" if self.warns else "pass") if self.passed else "FAIL"


def good(name: str, sentence: str) -> Finding:
    """Return that all is well."""
    return Finding(name, passed=True, sentence=sentence)


def bad(name: str, sentence: str, mend: str) -> Finding:
    """Return what is wrong, and what mends it."""
    return Finding(name, passed=False, sentence=sentence, mend=mend)


def warned(name: str, sentence: str, mend: str) -> Finding:
    """Return what is no fault, and ought to be mended."""
    return Finding(name, passed=True, sentence=sentence, mend=mend, warns=True)


def unseen(name: str, why: str, mend: str = "") -> Finding:
    """Return that it could not be checked; never to be taken for a pass.

    Args:
        mend: how to have it checked, where that can be.
    """
    return Finding(name, passed=None, sentence=why, mend=mend)
