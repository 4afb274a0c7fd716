"""Bounds, fits and bins, held against numbers that can be worked out by hand."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.evaluate.metrics import Share
from models.measure import statistics
from models.measure.plot import reliability_plot
from models.measure.tables import rate, table


def test_bootstrap_holds_the_ratio() -> None:
    """The interval of a ratio holds the ratio; resamples that add up to nothing are left out."""
    values, others = np.array([0.0, 1, 0, 0, 1, 0]), np.array([1.0, 1, 0, 1, 1, 0])
    low, high = statistics.bootstrap(values, others, np.random.default_rng(1))
    assert 0.0 <= low <= 0.5 <= high <= 1.0


def test_temperature_cools_what_is_too_modest() -> None:
    """Reads that are always right although half sure are made surer, doubtful boasts less sure."""
    modest = np.full((40, 10, 37), 0.3 / 36, np.float32)
    modest[:, :, 3] = 0.7
    assert statistics.temperature(modest, np.ones(40, bool)) < 0.9
    assert statistics.temperature(modest, np.zeros(40, bool)) > 1.1
    heated = statistics.heated(modest, 2.0)
    np.testing.assert_allclose(heated.sum(axis=2), 1.0, atol=1e-5)
    assert heated[0, 0, 3] < 0.7


def test_logistic_finds_the_slope() -> None:
    """A logistic regression gives back the chances that the truths were drawn with."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(4000, 1))
    right = rng.random(4000) < 1 / (1 + np.exp(-(2 * x[:, 0] - 1)))
    weights = statistics.logistic(x, right)
    np.testing.assert_allclose(weights, [2.0, -1.0], atol=0.25)
    assert statistics.predicted(np.array([[0.5]]), weights)[0] == pytest.approx(0.5, abs=0.06)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_isotonic_rises(reads: list[tuple[float, bool]]) -> None:
    """Knots and values of the isotonic fit never fall, and their mean is kept."""
    sure = np.array([one for one, _ in reads])
    knots, values = statistics.isotonic(sure, np.array([right for _, right in reads]))
    assert (np.diff(knots) >= 0).all()
    assert (np.diff(values) > 0).all()
    assert 0.0 <= values.min() <= values.max() <= 1.0


def test_bins_tell_what_they_promise() -> None:
    """A bin holds its reads' mean confidence, or says that it does not."""
    sure = np.array([0.1] * 20 + [0.95] * 20 + [1.0])
    right = np.array([False] * 18 + [True] * 2 + [False] * 20 + [True])
    low, high = statistics.reliability(sure, right, (0.0, 0.5, 1.0))
    assert (low.share, low.holds) == (Share(2, 20), True)
    assert (high.share, high.holds) == (Share(1, 21), False)


def test_plot_is_a_picture(tmp_path) -> None:
    """The plot is well-formed SVG with one mark a bin, its counts as a title."""
    bins = statistics.reliability(np.array([0.2, 0.9]), np.array([False, True]), (0.0, 0.5, 1.0))
    file = tmp_path / "runs" / "plot.svg"
    reliability_plot(file, {"as shipped": bins}, "Plates")
    drawing = file.read_text("utf-8")
    assert re.findall("<title>(.*?)</title>", drawing) == ["0 of 1", "1 of 1"]
    assert drawing.startswith("<svg ")
    assert drawing.count("<text") == drawing.count("</text>")


def test_tables_are_markdown() -> None:
    """A table has a rule under its head; a rate tells counts and bound."""
    assert table(("a", "b"), [[1, "x"]]).splitlines() == ["| a | b |", "|---|---|", "| 1 | x |"]
    assert rate(Share(0, 100)) == "0 of 100 = 0.00% (< 2.95%)"
