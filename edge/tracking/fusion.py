"""What all reads of one pass say together, slot by slot.

Each read is believed to the share *trust*; the rest is spread evenly: ``p' = t p + (1 - t) / 37``.
Logarithms of ``p'`` add up. Two things keep the sum honest:

- **Successive frames repeat each other's errors**, so *n* reads are not *n* witnesses. The sum is
  tempered to the effective number of reads of equally correlated observations (the design effect),
  ``n / (1 + c (n - 1))``. With *c* = 0.5, thirty reads count as 1.94 and no number of them as more
  than 2: a character that every frame doubts at .85 to .13 stays in doubt (.97 to .03), for what
  misleads one frame, dirt or a font, misleads them all.
  Reads weigh by the width of the plate and their own confidence (see ``track.py``); *n* is Kish's
  count, ``(sum w)^2 / sum w^2``.
- **A read that lost or invented a character has all later characters in the wrong slots.** Sums
  are kept apart by length of the read. Each length is a hypothesis, weighed by what all reads say
  of the length; under it, reads of other lengths are shifted to where they agree best.

The result is the mixture over these hypotheses: a distribution per slot, never all or nothing.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from edge.plates.alphabet import BLANK, CLASSES, SLOTS

_TINY = 1e-6  # where trust is 1 and a read says 0
_LONGER = 1e-3  # nats per character: on a tie the longer text; characters are lost, not invented
_LENGTH_ERROR = 0.2  # reads of moving plates that lose or invent a character, however sure
_REST = ""  # stands for all jurisdictions that a read gives no probability: the unknown ones
_MAX_SHIFT = 3  # a read with more characters lost than this says nothing about the others


class Fusion:
    """The evidence of one pass; holds sums only, no reads.

    Args:
        trust: share of a read that is believed, 0..1.
        correlation: of the errors of two reads, 0..1.
    """

    def __init__(self, trust: float, correlation: float) -> None:
        self._trust = trust
        self._correlation = correlation
        self._sums: dict[int, NDArray[np.float64]] = {}
        self._lengths = np.zeros(SLOTS + 1)
        self._codes: dict[str, float] = {}
        self._codes_weight = 0.0
        self._weight = 0.0
        self._squares = 0.0

    def add(
        self,
        slots: NDArray[np.float32],
        weight: float = 1.0,
        jurisdiction: Mapping[str, float] | None = None,
    ) -> None:
        """Take one read.

        Args:
            slots: ``(SLOTS, CLASSES)`` probabilities, not modified.
            weight: relative to the other reads of this pass, above 0.
            jurisdiction: probability by code, where the reader has such a head; what is missing
                to 1 is the chance that the plate is from elsewhere.
        """
        mixed = self._trust * slots.astype(np.float64) + (1.0 - self._trust) / CLASSES
        mixed = np.clip(mixed, _TINY, 1.0)
        length = int((mixed.argmax(axis=1) != BLANK).sum())
        sums = self._sums.setdefault(length, np.zeros((SLOTS, CLASSES)))
        sums += weight * np.log(mixed)
        self._lengths += weight * _length_evidence(mixed[:, BLANK])
        self._weight += weight
        self._squares += weight * weight
        if jurisdiction:
            self._add_codes(jurisdiction, weight)

    def slots(self) -> NDArray[np.float32]:
        """Return the fused distributions, ``(SLOTS, CLASSES)``; even where nothing is known."""
        if not self._sums:
            return np.full((SLOTS, CLASSES), 1.0 / CLASSES, np.float32)
        share = self._tempering()
        lengths = sorted(self._sums)
        chances = _softmax(share * self._lengths[lengths] + _LONGER * np.array(lengths))
        fused = sum(
            (chance * self._given(length, share))
            for chance, length in zip(chances, lengths, strict=True)
        )
        return np.asarray(fused / fused.sum(axis=1, keepdims=True), dtype=np.float32)

    def jurisdiction(self) -> dict[str, float]:
        """Return the fused probability by code, to 1 with the unknown; empty when no read had any.

        The unknown keeps its share: were it spread over the codes, a head that is sure of "none of
        these" would accuse one of them. All reads together count as one: a state's name that is
        too small to be read in one frame is no larger in the next.
        """
        if not self._codes:
            return {}
        shares = _softmax(np.array(list(self._codes.values())) / self._codes_weight)
        told = zip(self._codes, shares, strict=True)
        return {code: float(share) for code, share in told if code != _REST}

    def _add_codes(self, jurisdiction: Mapping[str, float], weight: float) -> None:
        seen = {**jurisdiction, _REST: max(0.0, 1.0 - sum(jurisdiction.values()))}
        floor = max(_TINY, (1.0 - self._trust) / len(seen))
        for code in seen.keys() - self._codes.keys():
            self._codes[code] = self._codes_weight * float(np.log(floor))
        for code in self._codes:
            p = self._trust * seen.get(code, 0.0) + floor
            self._codes[code] += weight * float(np.log(p))
        self._codes_weight += weight

    def _tempering(self) -> float:
        count = self._weight**2 / self._squares
        return count / (1.0 + self._correlation * (count - 1.0)) / self._weight

    def _given(self, length: int, share: float) -> NDArray[np.float64]:
        """Return the slots under the hypothesis that the text has *length* characters."""
        own = _softmax(share * self._sums[length])
        if len(self._sums) == 1:
            return own
        evidence = share * self._sums[length][:, :BLANK]
        for other, sums in self._sums.items():
            if other != length:
                evidence = evidence + _aligned(share * sums[:, :BLANK], other, length, own)
        blank = own[:, BLANK:]
        return np.concatenate([_softmax(evidence) * (1.0 - blank), blank], axis=1)


def _softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    exponentials = np.exp(values - values.max(axis=-1, keepdims=True))
    shares: NDArray[np.float64] = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return shares


def _length_evidence(blank: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log P(length) for 0..SLOTS from the probability of blank in each slot."""
    filled = np.concatenate([[0.0], np.cumsum(np.log(np.maximum(1.0 - blank, _TINY)))])
    empty = np.concatenate([np.cumsum(np.log(blank)[::-1])[::-1], [0.0]])
    chances = (1.0 - _LENGTH_ERROR) * _softmax(filled + empty) + _LENGTH_ERROR / len(filled)
    evidence: NDArray[np.float64] = np.log(chances)
    return evidence


def _aligned(
    source: NDArray[np.float64], length: int, target: int, reference: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return *source*, evidence of reads of *length*, moved into the slots of *target* characters.

    One run of characters is taken as lost, or as invented; the places where it may begin weigh by
    how well the rest then agrees with *reference*. Slots of which nothing is said then get zeros.
    """
    if abs(target - length) > _MAX_SHIFT:
        return np.zeros_like(source)
    places = [_places(start, length, target) for start in range(min(length, target) + 1)]
    moved = np.stack([np.where(place[:, None] >= 0, source[place], 0.0) for place in places])
    agreement = (reference[:, :BLANK] * moved).sum(axis=(1, 2))
    mixed: NDArray[np.float64] = np.tensordot(_softmax(agreement), moved, axes=1)
    return mixed


def _places(start: int, length: int, target: int) -> NDArray[np.int64]:
    """Return for each slot of the target the slot of the source, -1 for none."""
    places = np.full(SLOTS, -1)
    places[:start] = np.arange(start)
    resumes = start + max(0, target - length)
    places[resumes:target] = np.arange(resumes, target) - (target - length)
    return places
