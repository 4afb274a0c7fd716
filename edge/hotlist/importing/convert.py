"""A record to the rows of our list: one for each plate."""

import re
from collections.abc import Sequence
from typing import Final

from edge.hotlist import fields as columns
from edge.hotlist.importing.dates import DateReader, utc_text
from edge.hotlist.importing.layouts import Getter, Layout, Record
from edge.hotlist.importing.mapping import Fields
from edge.hotlist.importing.places import Place, Plates, Words
from edge.hotlist.importing.rejects import FieldError
from edge.plates import alphabet

# in the order of our columns
_PLAIN: Final = ("make", "model", "colour", "type", "caution", "reason", "owner")
_NOT_OURS = re.compile("[^0-9A-Z]")
_DAY_S: Final = 86_400
_MOST_KEPT: Final = 50_000  # spellings of one column
_NO_PLATE = "holds no plate"


class _Reader:
    """Takes the words of one column out of a record."""

    def __init__(self, name: str, words: Words, getters: Sequence[Getter]) -> None:
        self._name = name
        self._words = words
        self._getters = getters
        self._codes = {code.strip().casefold(): text for code, text in words.codes.items()}
        self._empty = {text.strip().casefold() for text in words.empty}
        self._known: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._getters)

    def read(self, record: Record) -> str:
        """Return what our list will hold; lists repeat their words, so it is worked out once."""
        if len(self._getters) == 1:
            text = self._getters[0](record)
        else:
            parts = (get(record) for get in self._getters)
            text = self._words.join.join(part for part in parts if self._says(part))
        return self._checked(text)

    def read_each(self, record: Record) -> list[str]:
        """Return the meaning of each place by itself."""
        return [self._checked(get(record)) for get in self._getters]

    def _checked(self, text: str) -> str:
        known = self._known.get(text)
        if known is None:
            known = _checked(self._name, self._meaning(text if self._says(text) else ""))
            if len(self._known) < _MOST_KEPT:
                self._known[text] = known
        return known

    def _says(self, text: str) -> bool:
        return bool(text) and text.casefold() not in self._empty

    def _meaning(self, text: str) -> str:
        if not text:
            return self._words.constant
        if not self._codes:
            return text
        meant = self._codes.get(text.casefold(), self._words.otherwise)
        if meant is None:
            raise FieldError(self._name, "is a code that the map does not know", text)
        return meant


class _PlateReader:
    """Takes the plates out of a record; nothing is guessed, nothing folded."""

    def __init__(self, plates: Plates, getters: Sequence[Getter]) -> None:
        self._plates = plates
        self._getters = getters
        self._remove = str.maketrans("", "", plates.remove)
        self._empty = {text.strip().casefold() for text in plates.empty}

    def read(self, record: Record) -> list[tuple[int, str]]:
        """Return each plate with the number of its place, from 0."""
        found = []
        for place, get in enumerate(self._getters):
            whole = get(record)
            texts = whole.split(self._plates.separator) if self._plates.separator else [whole]
            for text in texts:
                plain = text.strip()
                if plain and plain.casefold() not in self._empty:
                    found.append((place, self._plate(plain)))
        return found

    def _plate(self, text: str) -> str:
        plain = alphabet.normalise(text.translate(self._remove))
        known = {self._plates.any_one.upper(): "?", self._plates.any_number.upper(): "*"}
        signs = [known.get(c, "" if c in "?*" else c) for c in plain]
        if not all(signs):
            sentence = "has a wildcard; what it means is for the map to say (any_one, any_number)"
            raise FieldError("plate", sentence, text)
        plate = "".join(signs)
        strange = _NOT_OURS.search(plate.replace("?", "0").replace("*", "0"))
        if strange:
            place = strange.start() + 1
            raise FieldError("plate", f"character {place} is not one of 0-9 A-Z", text)
        try:
            return columns.plate(plate)
        except ValueError:
            if "*" in plate or "?" in plate:
                raise FieldError("plate", "is too wide or too long for a wildcard", text) from None
            sentence = f"has {len(plate)} characters; a plate has 1 to {alphabet.SLOTS}"
            raise FieldError("plate", sentence, text) from None


