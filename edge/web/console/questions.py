"""The blind question: what to ask before anything of the entry is told, and what an answer means.

Where the match hangs on one character, that one is asked for, with the listed character and its
rival side by side in the alphabet's order, so that the order gives nothing away. Otherwise the
officer holds the picture against what the unit read. In a moving car it is one tap, never typing.
"""

import re
from collections.abc import Sequence
from typing import Final

from edge.errors import ConsoleError
from edge.messages.alert_parts import AlertMessage, ContestedCharacter, EntryPart
from edge.plates.alphabet import CHARACTERS, SLOTS, normalise
from edge.web.console.cards import CAN_NOT_TELL, DIFFERS, MATCH, NEITHER, Question

WORDS: Final = {
    MATCH: "the picture says what the unit read",
    DIFFERS: "the picture says something else than the unit read",
    NEITHER: "neither of the two",
    CAN_NOT_TELL: "cannot tell",
}

_SAME: Final = str.maketrans("OI", "01")


def question(message: AlertMessage, *, moving: bool) -> Question:
    """Return what to ask about an alert's newest revision."""
    contested = deciding(message.payload.match.contested)
    if contested is not None:
        pair = sorted((contested.expected, contested.rival))
        return Question(
            kind="character",
            position=contested.position,
            choices=(*pair, NEITHER, CAN_NOT_TELL),
            sentence=f"Character {contested.position} of the plate: what do you read?",
            typing=not moving,
        )
    read = message.payload.read.text
    if read:
        return Question(
            kind="match",
            position=None,
            choices=(MATCH, DIFFERS, CAN_NOT_TELL),
            sentence=f"The unit read {read}. Does the picture say so?",
            read=read,
            typing=not moving,
        )
    return Question(
        kind="type",
        position=None,
        choices=(CAN_NOT_TELL,),
        sentence="What do you read?",
        typing=not moving,
    )


def deciding(contested: Sequence[ContestedCharacter]) -> ContestedCharacter | None:
    """Return the character in most doubt without which the match would not stand.

    None also where one of the two is "no character there": that is asked of the whole plate.
    """
    asked = [one for one in contested if one.decides and one.expected and one.rival]
    asked = [one for one in asked if one.expected != one.rival]
    return min(asked, key=lambda one: one.p_expected) if asked else None


def check(asked: Question, answer: str) -> str:
    """Return the answer as it is kept: a choice, or a typed plate in capitals.

    Raises:
        ConsoleError: it is neither, or was typed in a moving car.
    """
    if answer in asked.choices:
        return answer
    if not asked.typing:
        raise ConsoleError(
            "this is no answer to what is asked now: a better picture may have come, or the car "
            "moves and nothing can be typed; look again and tap"
        )
    typed = normalise(answer)[: SLOTS + 1]
    if not typed or len(typed) > SLOTS or not set(typed) <= set(CHARACTERS):
        raise ConsoleError(
            f"a plate has 1 to {SLOTS} letters and digits; type it as you read it, or tap an answer"
        )
    return typed


def judge(asked: Question, answer: str, message: AlertMessage) -> bool | None:
    """Say whether an answer, as :func:`check` returned it, agrees with the entry.

    O and 0, I and 1 are the same to the eye on most plates; 8 and B, 5 and S are not.

    Returns:
        None: it says neither.
    """
    entry, read = message.payload.entry, message.payload.read.text
    if answer == CAN_NOT_TELL:
        return None
    if answer == NEITHER:
        return False
    if answer == MATCH:
        return means(entry, read)
    if answer == DIFFERS:
        # the officer contradicts the unit, not the entry, where the unit did not read the entry
        return False if means(entry, read) else None
    if asked.kind == "character" and answer in asked.choices:
        contested = deciding(message.payload.match.contested)
        return contested is not None and answer == contested.expected
    return means(entry, answer)


def means(entry: EntryPart, text: str) -> bool:
    """Say whether *text* is the entry's plate, as far as eyes can tell."""
    text = text.translate(_SAME)
    if entry.plate:
        return text == entry.plate.translate(_SAME)
    pattern = entry.partial.translate(_SAME).replace("?", ".").replace("*", ".*")
    return re.fullmatch(pattern, text) is not None


def sentence(asked: Question, answer: str) -> str:
    """Return the answer as an officer would say it."""
    if answer in WORDS:
        return WORDS[answer]
    if asked.kind == "character" and answer in asked.choices:
        return f"character {asked.position} is {answer}"
    return f"typed {answer}"
