"""The bench of models: turns are fair, ratios are of rounds, foreign files can stand beside."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from rich.console import Console

from scripts import bench_models
from scripts.bench_macs import empty_input, macs
from tests.vision import graphs


def test_candidates_take_turns() -> None:
    """A slow moment falls on all alike: every round runs each candidate once, in order."""
    order: list[str] = []
    works = {name: lambda name=name: order.append(name) for name in "abc"}
    spent = bench_models.take_turns(works, 0.0)
    assert order == list("abc") * (1 + len(spent["a"]))
    assert {len(taken) for taken in spent.values()} == {5}


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    """One disturbed round changes nothing."""
    assert bench_models._ratio([2.0, 3.0, 100.0], [4.0, 6.0, 10.0]) == 0.5


def foreign(folder: Path) -> Path:
    """Return a file of the kind that others ship: float planes in, a batch free."""
    nodes = [
        graphs.node("GlobalAveragePool", ["images"], "small"),
        graphs.node("MatMul", ["small", "one"], "out"),
    ]
    sides = (("images", "float32", ["n", 3, 32, 32]), ("out", "float32", ["n", 3, 1, 2]))
    model = graphs.model(nodes, *sides, {"one": np.ones((1, 2), "f")})
    file = folder / "foreign.onnx"
    onnx.save(model, str(file))
    return file


def test_a_foreign_file_is_fed_what_it_takes(tmp_path: Path) -> None:
    """Float planes are counted and timed like our own uint8 pictures."""
    file = foreign(tmp_path)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    (fed,) = empty_input(session, 1).values()
    assert (fed.shape, fed.dtype) == ((1, 3, 32, 32), "float32")
    assert macs(file) == 3 * 1 * 2


def test_an_int8_row_says_its_share_of_float32(tmp_path: Path) -> None:
    """A twin is held against its own float32 file, and only where that was measured too."""
    folder = tmp_path
    card = graphs.write(folder, "detector", graphs.bright_detector())
    cards = [bench_models.load_card(str(card))]
    spent = {"detector/1": [4.0] * 5, "detector-int8/1": [3.0] * 5, "reader-int8/1": [1.0] * 5}
    file = cards[0].weights
    assert bench_models._row("detector-int8", file, spent, cards)["of_float32"] == 0.75
    assert "of_float32" not in bench_models._row("reader-int8", file, spent, cards)
    assert "of_float32" not in bench_models._row("detector", file, spent, cards)


@pytest.mark.parametrize("beside", [False, True])
def test_every_row_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], beside: bool
) -> None:
    """The tables hold each model, each line, and the file beside, with its stages."""
    spent = {"a/1": [1.0] * 5, "a/2": [1.0] * 5, "foreign.onnx/1": [2.0] * 5}
    file = foreign(tmp_path)
    rows = [bench_models._row("a", file, spent, [])]
    rows += [bench_models._row("foreign.onnx", file, spent, [])] if beside else []
    line = {"line": "a + b", "ms": 9.0, "least_ms": 8.0, "p95_ms": 11.0, "of_first": 1.0}
    pictures = [{**line, "plates": 1.5, "stages_ms": {"decode": 2.5, "detect": 6.5}}]
    bench_models.show({"models": rows, "pictures": pictures}, Console(width=160))
    shown = capsys.readouterr().out
    assert "9.00 (8.00 - 11.00)" in shown
    assert "decode 2.50, detect 6.50" in shown
    assert ("foreign.onnx" in shown) is beside


def test_the_rendered_pictures_hold_plates_wide_enough(tmp_path: Path) -> None:
    """Whole pictures are timed on frames with something to read, of the size that cameras give."""
    files = bench_models._rendered(tmp_path)
    assert len(files) == bench_models.PICTURES
    assert {bench_models.read_picture(file).shape for file in files} == {(720, 1280, 3)}
