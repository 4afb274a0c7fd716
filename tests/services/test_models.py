"""What a bad model does to a daemon that runs, and to one that starts."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from edge.config import load
from edge.errors import ModelError
from edge.services.models import Wish, add
from tests.brokers import until
from tests.services.watching import PATIENCE_S, Post, draw, sentence, started
from tests.vision import foreign_graphs as foreign
from tests.vision import graphs

TEXT = "C11CC"  # what the pixel reader makes of the red plate: its channels, then two edges


def red_street(folder: Path) -> None:
    """Draw a street with a standing red plate; where red and blue are mixed up, it has none."""
    image = np.full((192, 320, 3), (250, 30, 20), np.uint8)
    image[80:110, 100:220] = foreign.RED
    draw(folder, [image] * 3)


def brought(post: Post) -> dict[str, Path]:
    """Add both foreign models to the unit; return their cards."""
    settings = load([post.site]).settings
    files = post.folder / "brought"
    files.mkdir()
    (files / "yolo.onnx").write_bytes(foreign.red_detector().SerializeToString())
    (files / "cct.onnx").write_bytes(foreign.pixel_reader(3).SerializeToString())
    (files / "plate_config.yaml").write_text(foreign.config("rgb"), "utf-8")
    models = post.store / "models"
    for name, config in (("yolo", None), ("cct", files / "plate_config.yaml")):
        add(Wish(files / f"{name}.onnx", config, "", "", "a test"), models, settings)
    return {"detector": models / "yolo.toml", "reader": models / "cct.toml"}


def test_foreign_models_alert_and_a_bad_one_changes_nothing_until_the_start(tmp_path: Path) -> None:
    """Two foreign files alert by config alone; rubbish in their place is refused at the start."""
    post = Post(tmp_path)
    red_street(post.folder / "street")
    cards = brought(post)
    post.cards = cards
    post.replace_list(TEXT)
    post.configure(reader={"margin": 0.0}, tracking={"min_reads": 1, "parked_gap_s": 0.0})
    with ExitStack() as stage:
        watch = started(stage, post.process())
        until(lambda: len(post.alerts()) > 0, PATIENCE_S, "an alert of foreign models")
        weights = next((post.store / "models").glob("cct-*.onnx"))
        weights.write_bytes(b"half a file")
        cards["detector"].write_text("no card", "utf-8")
        frames = post.health()["frames_seen"]
        until(lambda: post.health()["frames_seen"] > frames + 20, PATIENCE_S, "more frames")
        assert post.alerts()[0].payload.models["reader"].startswith("cct 1 ")
        watch.stop()
        again = started(stage, post.process())
        assert f"{cards['detector']}: is not a TOML card" in sentence(again)
        post.configure(detector={"card": "detector"})
        third = started(stage, post.process())
        assert third.wait(PATIENCE_S) == 2
        last = third.errors().splitlines()[-1]
        assert f"{weights}: is not the file that cct.toml promises" in last


def test_a_full_disk_leaves_the_card_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy that fails half way is told, and neither card nor weights have changed."""
    post = Post(tmp_path)
    brought(post)
    models = post.store / "models"
    before = {file.name: file.read_bytes() for file in models.iterdir()}

    def full(_source: Path, target: Path) -> None:
        target.write_bytes(b"the first half")
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr("edge.services.models.shutil.copyfile", full)
    newer = graphs.write(tmp_path, "reader", graphs.fixed_reader("B2"))
    wish = Wish(newer, None, "cct", "", "a test")
    with pytest.raises(ModelError, match="No space left on device"):
        add(wish, models, load([post.site]).settings)
    assert {file.name: file.read_bytes() for file in models.iterdir()} == before
