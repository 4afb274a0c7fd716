"""What plates look like in each jurisdiction, to rank where a plate may be from.

Forms may rank; they never rewrite a character, for that is how a right ``2`` becomes a wrong ``Z``.
In a form ``A`` is a letter, ``9`` a digit, ``*`` either, a small letter that letter itself;
``{1,3}`` repeats. These are the common forms of private cars. Older series, trucks and vanity
plates are not in them, so a text that fits no form of a place may still be from there.

Source: the registration authorities' own descriptions of their current series, as commonly
published; a form that is missing lowers a rank and does no other harm.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

_US: Final = {
    "al": "9A99A99 99A99A9 9A9999A 99AA999 9AA9A99",
    "ak": "AAA999",
    "az": "AAA9999 A9A9AA AAA9A9A",
    "ar": "AAA99A 999AAA",
    "ca": "9AAA999",
    "co": "AAA999 999AAA AAAA99",
    "ct": "AA99999 999AAA 9AAAA9",
    "dc": "AA9999",
    "de": "9{1,6}",
    "fl": "AAAA99 A999AA 999AAA AA99AA",
    "ga": "AAA9999",
    "hi": "AAA999",
    "ia": "AAA999 999AAA",
    "id": "A999999 9A9999{0,1}9 9AA9999 99A9999 A99999A",
    "il": "AA99999 9{6,7}",
    "in": "999A{1,3}",
    "ks": "999AAA 9999AAA",
    "ky": "AAA999 A9A999",
    "la": "999AAA",
    "ma": "9AAA99 999AA9 9AA999 99AA99",
    "md": "9AA9999",
    "me": "9999AA 999AAA",
    "mi": "AAA9999 9AAA99",
    "mn": "AAA999 999AAA",
    "mo": "AA9A9A",
    "ms": "AAA9999 AAA999",
    "mt": "9{5,6}A AAA999",
    "nc": "AAA9999",
    "nd": "999AAA",
    "ne": "AAA999 9{1,2}A9{3,4}",
    "nh": "9{6,7}",
    "nj": "A99AAA AAA99A",
    "nm": "AAAA99 999AAA",
    "nv": "999A99 99A999",
    "ny": "AAA9999",
    "oh": "AAA9999",
    "ok": "AAA999",
    "or": "999AAA",
    "pa": "AAA9999",
    "ri": "999999 AA999 9AA999",
    "sc": "AAA999 9999AA",
    "sd": "9{1,2}A9{3,4} 9AA999 99AA99",
    "tn": "AAA9999 A9999A A99A99",
    "tx": "AAA9999",
    "ut": "A999AA 9A9AA",
    "va": "AAA9999",
    "vt": "AAA999",
    "wa": "AAA9999 999AAA",
    "wi": "AAA9999 999AAA",
    "wv": "9AA999 AAA999",
    "wy": "9{5,7}",
}

_EU: Final = {
    "at": "A{1,2}9{1,5}A{1,3} A{2,5}9{1,4}",
    "be": "9AAA999 AAA999",
    "bg": "A{1,2}9999AA",
    "cy": "AAA999",
    "cz": "9A99999 9AA9999 9AAA999",
    "de": "A{2,5}9{1,4} A{2,5}9{1,4}e A{2,5}9{1,4}h",
    "dk": "AA99999",
    "ee": "999AAA",
    "es": "9999AAA",
    "fi": "A{2,3}9{1,3}",
    "fr": "AA999AA",
    "gr": "AAA9999",
    "hr": "AA9{3,4}A{1,2}",
    "hu": "AAA999 AAAA999",
    "ie": "9{2,3}A{1,2}9{1,6}",
    "it": "AA999AA",
    "lt": "AAA999",
    "lu": "AA9999 9{4,5}",
    "lv": "AA9{1,4}",
    "mt": "AAA999",
    "nl": "99AAA9 9AAA99 AA999A A999AA AAA99A AA99AA 99AAAA AAAA99 A99AAA 99AA99 99A999 999A99",
    "pl": "A{2,3}*{4,5}",
    "pt": "AA99AA 99AA99 9999AA AA9999",
    "ro": "A{1,2}99AAA b999AAA",
    "se": "AAA99*",
    "si": "AA99AAA AA999AA AA9AAAA AAA9999 AAAA999",
    "sk": "AA999AA",
}

_OTHERS: Final = {
    "br": "AAA9999 AAA9A99",
    "in": "AA9{1,2}A{1,3}9999 AA9{5,6} 99bh9999A{1,2}",
    "uk": "AA99AAA A9{1,3}AAA AAA9{1,3}A A{2,3}9{1,4}",
}

_SIGNS: Final = {"A": "[A-Z]", "9": "[0-9]", "*": "[0-9A-Z]"}
_UNFIT = 0.05  # share of plates of a place that have none of its common forms
_NOT_KNOWN = 0.5  # fit of a place whose forms are not in the tables
_NEAR = 0.9  # share of foreign plates that come from the same union of states


def _pattern(forms: str) -> re.Pattern[str]:
    parts = []
    for form in forms.split():
        tokens = re.findall(r"\{[0-9,]+\}|.", form)
        parts.append("".join(_SIGNS.get(t, t if t[0] == "{" else t.upper()) for t in tokens))
    return re.compile("|".join(parts))


FORMS: Final[Mapping[str, str]] = {
    **{f"us-{state}": forms for state, forms in _US.items()},
    **{f"eu-{country}": forms for country, forms in _EU.items()},
    **_OTHERS,
}
_PATTERNS: Final = {code: _pattern(forms) for code, forms in FORMS.items()}
JURISDICTIONS: Final = frozenset(_PATTERNS)


@lru_cache(maxsize=1024)
def formats_of(text: str) -> frozenset[str]:
    """Return the jurisdictions that have *text* among their common forms; empty for none."""
    return frozenset(code for code, pattern in _PATTERNS.items() if pattern.fullmatch(text))


def fits(text: str, jurisdiction: str) -> bool:
    """Say whether *text* has a common form of *jurisdiction*; True where none is known."""
    pattern = _PATTERNS.get(jurisdiction)
    return pattern is None or pattern.fullmatch(text) is not None


def rank(
    text: str,
    home: str,
    foreign_share: float,
    seen: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """Return the probability that *text* is a plate of each jurisdiction, likeliest first.

    The share of foreign plates at the place, the forms, and what the reader saw on the plate
    besides its text multiply.

    Args:
        home: where most cars at this place are from.
        foreign_share: of plates here that are from elsewhere, 0..1.
        seen: the reader's probability by code; None or empty where it has no such head. A code
            that it does not know keeps a small share.
    """
    weights = _weights(text, home, foreign_share, seen)
    total = sum(weights.values())
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return {code: weight / total if total > 0.0 else 0.0 for code, weight in ranked}


def commonness(
    text: str,
    home: str,
    foreign_share: float,
    seen: Mapping[str, float] | None = None,
) -> float:
    """Return how common plates of such a form are here, from wherever: to compare two texts by.

    Arguments as for :func:`rank`. Only the ratio of two such numbers means anything.
    """
    return sum(_weights(text, home, foreign_share, seen).values())


def _weights(
    text: str, home: str, foreign_share: float, seen: Mapping[str, float] | None
) -> dict[str, float]:
    fitting = formats_of(text)
    return {
        code: share * _fit(code, fitting) * _seen(code, seen)
        for code, share in shares(home, foreign_share, frozenset(seen or ())).items()
    }


def _fit(code: str, fitting: frozenset[str]) -> float:
    if code not in JURISDICTIONS:
        return _NOT_KNOWN
    return 1.0 if code in fitting else _UNFIT


def _seen(code: str, seen: Mapping[str, float] | None) -> float:
    if not seen:
        return 1.0
    return 0.98 * seen.get(code, 0.0) + 0.02 / len(seen)


@lru_cache(maxsize=64)
def shares(
    home: str, foreign_share: float, further: frozenset[str] = frozenset()
) -> Mapping[str, float]:
    """Return how common the plates of each jurisdiction are at a place of *home*.

    Args:
        further: codes besides those that have forms here.
    """
    others = sorted((JURISDICTIONS | further) - {home})
    union = home.split("-", maxsplit=1)[0] + "-"
    near = {code for code in others if code.startswith(union)}
    near_share = _NEAR if near and len(near) < len(others) else float(bool(near))
    shares = {
        code: foreign_share * near_share / len(near)
        if code in near
        else foreign_share * (1.0 - near_share) / max(1, len(others) - len(near))
        for code in others
    }
    return {home: 1.0 - foreign_share, **shares}
