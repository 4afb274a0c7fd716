"""Draw the README's picture of an alert from the last demo: ``python -m scripts.alert_picture``.

The words are those of ``edge listen``, the crop is the alert's own; both of a rendered street.
"""

import base64
import re
import sqlite3
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from edge.clock import Moment
from edge.delivery.describe import describe
from edge.keys.identity import load_identity
from edge.messages import Letter, crop_of, parse_alert
from edge.messages.letter import open_own

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "runs" / "demo"
STORE, KEYS = DEMO / "store" / "edge.db", DEMO / "keys" / "street-1"
PICTURE = ROOT / "scripts" / "alert.svg"
STYLES = {"ALARM": "bold red", "VERIFY": "bold yellow", "  gate": "cyan", "  contested": "magenta"}
CROP_WIDTH = 240


def main() -> None:
    base = sqlite3.connect(f"file:{STORE}?mode=ro", uri=True)
    rows = base.execute(
        "SELECT body, sealed, stored_ns FROM outbox JOIN pictures USING (row)"
        " WHERE revision = 0 ORDER BY sequence"
    ).fetchall()
    base.close()
    unit = load_identity(KEYS)
    console = Console(record=True, width=124, file=StringIO())
    crops = []
    for body, sealed, stored_ns in rows:
        words, picture = open_own("alert", Letter(body, sealed), unit)
        message = parse_alert(words)
        heard = Moment(stored_ns + 20_000_000, 0)
        for line in describe(message, heard, 60.0):
            style = next((s for mark, s in STYLES.items() if mark in line), "")
            console.print(Text(line, style=style))
        console.print("\n" * 5)
        crops.append(crop_of(message, picture))
    svg = console.export_svg(title="edge listen", clear=False)
    PICTURE.write_text(_with_crops(svg, [crop for crop in crops if crop], len(rows)))
    print(PICTURE)


def _with_crops(svg: str, crops: list[bytes], parts: int) -> str:
    """Lay each crop into the empty lines under its alert."""
    box = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', svg)
    assert box is not None
    wide, high = float(box[1]), float(box[2])
    top, each = 60.0, (high - 60.0) / parts
    images = "".join(
        f'<image x="{wide - CROP_WIDTH - 40:.0f}" y="{top + (n + 1) * each - 150:.0f}" '
        f'width="{CROP_WIDTH}" height="125" preserveAspectRatio="xMidYMid meet" '
        f'href="data:image/jpeg;base64,{base64.b64encode(crop).decode()}"/>'
        for n, crop in enumerate(crops)
    )
    # no font from another host: the reader's own monospace serves
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return svg.replace("</svg>", images + "</svg>")


if __name__ == "__main__":
    main()
