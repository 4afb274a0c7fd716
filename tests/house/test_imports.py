"""Who imports whom, and who may talk to whom."""

import ast
import subprocess
import sys
import tomllib

import pytest

from tests.house.tree import ROOT, read, tracked

BROAD = {"Exception", "BaseException"}


def test_imports_point_down() -> None:
    """The layers, the purity of decisions and the ban on training hold."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("file", tracked("edge/*.py"), ids=str)
def test_no_error_is_swallowed(file: object) -> None:
    """No bare or broad except, and no handler that does nothing without saying why."""
    source = read(file)  # type: ignore[arg-type]
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ExceptHandler):
            continue
        assert node.type is not None, f"bare except in line {node.lineno}"
        names = {part.id for part in ast.walk(node.type) if isinstance(part, ast.Name)}
        assert not names & BROAD or _raises(node), f"broad except in line {node.lineno}"
        if all(isinstance(step, ast.Pass) for step in node.body):
            around = lines[node.lineno - 2 : node.end_lineno]
            assert any("#" in line for line in around), f"swallowed in line {node.lineno}"


def test_onnxruntime_stays_below_the_releases_that_phone_home() -> None:
    """The pin stands in pyproject.toml and in every lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (pin,) = [one for one in project["dependencies"] if one.startswith("onnxruntime")]
    assert pin.endswith("<1.29")
    for lock in tracked("lock-*.txt"):
        (line,) = [one for one in read(lock).splitlines() if one.startswith("onnxruntime==")]
        major, minor = line.split("==")[1].split(" ")[0].split(".")[:2]
        assert (int(major), int(minor)) < (1, 29)


def test_runtime_dependencies_have_reasons() -> None:
    """Each dependency is named in DECISIONS.md."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    decisions = read_decisions()
    for one in project["dependencies"]:
        name = one.split(">")[0].split("<")[0].split("=")[0].split("[")[0]
        assert f"`{name}`" in decisions, f"{name} has no reason in edge/DECISIONS.md"


def read_decisions() -> str:
    return (ROOT / "edge" / "DECISIONS.md").read_text("utf-8")


def _raises(handler: ast.ExceptHandler) -> bool:
    """Say whether a broad handler hands the error on: it raises, or keeps the error itself."""
    if any(isinstance(node, ast.Raise) for node in ast.walk(handler)):
        return True
    used = {node.id for node in ast.walk(handler) if isinstance(node, ast.Name)}
    return handler.name is not None and handler.name in used
