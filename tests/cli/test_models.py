"""Tests of ``edge models`` through the root command, on small real models."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest

from edge.cli import main
from edge.vision.cards import load_card
from edge.vision.session import Session
from tests.vision import foreign_graphs as foreign
from tests.vision import graphs

BOX = (600, 400, 720, 430)


def always(value: float, side: int | str = 96) -> onnx.ModelProto:
    """A detector of one row, whatever it sees, with *value* as its score."""
    row = np.array([[0, 10, 10, 90, 40, 0, value]], np.float32)
    nodes = [
        graphs.node("ReduceMax", ["images"], "peak", keepdims=0),
        graphs.node("Sub", ["peak", "peak"], "nothing"),
        graphs.node("Add", ["nothing", "row"], "output"),
    ]
    inward = ("images", "float32", (1, 3, side, side))
    return graphs.model(nodes, inward, ("output", "float32", ("n", 7)), {"row": row})


class Unit:
    """A unit with small models in use, and a folder of files that somebody brought."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        own = folder / "own"
        own.mkdir()
        self.cards = {
            "detector": graphs.write(own, "detector", graphs.bright_detector()),
            "reader": graphs.write(own, "reader", graphs.fixed_reader("A1")),
        }
        self.store = folder / "store"
        self.models = self.store / "models"
        self.brought = folder / "brought"
        self.brought.mkdir()
        self.site = folder / "site.toml"
        self._capsys = capsys
        self.use(**self.cards)

    def use(self, **cards: Path) -> None:
        """Write settings that name *cards*."""
        self.cards.update(cards)
        lines = [f'[store]\nfolder = "{self.store}"']
        lines += [f'[{task}]\ncard = "{card}"' for task, card in self.cards.items()]
        self.site.write_text("\n".join(lines), "utf-8")

    def bring(self, name: str, what: onnx.ModelProto | bytes) -> Path:
        """Write a file as another project gives it."""
        file = self.brought / name
        file.write_bytes(what if isinstance(what, bytes) else what.SerializeToString())
        return file

    def models_(self, *words: str | Path) -> tuple[int, str, str]:
        """Return the status, what was printed, and the complaints."""
        status = main(["models", "--config", str(self.site), *map(str, words)])
        captured = self._capsys.readouterr()
        return status, captured.out, captured.err

    def added(self) -> dict[str, bytes]:
        """Return all files among the added models."""
        return {file.name: file.read_bytes() for file in self.models.rglob("*") if file.is_file()}

    def listed(self) -> dict[str, dict[str, Any]]:
        _, out, _ = self.models_("list", "--json")
        told = [json.loads(line) for line in out.splitlines()]
        return {one["card"]: one for one in told}


@pytest.fixture
def unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Unit:
    return Unit(tmp_path, capsys)


def add_reader(unit: Unit, *words: str, yaml: str = "", **changes: Any) -> tuple[int, str, str]:
    yaml = yaml or foreign.config("rgb", "plate_regions: [Brazil, Canada]", keep="true")
    what = foreign.pixel_reader(3, regions=[0.9, 0.1], **changes)
    config = unit.brought / "plate_config.yaml"
    config.write_text(yaml, "utf-8")
    return unit.models_("add", unit.bring("cct.onnx", what), "--plate-config", config, *words)


def test_the_list_names_packed_added_and_used_models(unit: Unit) -> None:
    """Each card once, with task, format, size, cost, digest and use; 'list' of a good unit is 0."""
    status, out, err = unit.models_("list")
    assert (status, err) == (0, "")
    assert "reader" in out
    told = unit.listed()
    used = told[str(unit.cards["reader"])]
    assert (used["in_use"], used["task"], used["format"]) == (["reader"], "reader", "edge")
    assert used["bytes"] == (unit.cards["reader"].with_suffix(".onnx")).stat().st_size
    packed = [one for one in told.values() if not one["in_use"]]
    assert {one["name"] for one in packed} >= {"detector", "reader"}
    assert all(one["digest_ok"] and one["macs"] for one in packed)


def test_a_broken_model_is_in_the_list_with_its_sentence(unit: Unit) -> None:
    """Other weights than the card's: status 1, and the file is named in both forms."""
    weights = unit.cards["reader"].with_suffix(".onnx")
    weights.write_bytes(b"other")
    status, out, _ = unit.models_("list")
    assert status == 1
    assert f"FAIL  {weights}: is not the file" in out
    one = unit.listed()[str(unit.cards["reader"])]
    assert (one["digest_ok"], one["in_use"]) == (False, ["reader"])


def test_verify_runs_what_is_in_use(unit: Unit) -> None:
    """Both pass; one whose run breaks is named with its promise, and the other still runs."""
    status, out, err = unit.models_("verify")
    assert (status, err) == (0, "")
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["pass", "detector:"],
        ["pass", "reader:"],
    ]
    bad = graphs.not_finite(graphs.bright_detector())
    unit.use(detector=graphs.write(unit.brought, "detector", bad))
    status, out, _ = unit.models_("verify")
    assert status == 1
    first, second = out.splitlines()
    assert first.startswith("FAIL  detector: ")
    assert "not finite" in first
    assert second.startswith("pass  reader: ")


def test_verify_runs_the_cards_it_is_given(unit: Unit) -> None:
    """A card of either task can be tried before any setting names it."""
    assert unit.models_("verify", unit.cards["reader"], "reader")[0] == 0
    status, out, _ = unit.models_("verify", unit.brought / "none.toml")
    assert status == 1
    assert "none.toml: cannot be read" in out


def test_a_card_of_the_other_task_is_refused_in_use(unit: Unit) -> None:
    """A reader's card set as detector is told as such."""
    unit.use(detector=unit.cards["reader"])
    status, out, _ = unit.models_("verify")
    assert status == 1
    assert "no card of a detector" in out


