"""Dates as agencies write them; one that can be read in two ways is not guessed."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from edge.hotlist.importing.places import Dates

_TOUCHING = re.compile(r"%[a-zA-Z]%[a-zA-Z]")
_MOST_KEPT = 200_000


class DateReader:
    """Reads the dates of one field; keeps what it has read, for lists repeat their days."""

    def __init__(self, dates: Dates, *, last_day: bool = False) -> None:
        self._dates = dates
        self._zone = ZoneInfo(dates.zone)
        self._later = timedelta(days=1) if last_day else timedelta()
        self._read: dict[str, int] = {}

    def seconds(self, text: str) -> int:
        """Return seconds since 1970 UTC.

        Raises:
            ValueError: it is no date in any of the forms, or another date in each of two.
        """
        known = self._read.get(text)
        if known is None:
            known = self._seconds(text)
            if len(self._read) < _MOST_KEPT:
                self._read[text] = known
        return known

    def _seconds(self, text: str) -> int:
        moments = {self._moment(text, form) for form in self._dates.formats} - {None}
        if not moments:
            raise ValueError(f"is no date as {' or '.join(self._dates.formats)}")
        if len(moments) > 1:
            raise ValueError(f"can be read in two ways by {' and '.join(self._dates.formats)}")
        (moment,) = moments
        assert moment is not None
        return moment

    def _moment(self, text: str, form: str) -> int | None:
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007 - the zone follows
            # directives that touch: a lost digit would shift all others ("2026131")
            if _TOUCHING.search(form) and moment.strftime(form).casefold() != text.casefold():
                return None
            if "%y" in form:
                century = 2000 if moment.year % 100 < (self._dates.pivot or 0) else 1900
                moment = moment.replace(year=century + moment.year % 100)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=self._zone)
            return int((moment + self._later).timestamp() // 1)
        except (ValueError, OverflowError):
            return None


@lru_cache(maxsize=65_536)
def utc_text(seconds: int) -> str:
    """Return the moment as our lists write it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
