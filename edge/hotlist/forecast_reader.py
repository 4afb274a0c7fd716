"""How a reader errs, as `edge hotlist forecast` takes it: a table that is measured, not guessed.

Each character of a pass is in one of three states. *Settled*: its slot gives it ``clear``.
*Doubtful*: the slot is split between it and one rival; the reader is honest, so the character that
has a share p is the true one with chance p, and the true one's share u has the density 2u. *Wrong*:
the slot gives ``clear`` to another character, and nothing in it shows the error.
"""

import math
import tomllib
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError, field_validator

from edge.config.base import Fraction, Section
from edge.config.lines import line_of
from edge.config.packed import packed
from edge.errors import ConfigError
from edge.plates.alphabet import CHARACTERS
from edge.plates.lookalikes import alike

_COUNT = len(CHARACTERS)
_STEPS = 400


class Confusion(Section):
    """A table of confusion; see ``configs/reader-confusion.toml``."""

    clear: float = Field(gt=0.5, lt=1.0, description="What a settled slot gives its character.")
    doubtful: Fraction = Field(description="Chance that a character stays open between two.")
    alike: Fraction = Field(description="Share of doubts whose rival is a look-alike.")
    wrong_other: Fraction = Field(description="Chance of a settled wrong character, any other.")
    place_said: Fraction = Field(description="Share of plates whose place the reader says.")
    place_right: Fraction = Field(description="Share of these that is right.")
    wrong_pairs: dict[str, Annotated[float, Field(ge=0.0, le=0.5)]] = Field(
        description="Chance that either of two characters is settled as the other."
    )

    @field_validator("wrong_pairs")
    @classmethod
    def _two_of_ours(cls, pairs: dict[str, float]) -> dict[str, float]:
        for pair in pairs:
            if len(set(pair)) != 2 or len(pair) != 2 or not set(pair) <= set(CHARACTERS):
                raise ValueError(f"{pair!r} is no pair of two of 0-9 A-Z")
        return pairs

    def wrong(self) -> NDArray[np.float64]:
        """Return the chance that a true character (row) is settled as another (column)."""
        table = np.full((_COUNT, _COUNT), self.wrong_other / (_COUNT - 1))
        for pair, chance in self.wrong_pairs.items():
            places = CHARACTERS.index(pair[0]), CHARACTERS.index(pair[1])
            table[places] += chance
            table[places[::-1]] += chance
        np.fill_diagonal(table, 0.0)
        return table

    def rivals(self) -> NDArray[np.float64]:
        """Return the chance of each rival (column) of a doubtful character (row)."""
        near = np.array([[float(alike(a, b) and a != b) for b in CHARACTERS] for a in CHARACTERS])
        counts = near.sum(axis=1, keepdims=True)
        shares = np.where(counts > 0, self.alike, 0.0)
        table = (1.0 - shares) * (1.0 - np.eye(_COUNT)) / (_COUNT - 1)
        found: NDArray[np.float64] = table + shares * near / np.maximum(counts, 1.0)
        return found


class Passes:
    """Chances of what a pass shows of a text of known length.

    Args:
        slots: how many a pass has, filled or blank.
    """

    def __init__(self, table: Confusion, wrong_of_text: float, slots: int) -> None:
        self._table = table
        self._settled = 1.0 - table.doubtful - wrong_of_text
        self._base = table.clear**slots
        # shares of the true character in a doubtful slot, at equal steps of chance
        self.shares = np.sqrt((np.arange(_STEPS) + 0.5) / _STEPS)

    @property
    def base(self) -> float:
        """What a text has of which every character is settled."""
        return self._base

    def all_settled(self, characters: int) -> float:
        """Return the chance that so many characters are settled and right."""
        return self._settled**characters

    def likeliest(self, characters: int) -> float:
        """Return the chance that so many characters are the likeliest in their slots."""
        return float((self._settled + 0.75 * self._table.doubtful) ** characters)

    def at_least(self, characters: int, least: float) -> float:
        """Return the chance that so many true characters have *least* together.

        With k of them in doubt, the negative logarithm of their product has Erlang's distribution.
        """
        room = math.log(self._base / least) if least > 0.0 else math.inf
        if room < 0.0:
            return 0.0
        d = self._table.doubtful
        return sum(
            math.comb(characters, k) * d**k * self._settled ** (characters - k) * _erlang(k, room)
            for k in range(characters + 1)
        )

    def rival_at_least(self, others: int, least: float) -> float:
        """Return the chance that a doubtful slot's rival has *least*, all *others* being right."""
        chances = [self.at_least(others, least / (1.0 - u)) for u in self.shares[:-1]]
        return float(sum(chances) / _STEPS)


def load_confusion(file: Path | None = None) -> Confusion:
    """Return a table; None takes the packed one, which was measured with the shipped reader.

    Raises:
        ConfigError: naming file, line and mend.
    """
    file = file or packed("configs") / "reader-confusion.toml"
    try:
        return Confusion.model_validate(tomllib.loads(file.read_text("utf-8")))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: is not TOML in UTF-8: {error}") from error
    except ValidationError as error:
        parts = [
            (line_of(file, [str(part) for part in one["loc"]]), one)
            for one in error.errors(include_url=False)
        ]
        told = [
            f"{file}:{line}: {'.'.join(map(str, one['loc']))}: {one['msg'].lower()}"
            for line, one in parts
        ]
        raise ConfigError("\n".join(told)) from None


def _erlang(count: int, room: float) -> float:
    """Return the chance that the sum of *count* Exp(2) is at most *room*; the share u is e^-x."""
    if count == 0 or math.isinf(room):
        return 1.0
    x = 2.0 * room
    return 1.0 - math.exp(-x) * sum(x**n / math.factorial(n) for n in range(count))
