"""Intervals, bounds and fits; small enough to be read, so that no further library is needed."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from edge.evaluate.metrics import Share

Numbers = NDArray[np.float64]
Truths = NDArray[np.bool_]


def bootstrap(
    values: Numbers, others: Numbers, rng: np.random.Generator, rounds: int = 2000
) -> tuple[float, float]:
    """Return the 95 % interval of ``sum(values) / sum(others)`` over resampled rows.

    Resamples in which *others* add up to nothing are left out.
    """
    rows = rng.integers(len(values), size=(rounds, len(values)))
    below = others[rows].sum(axis=1)
    known = below > 0
    low, high = np.quantile(values[rows].sum(axis=1)[known] / below[known], (0.025, 0.975))
    return float(low), float(high)


def heated(slots: NDArray[np.float32], heat: float) -> NDArray[np.float32]:
    """Return the distributions with their log-odds divided by *heat*."""
    logs = np.log(np.maximum(slots.astype(np.float64), 1e-9)) / heat
    powers = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)


def temperature(slots: NDArray[np.float32], right: Truths) -> float:
    """Return the heat under which confidences of whole plates have the least Brier score."""
    heats = np.exp(np.linspace(np.log(0.5), np.log(3.0), 90))
    scores = [
        np.square(heated(slots, heat).max(axis=2).astype(np.float64).prod(axis=1) - right).mean()
        for heat in heats
    ]
    return float(heats[int(np.argmin(scores))])


def logistic(features: Numbers, right: Truths, ridge: float = 1.0) -> Numbers:
    """Return weights, the constant last, of a logistic regression (Newton's method)."""
    x = np.column_stack([features, np.ones(len(features))])
    weights = np.zeros(x.shape[1])
    damp = ridge * np.eye(x.shape[1])
    damp[-1, -1] = 1e-6
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-x @ weights))
        slope = x.T @ (right - p) - damp @ weights
        bend = (x * (p * (1 - p))[:, None]).T @ x + damp
        step = np.linalg.solve(bend, slope)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def predicted(features: Numbers, weights: Numbers) -> Numbers:
    """Return the probabilities that a logistic regression gives."""
    x = np.column_stack([features, np.ones(len(features))])
    return np.asarray(1.0 / (1.0 + np.exp(-x @ weights)))


def isotonic(sure: Numbers, right: Truths) -> tuple[Numbers, Numbers]:
    """Return knots of the rising function that fits best (pool adjacent violators)."""
    order = np.argsort(sure, kind="stable")
    blocks: list[tuple[float, float, float]] = []  # mean, weight, highest confidence
    for value, where in zip(right[order].astype(float), sure[order], strict=True):
        blocks.append((value, 1.0, where))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (a, m, _), (b, n, top) = blocks[-2:]
            blocks[-2:] = [((a * m + b * n) / (m + n), m + n, top)]
    return np.array([top for _, _, top in blocks]), np.array([mean for mean, _, _ in blocks])


@dataclass(frozen=True, slots=True)
class Bin:
    """Reads of about one confidence: what they promise, and what is true of them."""

    low: float
    high: float
    mean: float
    share: Share

    @property
    def holds(self) -> bool:
        """Whether the 95 % interval of the share that is right holds the mean confidence."""
        low, high = self.share.interval
        return low <= self.mean <= high


def reliability(sure: Numbers, right: Truths, edges: tuple[float, ...]) -> list[Bin]:
    """Return the bins between *edges* that have reads."""
    bins = []
    for low, high in pairwise(edges):
        inside = (sure >= low) & ((sure < high) | (high == edges[-1]))
        if inside.any():
            counted = Share(int(right[inside].sum()), int(inside.sum()))
            bins.append(Bin(low, high, float(sure[inside].mean()), counted))
    return bins
