"""The list of all weights that are shipped, with their digests."""

import tomllib
from pathlib import Path


def write_manifest(folder: Path) -> None:
    """Write ``manifest.toml`` beside *folder*: every card's weights with their digest."""
    lines = [
        "# Every weight that is shipped; written by the exports, held against the cards by a test"
    ]
    for file in sorted(folder.glob("*.toml")):
        card = tomllib.loads(file.read_text("utf-8"))
        lines += [
            "",
            f"[{card['name']}]",
            f'file = "weights/{card["file"]}"',
            f'card = "weights/{file.name}"',
            f'sha256 = "{card["sha256"]}"',
            f"bytes = {(folder / card['file']).stat().st_size}",
        ]
    (folder.parent / "manifest.toml").write_text("\n".join(lines) + "\n", "utf-8")
