"""What stands on the sticker of a unit: names, place, and the fingerprint to compare."""

import unicodedata
from dataclasses import dataclass

from edge.errors import ProvisionError
from edge.keys import files
from edge.keys.request import read_request
from edge.services.batch import BOOT, PARTY, Batch
from edge.services.card import read_card
from edge.services.service_key import wifi_code


@dataclass(frozen=True, slots=True)
class Label:
    """The stickers of one unit.

    Attributes:
        fingerprint: all thirty digits: fewer could be met by trying. Nothing on that one is secret.
        wifi: the key of its service access, for a second one inside the case; empty: none.
    """

    town: str
    name: str
    role: str
    place: str
    fingerprint: str
    wifi: str = ""

    @property
    def code(self) -> str:
        """What the QR code says: one line of text that any phone shows.

        In capitals, which a QR code packs closer: its squares are larger, and read from further.
        """
        return f"edge-plates {self.town}/{self.name} {self.fingerprint}".upper()

    @property
    def joins(self) -> str:
        """What the QR code of the second one says: a phone's camera joins the Wi-Fi by it."""
        return wifi_code(self.name, self.wifi)


def read_labels(batch: Batch) -> tuple[list[Label], list[str]]:
    """Return a label for each site whose unit was enrolled, and the names of the others.

    Raises:
        ProvisionError: no unit was enrolled yet.
    """
    labels, without = [], []
    for name in batch.sites():
        file = batch.folder(name) / PARTY
        if not file.exists():
            without.append(name)
            continue
        request = read_request(files.read_public(file), str(file))
        place = read_card(batch.folder(name) / BOOT).settings.unit.place
        role, wifi = str(request.role), batch.wifi_key(name)
        labels.append(Label(request.town, name, role, place, request.fingerprint, wifi))
    if not labels:
        raise ProvisionError(
            f"{batch.out}: no unit was enrolled yet, so none has a fingerprint: 'edge provision"
            " enrol' first"
        )
    return labels, without


def plain(text: str) -> str:
    """Return *text* in the letters that a PDF's own fonts have; others lose their accent."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        text = unicodedata.normalize("NFKD", text)
        text = "".join(one for one in text if not unicodedata.combining(one))
        return text.encode("latin-1", "replace").decode("latin-1")
    return text
