"""Texts one wrong, lost or added character away: for short lists, and only if asked for."""

from collections.abc import Iterator

from edge.plates.alphabet import CHARACTERS, SLOTS


def one_edit(text: str) -> Iterator[str]:
    """Yield every other plate one edit away from *text*, some twice; none is empty or too long."""
    for place in range(len(text) + 1):
        head, tail = text[:place], text[place:]
        if len(text) < SLOTS:
            yield from (head + added + tail for added in CHARACTERS)
        if tail:
            yield from (head + other + tail[1:] for other in CHARACTERS if other != tail[0])
            if len(text) > 1:
                yield head + tail[1:]
