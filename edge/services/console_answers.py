"""What units said to a search, as rows for a page."""

from typing import Final

from edge.messages.answer import AnswerPayload, FoundHit, FoundRead
from edge.services.search_asked import Told
from edge.web.console.searching import HitRow, ReadRow, UnitWord

_WAITING: Final = "nothing has come from it so far; what comes late shows here by itself"


def words_of(told: Told, why: str) -> UnitWord:
    """Return what one unit said; *why* it may not have, where it has not."""
    if told.message is None:
        return UnitWord(told.unit, "waiting", why or _WAITING)
    said = told.message.payload
    if said.refused:
        return UnitWord(told.unit, "refused", said.sentence, refused=said.refused, late=said.late)
    return UnitWord(
        told.unit,
        "answered",
        _sentence(said),
        late=said.late,
        found=said.found,
        unread=said.unread,
        hits=tuple(_hit(one) for one in said.hits),
        reads=tuple(_read(one) for one in said.reads),
    )


def _sentence(said: AnswerPayload) -> str:
    shown = len(said.hits) + len(said.reads)
    words = [said.sentence]
    if said.found > shown:
        words.append(f"only the newest {shown} of {said.found} stand here: ask for less time")
    if said.unread:
        words.append(f"{said.unread} letters could not be opened, and may be of this plate")
    return "; ".join(words)


def _hit(one: FoundHit) -> HitRow:
    return HitRow(
        at=one.at,
        certain=one.clock_trusted,
        read=one.read,
        listed=one.plate,
        jurisdiction=one.jurisdiction,
        category=one.category,
        grade=one.grade.value,
        withdrawn=one.withdrawn,
        direction=one.direction.value,
        place=one.place,
    )


def _read(one: FoundRead) -> ReadRow:
    return ReadRow(one.at, one.text, one.jurisdiction, one.probability, one.direction.value)
