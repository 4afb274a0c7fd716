"""Turn npm @fontsource packages into the small TrueType files of this folder.

Run in a folder where each package was fetched with ``npm pack @fontsource/NAME`` and unpacked to
``NAME/``; needs fontTools and brotli. The fonts are cut to ASCII and a few marks, and renamed after
their role here, because some licences reserve the original name for the unchanged font.
"""

import json
import shutil
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
ROLES = {
    "narrow-500": ("barlow-condensed", 500),
    "narrow-700": ("barlow-condensed", 700),
    "medium-600": ("barlow-semi-condensed", 600),
    "road-600": ("overpass", 600),
    "road-800": ("overpass", 800),
    "roadmono-600": ("overpass-mono", 600),
    "square-500": ("saira-condensed", 500),
    "square-700": ("saira-condensed", 700),
    "squarewide-600": ("saira-semi-condensed", 600),
    "grotesk-500": ("roboto-condensed", 500),
    "grotesk-700": ("roboto-condensed", 700),
    "tech-700": ("rajdhani", 700),
    "tall-400": ("oswald", 400),
    "tall-500": ("oswald", 500),
    "mono-400": ("share-tech-mono", 400),
    "shoulder-600": ("big-shoulders-display", 600),
    "shoulder-800": ("big-shoulders-display", 800),
    "slim-400": ("pathway-gothic-one", 400),
    "cockpit-400": ("b612-mono", 400),
    "cockpit-700": ("b612-mono", 700),
    "poster-600": ("antonio", 600),
    "press-400": ("fjalla-one", 400),
    "sport-500": ("teko", 500),
    "round-500": ("rubik", 500),
    "brush-400": ("pacifico", 400),
    "sign-400": ("lobster", 400),
    "hand-700": ("dancing-script", 700),
    "serif-700": ("playfair-display", 700),
    "slab-600": ("roboto-slab", 600),
    "fatslab-400": ("alfa-slab-one", 400),
}
KEPT = "".join(chr(code) for code in range(32, 127)) + "\u00b7\u2022\u00b0"


def convert(role: str, package: Path, weight: int) -> None:
    """Write ``ROLE.ttf`` beside this file, cut down and renamed."""
    font = TTFont(package / "files" / f"{package.name}-latin-{weight}-normal.woff2")
    font.flavor = None
    options = subset.Options()
    options.layout_features = ["kern"]
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
    options.hinting = False
    cutter = subset.Subsetter(options)
    cutter.populate(text=KEPT)
    cutter.subset(font)
    for name_id, text in ((1, f"Edge {role}"), (4, f"Edge {role}"), (6, f"Edge-{role}")):
        font["name"].setName(text, name_id, 3, 1, 0x409)
    font.save(HERE / f"{role}.ttf")


def main(unpacked: Path) -> None:
    """Convert every role from packages unpacked under *unpacked* and copy their licences."""
    (HERE / "licences").mkdir(exist_ok=True)
    rows = []
    for role, (name, weight) in ROLES.items():
        convert(role, unpacked / name, weight)
        shutil.copy(unpacked / name / "LICENSE", HERE / "licences" / f"{name}.txt")
        about = json.loads((unpacked / name / "package.json").read_text())
        rows.append(f"| {role}.ttf | @fontsource/{name} {about['version']} | {weight} |")
    print("\n".join(rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