class Converter:
    """Turns records into rows by a map.

    Args:
        issued: seconds since 1970, for entries that say not since when they stand.

    Raises:
        ValueError: the file has not the columns that the map names.
    """

    def __init__(self, fields: Fields, layout: Layout, issued: int) -> None:
        self._fields = fields
        self._layout = layout
        self._issued = issued
        self._plates = _PlateReader(fields.plate, self._getters(fields.plate.at))
        names = ("entry_id", "jurisdiction", "category", *_PLAIN)
        self._readers = {name: self._words(name) for name in names}
        self._entered = DateReader(fields.entered)
        self._entered_at = self._getters(fields.entered.at)
        date = fields.expires.date
        self._expires = DateReader(date, last_day=fields.expires.last_day) if date else None
        self._expires_at = self._getters(date.at) if date else []

    def rows(self, record: Record) -> list[list[str]]:
        """Return the rows of one record, in the columns of :class:`~edge.hotlist.index.Row`.

        Empty where it holds no plate and the map lets such records be.

        Raises:
            FieldError: something in it cannot be taken; then none of its plates is.
        """
        plates = self._plates.read(record)
        if not plates:
            if self._fields.plate.missing == "skip":
                return []
            raise FieldError("plate", _NO_PLATE)
        entry_id = self._readers["entry_id"].read(record)
        category = self._readers["category"].read(record)
        entered, expires = self._life(record, category)
        plain = [self._readers[name].read(record) for name in _PLAIN]
        rows = []
        for number, (plate, jurisdiction) in enumerate(self._unequal(record, plates), start=1):
            own = entry_id if number == 1 else _checked("entry_id", f"{entry_id}/{number}")
            dates = utc_text(entered), utc_text(expires)
            rows.append([own, plate, jurisdiction, category, *plain, *dates])
        return rows

    def _unequal(self, record: Record, plates: list[tuple[int, str]]) -> list[tuple[str, str]]:
        """Return plates with their jurisdictions, each pair once."""
        reader = self._readers["jurisdiction"]
        if len(reader) > 1 and len(reader) == len(self._fields.plate.at):
            each = reader.read_each(record)
        else:
            each = [reader.read(record)] * len(self._fields.plate.at)
        pairs = [(plate, each[place]) for place, plate in plates]
        return list(dict.fromkeys(pairs))

    def _life(self, record: Record, category: str) -> tuple[int, int]:
        entered = self._date("entered", self._entered, _joined(record, self._entered_at))
        if entered is None:
            if self._fields.entered.missing != "issued":
                raise FieldError("entered", "is empty; the map could take the date of issue")
            entered = self._issued
        expires = None
        if self._expires:
            expires = self._date("expires", self._expires, _joined(record, self._expires_at))
        if expires is None:
            expires = entered + self._days(category) * _DAY_S
        if expires <= entered:
            raise FieldError("expires", "is not after the date of entry")
        return entered, expires

    def _days(self, category: str) -> int:
        ends = self._fields.expires
        days = ends.after_days_by_category.get(category, ends.after_days)
        if days is None:
            raise FieldError("expires", "is empty; the map could set after_days")
        return days

    def _date(self, name: str, reader: DateReader, text: str) -> int | None:
        if not text:
            return None
        try:
            return reader.seconds(text)
        except ValueError as error:
            raise FieldError(name, str(error), text) from None

    def _words(self, name: str) -> _Reader:
        words: Words = getattr(self._fields, name)
        return _Reader(name, words, self._getters(words.at))

    def _getters(self, places: Sequence[Place]) -> list[Getter]:
        return [self._layout.getter(place) for place in places]


def _joined(record: Record, getters: Sequence[Getter]) -> str:
    return " ".join(text for text in (get(record) for get in getters) if text)


def _checked(name: str, text: str) -> str:
    """Return what the units' own check makes of a field, or an error that does not repeat it."""
    try:
        value = columns.CHECKS[name](text)
    except ValueError as error:
        sentence = str(error)
        if name == "jurisdiction":
            sentence = "is none of ours (us-ct, eu-de, uk ...); translate it with 'codes'"
        elif name == "category":
            sentence = "is none of ours; translate it with 'codes', 'otherwise' or 'constant'"
        raise FieldError(name, sentence, text) from None
    return text.strip().lower() if name == "category" else str(value)
