"""Files stay small enough to be read in one sitting."""

import ast
from pathlib import Path

from tests.house.tree import ROOT, read, tracked

LIMIT = 400
MEDIAN_FUNCTION = 12  # statements' lines, docstring apart; DESIGN says about 10


def test_no_python_file_is_longer_than_the_limit() -> None:
    """Sources and tests have at most 400 lines."""
    long = {
        str(file): lines
        for file in tracked("*.py")
        if (lines := len(read(file).splitlines())) > LIMIT
    }
    assert long == {}


def test_functions_are_short_in_the_median() -> None:
    """Half of the package's functions have a dozen lines or fewer."""
    lengths = sorted(
        length for file in tracked("edge/*.py") for length in _lengths(ast.parse(read(file)))
    )
    assert lengths[len(lengths) // 2] <= MEDIAN_FUNCTION


def test_there_are_no_catch_all_modules() -> None:
    """No utils, helpers, common or manager: a name says what a file is for."""
    banned = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
    names = {Path(part).stem for file in tracked("*.py") for part in file.parts}
    assert names & banned == set()
    assert (ROOT / "edge").is_dir()


def _lengths(tree: ast.Module) -> list[int]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and node.body[1:] else node.body[0]
            found.append((node.end_lineno or first.lineno) - first.lineno + 1)
    return found