def test_foreign_models_are_added_and_read_a_picture(unit: Unit) -> None:
    """Two files of another project, added and named in the settings, read a picture."""
    detector = unit.bring("yolo.onnx", foreign.red_detector())
    status, out, err = unit.models_("add", detector, "--licence", "MIT")
    assert (status, err) == (0, "")
    assert f'[detector]\ncard = "{unit.models / "yolo.toml"}"' in out
    status, out, _ = add_reader(unit)
    assert status == 0
    assert "of its 2 regions 1 have a code here" in out
    unit.use(detector=unit.models / "yolo.toml", reader=unit.models / "cct.toml")
    told = unit.listed()[str(unit.models / "yolo.toml")]
    assert (told["format"], told["macs"], told["licence"]) == ("yolov9-end-to-end", None, "MIT")
    assert unit.models_("verify")[0] == 0
    assert (load_card(str(unit.models / "cct.toml"))).weights.read_bytes() == (
        unit.brought / "cct.onnx"
    ).read_bytes()
    image = np.full((720, 1280, 3), (250, 30, 20), np.uint8)
    image[BOX[1] : BOX[3], BOX[0] : BOX[2]] = foreign.RED
    picture = unit.brought / "street.png"
    cv2.imwrite(str(picture), image)
    assert main(["read", "--jsonl", "--config", str(unit.site), str(picture)]) == 0
    (plate,) = json.loads(unit._capsys.readouterr().out)["plates"]
    assert plate["jurisdiction"] == {"br": 0.9}
    assert plate["text"] == "C1151"  # its RGB, a bar above, the street within the left margin


def test_a_card_of_ours_is_added_with_its_weights(unit: Unit) -> None:
    """A model that comes with a card keeps it; another name is taken where one is given."""
    status, _, err = unit.models_("add", unit.cards["reader"], "--name", "county-2")
    assert (status, err) == (0, "")
    card = load_card(str(unit.models / "county-2.toml"))
    assert (card.name, card.task, card.format) == ("county-2", "reader", "edge")
    assert card.made.licence == "ours"


def test_a_bad_model_never_replaces_a_good_one(unit: Unit) -> None:
    """What was added stays as it is, byte for byte, when a new one of its name breaks a promise."""
    assert add_reader(unit)[0] == 0
    before = unit.added()
    for lie in ({"slots": 8}, {"size": (32, 64)}, {"alphabet": "0123456789_"}):
        status, _, err = add_reader(unit, **lie)
        assert status == 2
        assert "cct.onnx" in err
        assert unit.added() == before
    assert list(unit.models.glob(".*")) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG, not a model", "cannot be loaded"),
        (foreign.red_detector().SerializeToString()[:700], "cannot be loaded"),
        (b"", "cannot be loaded"),
        (graphs.unknown_operator(), "Guess"),
        (graphs.bright_detector(), "without a card, an end-to-end YOLOv9 detector is expected"),
        (always(np.nan), "not finite"),
        (always(0.9, "any"), "an end-to-end YOLOv9 detector is expected, float32 (1, 3, H, W)"),
    ],
)
def test_files_that_are_no_models_are_refused(
    unit: Unit, content: bytes | onnx.ModelProto, words: str
) -> None:
    """Foreign, cut off, unknown operators, another signature, NaN: named, and not added."""
    file = unit.bring("model.onnx", content)
    status, out, err = unit.models_("add", file)
    assert (status, out) == (2, "")
    assert str(file) in err
    assert words in err
    assert not unit.models.exists()


@pytest.mark.parametrize("opset", [99, 1])
def test_an_opset_that_the_runtime_lacks_is_refused(unit: Unit, opset: int) -> None:
    """Operators of a later time, or as they were long ago, end in a sentence with the file."""
    model = foreign.red_detector()
    model.opset_import[0].version = opset
    status, _, err = unit.models_("add", unit.bring("later.onnx", model))
    assert status == 2
    assert "later.onnx: cannot be loaded" in err


def test_scores_that_are_no_probabilities_are_refused(unit: Unit) -> None:
    """A detector exported without its sigmoid is told at once, not on the first car."""
    status, _, err = unit.models_("add", unit.bring("raw.onnx", always(7.5)))
    assert status == 2
    assert "raw.onnx: its scores are no probabilities" in err


def test_missing_files_and_bad_names_are_told(unit: Unit) -> None:
    """A file or config that is not there, and a name that is a path, are named."""
    assert "gone.onnx: is no file" in unit.models_("add", unit.brought / "gone.onnx")[2]
    file = unit.bring("yolo.onnx", foreign.red_detector())
    assert "'../up'" in unit.models_("add", file, "--name", "../up")[2]
    missing = unit.brought / "no.yaml"
    assert f"{missing}: cannot be read" in unit.models_("add", file, "--plate-config", missing)[2]
    unit.store.write_text("a file where the folder should be", "utf-8")
    status, _, err = unit.models_("add", file)
    assert status == 2
    assert "cannot be read or written" in err


def test_a_running_model_outlives_its_files(unit: Unit) -> None:
    """What is loaded goes on when a bad file takes its place; the next start refuses it."""
    session = Session(load_card(str(unit.cards["reader"])), 1)
    session.start()
    crops = np.full((2, 64, 160), 90, np.uint8)
    before = session.run(crops)[0]
    unit.cards["reader"].with_suffix(".onnx").write_bytes(b"half a file")
    assert np.array_equal(session.run(crops)[0], before)
    status, out, _ = unit.models_("verify")
    assert status == 1
    assert "is not the file that reader.toml promises" in out
