"""Write what others read of the contract anew after a change of the models.

``python -m edge.messages`` writes ``asyncapi.yaml``, the table in ``README.md`` and ``schemas``,
all beside this file; ``python -m edge.messages schemas DIR`` writes the JSON Schemas into a folder.
"""

import sys
from pathlib import Path

from edge.messages.document import FILE, README, SCHEMAS, as_yaml, document, readme, schemas


def main(words: list[str]) -> int:
    """Write, and return the exit status."""
    folder = SCHEMAS
    if words:
        if len(words) != 2 or words[0] != "schemas":
            sys.stderr.write("usage: python -m edge.messages [schemas DIR]\n")
            return 2
        folder = Path(words[1])
    else:
        FILE.write_text(as_yaml(document()), "utf-8")
        README.write_text(readme(), "utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
