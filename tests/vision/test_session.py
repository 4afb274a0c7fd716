"""Tests of the only door to onnxruntime."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from edge.errors import ModelError
from edge.vision.cards import load_card
from edge.vision.session import Session
from tests.vision import graphs


def opened(card: Path, threads: int = 1) -> Session:
    session = Session(load_card(str(card)), threads)
    session.start()
    return session


def refused(card: Path) -> str:
    with pytest.raises(ModelError) as caught:
        opened(card)
    return str(caught.value)


def test_runs_a_model_that_keeps_its_promise(tmp_path: Path) -> None:
    """A sound model starts and gives what its graph computes."""
    session = opened(graphs.write(tmp_path, "detector", graphs.bright_detector()), threads=2)
    image = np.zeros((1, graphs.HEIGHT, graphs.WIDTH, 3), np.uint8)
    image[0, 30:50, 100:180] = 255
    assert session.run(image)[0][0, 0, :5] == pytest.approx([0.9, 100, 30, 180, 50])


def test_a_cut_off_file_is_refused(tmp_path: Path) -> None:
    """Half a model file gives an error with its path and what to do, not a crash."""
    graphs.write(tmp_path, "detector", graphs.bright_detector())
    weights = tmp_path / "detector.onnx"
    card = graphs.write_card(tmp_path, "detector")
    text = card.read_text("utf-8")
    half = weights.read_bytes()[: weights.stat().st_size // 2]
    weights.write_bytes(half)
    assert "is not the file that detector.toml promises" in refused(card)
    card.write_text(text.replace(load_digest(text), sha256(half)), "utf-8")
    message = refused(card)
    assert str(weights) in message
    assert "copy it and its card again" in message


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    """A file that is no ONNX at all is named in the error."""
    graphs.write(tmp_path, "reader", graphs.fixed_reader("A1"))
    card = tmp_path / "reader.toml"
    text = card.read_text("utf-8")
    (tmp_path / "reader.onnx").write_bytes(b"\x89PNG, not a model")
    card.write_text(text.replace(load_digest(text), sha256(b"\x89PNG, not a model")), "utf-8")
    assert "reader.onnx: cannot be loaded" in refused(card)


def test_an_unknown_operator_is_refused(tmp_path: Path) -> None:
    """A model of another runtime's operators is refused at start, naming the operator."""
    assert "Guess" in refused(graphs.write(tmp_path, "detector", graphs.unknown_operator()))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"input": '{name="x",shape=[1,384,640,3],dtype="uint8",meaning=""}'}, "one input 'x'"),
        ({"output": '{name="y",shape=[1,1,13],dtype="float32",meaning=""}'}, "one output 'y'"),
        ({"input": '{name="image",shape=[1,96,96,3],dtype="uint8",meaning=""}'}, "(1, 96, 96, 3)"),
        ({"input": '{name="image",shape=[1,384,640,3],dtype="float32",meaning=""}'}, "float32"),
        ({"output": '{name="plates",shape=[1,9,13],dtype="float32",meaning=""}'}, "(1, 9, 13)"),
    ],
)
def test_a_broken_promise_is_named(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    """A file whose names, shapes or types differ from its card is refused at start."""
    card = graphs.write(tmp_path, "detector", graphs.bright_detector(), **changes)
    message = refused(card)
    assert str(tmp_path / "detector.onnx") in message
    assert words in message


def test_an_unknown_length_is_held_by_the_first_run(tmp_path: Path) -> None:
    """Where the file leaves a length open, the run at start shows whether the card is right."""
    nodes = [
        graphs.node("Cast", ["crops"], "floats", to=onnx.TensorProto.FLOAT),
        graphs.node("NonZero", ["floats"], "lit"),
        graphs.node("Cast", ["lit"], "places", to=onnx.TensorProto.FLOAT),
        graphs.node("Unsqueeze", ["places", "zero"], "slots"),
    ]
    inward, outward = ("crops", "uint8", ("N", 64, 160)), ("slots", "float32", (1, 3, "M"))
    model = graphs.model(nodes, inward, outward, {"zero": np.array([0])})
    wrong = '{name="slots",shape=[1,3,37],dtype="float32",meaning=""}'
    card = graphs.write(tmp_path, "reader", model, output=wrong)
    assert "it gave float32 (1, 3, 10240)" in refused(card)


def test_a_file_of_one_size_whose_card_promises_smaller_ones_is_refused(tmp_path: Path) -> None:
    """The run at start tries the smallest input that the card allows."""
    card = graphs.write(tmp_path, "detector", graphs.bright_detector(), side_multiple=64)
    assert "failed in its run" in refused(card)


@pytest.mark.parametrize(
    "shape", [(1, 64, 128, 3), (1, 384, 640, 3), (1, 384, 704, 3), (1, 32, 64, 3), (2, 64, 64, 3)]
)
def test_open_sides_take_multiples_up_to_the_card_s_shape(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    """Larger ones, others than multiples and two pictures at once are refused before the run."""
    model = graphs.bright_detector(any_size=True)
    session = opened(graphs.write(tmp_path, "detector", model, side_multiple=64))
    given = np.zeros(shape, np.uint8)
    if shape in {(1, 64, 128, 3), (1, 384, 640, 3)}:
        assert session.run(given)[0].shape == (1, 1, 13)
    else:
        with pytest.raises(ModelError, match="takes 'image'"):
            session.run(given)


@pytest.mark.parametrize("task", ["detector", "reader"])
def test_numbers_that_are_not_finite_are_refused(tmp_path: Path, task: str) -> None:
    """NaN never leaves the session, for no JSON may hold one."""
    model = graphs.bright_detector() if task == "detector" else graphs.fixed_reader("A1")
    assert "not finite" in refused(graphs.write(tmp_path, task, graphs.not_finite(model)))


def test_a_run_wants_what_the_card_says(tmp_path: Path) -> None:
    """A wrong shape or dtype, or a run before the start, is told as such."""
    card = graphs.write(tmp_path, "reader", graphs.fixed_reader("A1"))
    session = Session(load_card(str(card)), 1)
    good = np.zeros((2, graphs.CROP_HEIGHT, graphs.CROP_WIDTH), np.uint8)
    with pytest.raises(ModelError, match="start the session first"):
        session.run(good)
    session.start()
    assert session.run(good)[0].shape == (2, 10, 37)
    with pytest.raises(ModelError, match="takes 'crops' uint8"):
        session.run(good.astype(np.float32))
    with pytest.raises(ModelError, match="takes 'crops' uint8"):
        session.run(good[:, :, :-1])


def test_a_failed_run_is_an_error(tmp_path: Path) -> None:
    """What the runtime raises in a run becomes a ModelError, never an empty answer."""
    nodes = [
        graphs.node("Cast", ["crops"], "floats", to=onnx.TensorProto.FLOAT),
        graphs.node("Reshape", ["floats", "two"], "slots"),
    ]
    model = graphs.model(
        nodes,
        ("crops", "uint8", ("N", 64, 160)),
        ("slots", "float32", ("N", "s", "c")),
        {"two": np.array([1, 64, 160])},
    )
    out = '{name="slots",shape=[1,64,160],dtype="float32",meaning=""}'
    session = opened(graphs.write(tmp_path, "reader", model, output=out))
    with pytest.raises(ModelError, match="failed in its run"):
        session.run(np.zeros((3, 64, 160), np.uint8))


def test_nothing_is_phoned_home(tmp_path: Path) -> None:
    """A session writes nothing into the home folder, opens no socket and tries no connection."""
    card = graphs.write(tmp_path, "reader", graphs.fixed_reader("A1"))
    home = tmp_path / "home"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    for silencer in ("CI", "ORT_RUNNING_UNIT_TESTS", "ORT_DISABLE_TELEMETRY"):
        environment.pop(silencer, None)
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED, str(card)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    seen = json.loads(done.stdout)
    assert seen["at_import"] == "1"
    assert seen["connections"] == []
    assert seen["sockets"] == []
    assert [str(path) for path in home.rglob("*")] == []
    assert done.stderr == ""


_WATCHED = """
import json, os, sys, pathlib
seen = {"connections": [], "at_import": None}

def hook(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        seen["connections"].append(event)
    if event == "import" and args[0] == "onnxruntime":
        seen["at_import"] = os.environ.get("ORT_DISABLE_TELEMETRY")

sys.addaudithook(hook)
import numpy
from edge.vision.cards import load_card
from edge.vision.session import Session
session = Session(load_card(sys.argv[1]), 2)
session.start()
session.run(numpy.zeros((4, 64, 160), numpy.uint8))
links = [os.readlink(f) for f in pathlib.Path("/proc/self/fd").iterdir() if f.exists()]
seen["sockets"] = [link for link in links if link.startswith("socket:")]
print(json.dumps(seen))
"""


def sha256(data: bytes) -> str:

    return hashlib.sha256(data).hexdigest()


def load_digest(card: str) -> str:
    return card.split('sha256 = "')[1][:64]
