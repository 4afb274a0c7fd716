"""The weights that are shipped keep the contract that the product calls them by."""

import hashlib
import tomllib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from edge.plates import alphabet
from edge.vision.cards import load_card
from edge.vision.letterbox import letterbox
from edge.vision.rectify import corners_of_box, rectify
from models.synth.plates import render_plate
from models.synth.scenes import render_scene

WEIGHTS = Path(__file__).parents[2] / "models" / "weights"
CARDS = {file.stem: load_card(str(file)) for file in sorted(WEIGHTS.glob("*.toml"))}
CLEAN = 60  # rendered plates and scenes, always the same ones


def session(name: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(CARDS[name].weights), options, providers=["CPUExecutionProvider"]
    )


@pytest.fixture(scope="module")
def reader() -> onnxruntime.InferenceSession:
    return session("reader")


@pytest.fixture(scope="module")
def detector() -> onnxruntime.InferenceSession:
    return session("detector")


def plates(count: int) -> tuple[NDArray[np.uint8], list[str]]:
    """Return clean rendered plates as the product would cut them, and their texts."""
    views, texts = [], []
    for n in range(count):
        plate = render_plate(np.random.default_rng((11, n)), clean=True)
        high, wide = plate.image.shape[:2]
        corners = corners_of_box((0.0, 0.0, float(wide), float(high)))
        views.append(rectify(plate.image, corners, 160, 64, CARDS["reader"].margin))
        texts.append(plate.text)
    return np.stack(views), texts


@pytest.mark.parametrize("name", CARDS)
def test_a_file_has_the_tensors_of_its_card(name: str) -> None:
    """Names, shapes and types in the file are those that the card promises, open sides open."""
    card, runs = CARDS[name], session(name)
    first = card.input.shape
    if card.side_multiple:
        first = (first[0], -1, -1, first[3])
    kinds = {"uint8": "tensor(uint8)", "float32": "tensor(float)"}
    sides = (((card.input,), runs.get_inputs()), (card.outputs, runs.get_outputs()))
    for promised, real in sides:
        assert [one.name for one in real] == [one.name for one in promised]
        for said, is_so in zip(promised, real, strict=True):
            shape = tuple(side if isinstance(side, int) else -1 for side in is_so.shape)
            wanted = first if said is card.input else said.shape
            assert (shape, is_so.type) == (wanted, kinds[said.dtype])


@pytest.mark.parametrize("name", CARDS)
def test_a_file_runs_on_old_runtimes(name: str) -> None:
    """Nothing beyond opset 20 and the standard operators is in the file."""
    graph = onnx.load(str(CARDS[name].weights))
    assert {one.domain for one in graph.opset_import} == {""}
    assert max(one.version for one in graph.opset_import) <= 20


def test_both_models_keep_their_budgets() -> None:
    """Detector at most 0.45 GMAC, reader at most 60 MMAC, both files at most 8 MB."""
    assert CARDS["detector"].macs <= 450_000_000
    assert CARDS["reader"].macs <= 60_000_000
    assert sum(CARDS[name].weights.stat().st_size for name in ("detector", "reader")) <= 8_000_000


def test_the_manifest_says_what_the_cards_say() -> None:
    """Every card is in the manifest with its file, digest and size, and nothing else is."""
    manifest = tomllib.loads((WEIGHTS.parent / "manifest.toml").read_text("utf-8"))
    assert set(manifest) == {file.stem for file in WEIGHTS.glob("*.toml")}
    for name, entry in manifest.items():
        data = (WEIGHTS.parent / entry["file"]).read_bytes()
        assert entry["sha256"] == CARDS[name].sha256 == hashlib.sha256(data).hexdigest()
        assert entry["bytes"] == len(data)
        assert entry["card"] == f"weights/{name}.toml"


@pytest.mark.parametrize("name", [name for name in CARDS if name.endswith("-int8")])
def test_an_int8_file_was_made_from_the_float_one_beside_it(name: str) -> None:
    """Its card promises the same and tells how the float32 file was made; else: quantise again."""
    int8, twin = CARDS[name], CARDS[name.removesuffix("-int8")]
    assert (int8.input, int8.output, int8.alphabet) == (twin.input, twin.output, twin.alphabet)
    assert int8.made.command.startswith(f"{twin.made.command}; then ")
    assert int8.weights.stat().st_size < twin.weights.stat().st_size


