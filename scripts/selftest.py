"""Render the clip that every unit carries to try itself by: ``models/selftest``.

Two cars with plates of made-up series, street, sky and letters all drawn by this project's own
renderer. Small, since it travels in every wheel: run it anew only when the renderer has changed.
"""

import json
import shutil
import tempfile
from pathlib import Path

from models.synth.traffic import traffic
from models.synth.video import write_clip

FOLDER = Path(__file__).resolve().parents[1] / "models" / "selftest"
_PLATES = (("BT48271", "us-ct"), ("KRW5914", "us-ny"))
_QUALITY = 27


def main() -> None:
    spec = traffic(
        77, len(_PLATES), _PLATES, speed_kmh=(30.0, 30.0), width=960, height=540, fps=10.0
    )
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as draft:
        made = write_clip(spec, Path(draft), quality=_QUALITY)
        shutil.copyfile(made.video, FOLDER / "clip.mp4")
    plates = [one.text for one in spec.passes]
    truth = {"v": 1, "plates": plates, "command": "python -m scripts.selftest"}
    (FOLDER / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")


if __name__ == "__main__":
    main()
