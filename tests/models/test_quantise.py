"""Int8 twins: which nodes become int8, what the file answers, what its card says."""

import csv
import json
import tomllib
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto

from edge.vision.cards import load_card
from models.quantise import loss
from models.quantise.__main__ import main
from models.quantise.graph import chosen, quantise
from models.quantise.pictures import calibration
from scripts.bench_macs import macs, parameters
from tests.vision import graphs

CONVOLUTIONS = {"first": (8, 3, 8), "second": (8, 8, 3), "third": (8, 8, 3), "say": (13, 8, 1)}


def network() -> onnx.ModelProto:
    """Return a detector's likeness: a first layer, one that is added to it, one more, numbers."""
    rng = np.random.default_rng(2)
    constants: dict[str, NDArray[np.generic]] = {"all": np.array([1, 13, 48 * 80])}
    for name, (outward, inward, size) in CONVOLUTIONS.items():
        spread = (2.0 / (inward * size * size)) ** 0.5 / (100 if name == "first" else 1)
        constants[f"{name}.w"] = rng.normal(0, spread, (outward, inward, size, size)).astype("f")
        constants[f"{name}.b"] = rng.normal(0, 0.1, outward).astype("f")
    nodes = [
        graphs.node("Cast", ["image"], "pixels", to=TensorProto.FLOAT),
        graphs.node("Transpose", ["pixels"], "planes", perm=[0, 3, 1, 2]),
        *layer("first", "planes", strides=[8, 8]),
        *layer("second", "first", pads=[1] * 4),
        graphs.node("Add", ["first", "second"], "sum", name="add"),
        *layer("third", "sum", pads=[1] * 4),
        graphs.node("Conv", ["third", "say.w", "say.b"], "said", name="say"),
        graphs.node("Reshape", ["said", "all"], "rows"),
        graphs.node("Transpose", ["rows"], "plates", perm=[0, 2, 1]),
    ]
    inward = ("image", "uint8", [1, graphs.HEIGHT, graphs.WIDTH, 3])
    made = graphs.model(nodes, inward, ("plates", "float32", [1, 48 * 80, 13]), constants)
    del made.opset_import[1:]
    return made


def layer(name: str, inward: str, **attributes: object) -> list[onnx.NodeProto]:
    words = [inward, f"{name}.w", f"{name}.b"]
    return [
        graphs.node("Conv", words, f"{name}.raw", name=name, **attributes),
        graphs.node("Relu", [f"{name}.raw"], name, name=f"{name}.relu"),
    ]


def answer(file: Path, image: NDArray[np.uint8]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"image": image})[0])


def pictures(count: int) -> list[NDArray[np.uint8]]:
    rng = np.random.default_rng(6)
    coarse = rng.integers(0, 256, (count, 1, 12, 20, 3), np.uint8)
    return [np.repeat(np.repeat(one, 32, 1), 32, 2) for one in coarse]


def test_what_ends_in_a_relu_becomes_int8_and_what_joins_it() -> None:
    """The first layer and the last numbers stay float32, whatever lies between does not."""
    expected = ["second", "second.relu", "add", "third", "third.relu"]
    assert chosen(network().graph) == expected


def test_a_sum_with_something_float_stays_float() -> None:
    """An addition whose other side is no int8 layer's answer would only be converted twice."""
    model = network()
    (add,) = [node for node in model.graph.node if node.name == "add"]
    add.input[0] = "planes"
    assert "add" not in chosen(model.graph)


def test_the_int8_file_says_nearly_the_same(tmp_path: Path) -> None:
    """Answers move by a few hundredths of their spread; multiplications and numbers stay."""
    before, after = tmp_path / "float.onnx", tmp_path / "int8.onnx"
    onnx.save(network(), str(before))
    quantise(before, after, pictures(6))
    (image,) = pictures(1)
    wanted, got = answer(before, image), answer(after, image)
    assert 0 < np.abs(got - wanted).mean() < 0.05 * wanted.std()
    assert (macs(after), parameters(after)) == (macs(before), parameters(before))


def test_the_int8_file_needs_standard_operators_only(tmp_path: Path) -> None:
    """Weights are int8 and activations uint8, in operators that every runtime has."""
    before, after = tmp_path / "float.onnx", tmp_path / "int8.onnx"
    onnx.save(network(), str(before))
    quantise(before, after, pictures(2))
    model = onnx.load(str(after))
    assert [one.domain for one in model.opset_import] == [""]
    assert model.opset_import[0].version == 17
    types = {one.name: one.data_type for one in model.graph.initializer}
    zeros = {
        types[node.input[2]]
        for node in model.graph.node
        if node.op_type == "QuantizeLinear" and node.input[0] not in types
    }
    assert zeros == {TensorProto.UINT8}
    assert types["second.w_quantized"] == TensorProto.INT8
    kernels = [one for one in model.graph.initializer if one.name.endswith("w_quantized")]
    most = max(int(np.abs(onnx.numpy_helper.to_array(one).astype(int)).max()) for one in kernels)
    assert 32 < most <= 64, "two products in 16 bits must not be cut off"


