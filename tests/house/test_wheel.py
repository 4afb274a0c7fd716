"""An installed edge runs from anywhere: the wheel carries settings and weights."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.tree import ROOT, tracked


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_carries_settings_weights_and_contract(wheel: Path) -> None:
    """default.toml, each model with its card, and the AsyncAPI document are inside."""
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "edge/_configs/default.toml" in names
    assert "edge/messages/asyncapi.yaml" in names
    for file in (*tracked("edge/web/static/*"), *tracked("edge/web/templates/*")):
        assert str(file) in names
    for file in tracked("models/weights/*"):
        if file.suffix in {".onnx", ".toml"}:
            assert f"edge/_weights/{file.name}" in names
    assert not any(name.startswith(("tests/", "models/", "scripts/")) for name in names)


def test_the_wheel_runs_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """``edge config show`` works from the unpacked wheel alone and names the packed default."""
    place = tmp_path / "site"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(place)
    program = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); "
        "from edge.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    # -I: neither this folder nor PYTHONPATH; the unpacked wheel comes before the checkout
    run = subprocess.run(
        [sys.executable, "-I", "-c", program, str(place), "config", "show"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert str(place / "edge" / "_configs" / "default.toml") in run.stdout
    assert str(ROOT) not in run.stdout