@pytest.mark.parametrize("many", [1, 5])
def test_the_reader_gives_distributions(reader: onnxruntime.InferenceSession, many: int) -> None:
    """Each slot's probabilities are from 0 to 1 and sum to 1, for any number of crops."""
    crops = np.random.default_rng(0).integers(0, 256, (many, 64, 160), np.uint8)
    (slots, *_) = reader.run(None, {"crops": crops})
    assert slots.shape == (many, alphabet.SLOTS, alphabet.CLASSES)
    assert slots.min() >= 0
    assert np.allclose(slots.sum(axis=2), 1, atol=1e-4)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_the_reader_survives_a_crop_without_contrast(
    reader: onnxruntime.InferenceSession, level: int
) -> None:
    """A crop of one grey gives finite probabilities, not NaN."""
    (slots, *_) = reader.run(None, {"crops": np.full((1, 64, 160), level, np.uint8)})
    assert np.isfinite(slots).all()


def test_a_crop_reads_the_same_alone_and_among_others(
    reader: onnxruntime.InferenceSession,
) -> None:
    """What stands beside a crop in the batch does not change its read."""
    views, _ = plates(4)
    (together, *_) = reader.run(None, {"crops": views})
    for view, expected in zip(views, together, strict=True):
        (alone, *_) = reader.run(None, {"crops": view[None]})
        assert np.allclose(alone[0], expected, atol=1e-4)


def test_the_reader_reads_clean_plates(reader: onnxruntime.InferenceSession) -> None:
    """Of clean rendered plates of all countries, at least four in five are read whole."""
    views, texts = plates(CLEAN)
    (slots, *_) = reader.run(None, {"crops": views})
    right = [alphabet.decode(one) == text for one, text in zip(slots, texts, strict=True)]
    assert np.mean(right) >= 0.8


def test_detections_come_best_first(detector: onnxruntime.InferenceSession) -> None:
    """Scores fall from row to row and stay from 0 to 1; boxes are wider than nothing."""
    image = render_scene(np.random.default_rng(3), 640, 384, vehicles=4).image
    (rows,) = detector.run(None, {"image": image[None]})
    assert rows.shape == CARDS["detector"].output.shape
    scores, boxes = rows[0, :, 0], rows[0, :, 1:5]
    assert (np.diff(scores) <= 0).all()
    assert 0 <= scores.min() <= scores.max() <= 1
    assert (boxes[:, 2:] > boxes[:, :2]).all()
    assert np.isfinite(rows).all()


@pytest.mark.parametrize("level", [0, 114, 255])
def test_an_empty_picture_has_no_plate(detector: onnxruntime.InferenceSession, level: int) -> None:
    """A picture of one grey gives no detection that the line would take."""
    (rows,) = detector.run(None, {"image": np.full((1, 384, 640, 3), level, np.uint8)})
    assert rows[0, :, 0].max() < 0.3


def test_the_detector_finds_rendered_plates(detector: onnxruntime.InferenceSession) -> None:
    """Of plates 30 pixels wide and more in rendered frames, 85 in 100 are found, corners close."""
    found, gaps = [], []
    for n in range(CLEAN):
        scene = render_scene(np.random.default_rng((12, n)), 1280, 720, vehicles=2)
        canvas, how = letterbox(scene.image, 640, 384)
        (rows,) = detector.run(None, {"image": canvas[None]})
        sure = rows[0][rows[0, :, 0] > 0.3]
        for plate in scene.plates:
            corners = how.to_input(plate.corners)
            wide = float(np.linalg.norm(corners[1] - corners[0]))
            if wide < 30 or plate.visible < 0.9:
                continue
            off = np.abs(sure[:, 5:].reshape(-1, 4, 2) - corners).max(axis=(1, 2)) / wide
            found.append(bool((off < 0.25).any()))
            gaps += [float(off.min())] if found[-1] else []
    assert np.mean(found) >= 0.85
    assert np.median(gaps) < 0.08