def test_a_file_without_layers_is_refused(tmp_path: Path) -> None:
    """A file in which nothing can become int8 is named, instead of being copied."""
    file = tmp_path / "detector.onnx"
    onnx.save(graphs.bright_detector(), str(file))
    with pytest.raises(ValueError, match="no named convolutions"):
        quantise(file, tmp_path / "int8.onnx", pictures(1))


def test_the_command_writes_a_card_that_the_product_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without labelled data ranges come from rendered pictures, and it says the loss is unknown."""
    folder = tmp_path / "weights"
    folder.mkdir()
    graphs.write(folder, "detector", network())
    words = ["--what", "detector", "--weights", str(folder), "--pictures", "2"]
    made = main([*words, "--data", str(tmp_path / "nowhere")])
    before, card = load_card(str(folder / "detector.toml")), load_card(str(made))
    assert (card.name, card.task) == ("detector-int8", "detector")
    assert (card.input, card.output) == (before.input, before.output)
    assert card.made.command.startswith("test; then python -m models.quantise --what detector")
    assert card.made.data[-1] == "ranges of activations: 2 rendered pictures"
    assert card.made.licence == before.made.licence
    manifest = tomllib.loads((tmp_path / "manifest.toml").read_text("utf-8"))
    assert set(manifest) == {"detector", "detector-int8"}
    assert manifest["detector-int8"]["sha256"] == card.sha256
    assert "the loss is not known" in capsys.readouterr().out


def test_ranges_are_measured_over_training_pictures_only(tmp_path: Path) -> None:
    """Pictures of dev never reach the calibration; those taken are spread evenly."""
    (tmp_path / "scenes").mkdir()
    rows = [("0.png", "train"), ("1.png", "dev"), ("2.png", "train")]
    with (tmp_path / "scenes" / "scenes.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerows([("file", "split"), *rows])
    for level, (name, _) in enumerate(rows):
        grey = np.full((360, 600, 3), 100 + level, np.uint8)
        cv2.imwrite(str(tmp_path / "scenes" / name), grey)
    card = load_card(str(graphs.write(tmp_path, "detector", network())))
    taken = calibration(card, tmp_path, 4)
    assert [int(one[0, 192, 320, 0]) for one in taken] == [100, 100, 102, 102]
    assert {one.shape for one in taken} == {(1, graphs.HEIGHT, graphs.WIDTH, 3)}


def test_a_reader_is_measured_over_rendered_plates_where_there_are_no_others(
    tmp_path: Path,
) -> None:
    """Rendered crops are as the reader takes them, and always the same."""
    card = load_card(str(graphs.write(tmp_path, "reader", graphs.fixed_reader("AB1"), margin=0.04)))
    first, again = calibration(card, tmp_path, 2), calibration(card, tmp_path, 2)
    assert {one.shape for one in first} == {(1, graphs.CROP_HEIGHT, graphs.CROP_WIDTH)}
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert first[0].std() > 5


def test_a_picture_that_is_missing_is_named(tmp_path: Path) -> None:
    """A table that promises a picture which is not there ends with the file's name."""
    (tmp_path / "plates").mkdir()
    (tmp_path / "plates" / "plates.csv").write_text("file,split\nlost.webp,train\n")
    card = load_card(str(graphs.write(tmp_path, "reader", graphs.fixed_reader("AB1"))))
    with pytest.raises(FileNotFoundError, match=r"lost\.webp"):
        calibration(card, tmp_path, 1)


def test_the_card_tells_the_loss_beside_the_figure() -> None:
    """Each figure over all stands beside float32's; figures of one group only are left out."""
    before = {("reader", "all", "exact"): 0.9, ("reader", "us", "exact"): 0.95}
    after = {("reader", "all", "exact"): 0.89, ("reader", "us", "exact"): 0.94}
    assert loss.scores(before, after) == {"reader: exact": 0.89, "reader: exact, float32": 0.9}


def test_the_loss_is_shown_with_its_sign(capsys: pytest.CaptureFixture[str]) -> None:
    """The table has both figures and their difference."""
    key = ("reader", "all", "exact")
    loss.show("reader", {key: 0.9}, {key: 0.89})
    shown = capsys.readouterr().out
    assert all(figure in shown for figure in ("0.9000", "0.8900", "-0.0100"))


def test_figures_are_those_of_edge_evaluate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card takes the part's place in the settings; times and the other part are left out."""
    seen: list[str] = []

    class Done:
        stdout = "\n".join(
            json.dumps({"part": part, "group": "all", "name": name, "value": 0.5})
            for part, name in (("reader", "exact"), ("detector", "recall"), ("pictures", "found"))
        )

    def run(words: list[str], **_: object) -> Done:
        seen.extend([*words, Path(words[words.index("--config") + 1]).read_text("utf-8")])
        return Done()

    monkeypatch.setattr(loss.subprocess, "run", run)
    card = tmp_path / "reader-int8.toml"
    found = loss.figures("reader", card, tmp_path)
    assert found == {("reader", "all", "exact"): 0.5, ("pictures", "all", "found"): 0.5}
    assert seen[-1] == f"[reader]\ncard = {json.dumps(str(card))}\n"
