"""What lies on a card's boot partition for one unit: ``edge-site.toml`` and the files it names.

The file is the site's settings, as ``/etc/edge/site.toml`` has them, and one table more, which says
what else is on the card. The files lie in the folder ``edge-site`` beside it, under plain names::

    [provision]
    version = 1
    number = 1                  # counts up: an older file, or another one of it, is refused
    role = "unit"               # or "console"
    town_file = "town.json"     # the town's root, the one thing that is taken on trust
    roster_file = "roster"      # signed by it
    ca_file = "ca.pem"          # goes to delivery.ca_file; empty: none
    certificate_file = ""       # goes to delivery.certificate_file; there once the root has signed
    secrets = ["camera.password"]   # moved to /etc/edge, and erased here
    lists = ["monday.bundle"]       # moved to hotlist.inbox

No private key of a party is among them: each unit makes its own, where it uses them.
"""

import hashlib
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationError

from edge.config import Settings, load
from edge.config.base import Section
from edge.config.lines import comma_told, spot_of, without_table
from edge.errors import ConfigError, ProvisionError
from edge.services.flashes import Fault
from edge.services.law import check_law

CARD: Final = "edge-site.toml"
FOLDER: Final = "edge-site"
TABLE: Final = "provision"
_LONGEST: Final = 256_000

Plain = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
Perhaps = Annotated[str, Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,79})?$")]
Plains = Annotated[tuple[Plain, ...], Field(strict=False, max_length=20)]


class CardTable(Section):
    """The table ``[provision]``."""

    version: Literal[1] = Field(description="Of this form.")
    number: int = Field(description="Counts up with each change of the file.", ge=1, le=2**31 - 1)
    role: Literal["unit", "console"] = Field(description="What the machine is in the town.")
    town_file: Plain = Field(description="The town's public root.", default="town.json")
    roster_file: Plain = Field(description="The roster that the root signed.", default="roster")
    ca_file: Perhaps = Field(description="The town's TLS authority.", default="")
    certificate_file: Perhaps = Field(description="The unit's TLS certificate.", default="")
    secrets: Plains = Field(description="Files that go to /etc/edge.", default=())
    lists: Plains = Field(description="Signed lists for the inbox.", default=())

    def names(self) -> tuple[str, ...]:
        """Return the names of all files that must be on the card."""
        asked = (self.town_file, self.roster_file, self.ca_file, self.certificate_file)
        return tuple(name for name in (*asked, *self.secrets, *self.lists) if name)


@dataclass(frozen=True, slots=True)
class Card:
    """A card that was read and found right, as far as its own text goes.

    Attributes:
        site: what belongs into ``/etc/edge/site.toml``.
        digest: SHA-256 of ``edge-site.toml``, hex.
        folder: where the files lie that the table names.
    """

    table: CardTable
    settings: Settings
    site: str
    digest: str
    folder: Path


def read_card(boot: Path) -> Card:
    """Return what the card says.

    Raises:
        ProvisionError: the file cannot be read or a setting is wrong: line, column, what was
            expected.
    """
    raw, text = _raw(boot / CARD), ""
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")  # as an editor of Windows saves it
        whole = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise _wrong(f"{CARD}: is not UTF-8 text (byte {error.start}): save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise _wrong(f"{CARD}: is not TOML: {error}{comma_told(text, error)}") from None
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / CARD
        copy.write_text(text, "utf-8")
        table = _table(whole, copy)
        site = without_table(text, TABLE)
        if tomllib.loads(site) != {name: one for name, one in whole.items() if name != TABLE}:
            raise _wrong(
                f"{CARD}:{spot_of(copy, [TABLE])}: write [provision] as a table of its own"
            )
        copy.write_text(site, "utf-8")
        settings = _settings(copy)
    _agree(table, settings)
    digest = hashlib.sha256(raw).hexdigest()
    return Card(table, settings, site.strip("\n") + "\n", digest, boot / FOLDER)


def _raw(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            raw = opened.read(_LONGEST + 1)
    except OSError as error:
        raise _wrong(f"{file.name}: cannot be read: {error.strerror}", Fault.FILES) from error
    if len(raw) > _LONGEST:
        raise _wrong(f"{file.name}: has more than {_LONGEST} bytes: this is no file of settings")
    return raw


def _table(whole: dict[str, Any], copy: Path) -> CardTable:
    if not isinstance(whole.get(TABLE), dict):
        raise _wrong(f"{CARD}:1:1: has no table [provision]; see configs/site-example.toml")
    try:
        return CardTable.model_validate(whole[TABLE])
    except ValidationError as error:
        found = error.errors(include_url=False)
    lines = []
    for one in found:
        key = [TABLE, str(one["loc"][0])]
        meant = CardTable.model_fields.get(key[1])
        known = ", ".join(CardTable.model_fields)
        tail = f" ({meant.description})" if meant else f"; known are {known}"
        value = "" if one["type"] == "missing" else f", not {one['input']!r}"
        lines.append(f"{CARD}:{spot_of(copy, key)}: {'.'.join(key)}: {one['msg']}{value}{tail}")
    raise _wrong("\n".join(lines))


def _settings(copy: Path) -> Settings:
    try:
        loaded = load([copy])
        check_law(loaded.settings, loaded.origins)
    except ConfigError as error:
        raise _wrong(str(error).replace(str(copy), CARD)) from None
    return loaded.settings


def _agree(table: CardTable, settings: Settings) -> None:
    """Raise unless each file that the table names has a place that the settings name."""
    sent = settings.delivery
    wanted = [("ca_file", "ca_file"), ("certificate_file", "certificate_file")]
    for given, setting in [*wanted, ("certificate_file", "key_file")]:
        if getattr(table, given) and not getattr(sent, setting).startswith("/etc/edge/"):
            raise _wrong(
                f"{CARD}: provision.{given} is on the card, and delivery.{setting} does not say"
                f' where below /etc/edge it goes: set it, as in "/etc/edge/unit.pem"'
            )
    if table.lists and not settings.hotlist.inbox:
        raise _wrong(f"{CARD}: provision.lists are on the card, and hotlist.inbox is empty")
    folder = settings.keys.folder
    if not folder.startswith("/"):
        raise _wrong(
            f"{CARD}: keys.folder is {folder!r}: name it from the root, as in /var/lib/..."
        )
    reserved = {"site.toml", "provisioned.json", *(Path(one).name for one in _of_tls(settings))}
    taken = sorted(reserved & set(table.secrets))
    if taken:
        raise _wrong(f"{CARD}: provision.secrets: {taken[0]} is the name of another file there")
    doubled = {name for name in table.names() if table.names().count(name) > 1}
    if doubled:
        raise _wrong(f"{CARD}: named twice in [provision]: {', '.join(sorted(doubled))}")


def _of_tls(settings: Settings) -> tuple[str, str, str]:
    sent = settings.delivery
    return sent.ca_file, sent.certificate_file, sent.key_file


def _wrong(sentence: str, fault: Fault = Fault.SETTINGS) -> ProvisionError:
    return ProvisionError(sentence, fault)
