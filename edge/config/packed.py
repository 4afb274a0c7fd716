"""Where the files that travel in the wheel lie: ``configs`` and parts of ``models``."""

from importlib import resources
from pathlib import Path
from typing import Literal

_CHECKOUT = {
    "configs": Path("configs"),
    "weights": Path("models/weights"),
    "selftest": Path("models/selftest"),
}


def packed(what: Literal["configs", "weights", "selftest"]) -> Path:
    """Return the folder of *what*: inside the installed package, or else in the checkout."""
    inside = Path(str(resources.files("edge"))) / f"_{what}"
    if inside.is_dir():
        return inside
    return Path(__file__).resolve().parents[2] / _CHECKOUT[what]
