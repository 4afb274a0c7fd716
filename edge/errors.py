"""Every error this package raises on purpose.

::

    EdgeError                 a sentence for a person: what, where, how to mend it
    ├── ConfigError           a setting is wrong, missing or unknown
    ├── SourceError           frames cannot be had
    │   ├── SourceLost        a live source went away; the source itself tries again
    │   └── SourceUnsupported this machine lacks what the source needs; trying again is useless
    ├── PictureError          one picture or frame cannot be decoded; the next may be fine
    ├── ModelError            a model file, its card or its run broke a promise
    ├── HotlistError          a list is refused, whole
    │   └── BundleRefused     a signed list that came is not installed; its ``why`` is one word
    ├── StoreError            the database cannot be opened or written
    │   ├── StoreFull         no space is left, even for an alert
    │   └── StoreContradicted a number that is stored came again with another content
    ├── KeysError             a key, a roster, a signature or a seal is not what it must be
    ├── CorrectionError       a correction lacks a second key, or holds too long
    │   └── CorrectionListed  a correction would silence a listed plate
    ├── GrantError            a grant to another agency lacks a second key, or holds too long
    ├── HoldError             a case hold lacks a supervisor's key, or would last too long
    ├── SubjectError          a person's request lacks a second key, or cannot be answered
    ├── PauseError            an order to read nothing is refused, or its lift lacks a second key
    ├── SearchError           a search cannot be asked, or is refused
    ├── MessageError          bytes from the wire do not keep the contract
    ├── DeliveryError         the broker cannot be reached or refuses us
    │   └── WebRefused        a web server answered, and not with what was asked for
    ├── ConsoleError          what an officer asks of the console cannot be done now
    ├── WebError              a page cannot be served
    ├── GlassError            a technician cannot look through this unit now
    ├── TunnelError           the way to a unit's page through the broker is refused, or has ended
    ├── ServiceError          service access cannot be opened, or not be closed
    ├── ProvisionError        a unit's card, a sheet of sites or a label is refused
    ├── UpdateError           another version of the software is refused, or cannot be put in force
    │   └── UpdateLaterError  it could not be judged or made now: tried again by itself
    ├── HostUnreadable        what a check of security would judge may not, or cannot, be looked at
    ├── ReportError           the public report cannot be counted, written or compared
    └── TruthError            a label file for evaluation is wrong

A failure is raised, never returned as "nothing found": an empty list of plates means that there
was no plate.
"""


class EdgeError(Exception):
    """Base of all errors below; its text is shown to people as it is."""


class ConfigError(EdgeError):
    """A setting is wrong, missing or unknown; the text names file, line and mend."""


class SourceError(EdgeError):
    """Frames cannot be had."""


class SourceLost(SourceError):
    """A live source went away; the source itself tries again."""


class SourceUnsupported(SourceError):
    """This machine lacks what the source needs; trying again is useless."""


class PictureError(EdgeError):
    """One picture or frame cannot be decoded; the next may be fine."""


class ModelError(EdgeError):
    """A model file, its card or its run broke a promise."""


class HotlistError(EdgeError):
    """A list is refused, whole; the text names file, line and column."""


class BundleRefused(HotlistError):
    """A signed list that came is not installed; the one in force holds.

    Attributes:
        why: ``format``, ``sealed``, ``town``, ``list``, ``signature``, ``older``, ``ahead``,
            ``base``, ``early``, ``expired``, ``large``, ``rejects``, ``urgent`` or ``content``.
    """

    def __init__(self, why: str, sentence: str) -> None:
        super().__init__(sentence)
        self.why = why


class StoreError(EdgeError):
    """The database cannot be opened or written."""


class StoreFull(StoreError):
    """No space is left, even for an alert."""


class StoreContradicted(StoreError):
    """A number that is stored came again with another content: somebody may be forging."""


class KeysError(EdgeError):
    """A key, roster, signature or seal is not what it must be; the text says what and why."""


class CorrectionError(EdgeError):
    """A correction is refused: it lacks a second party, or would hold too long."""


class CorrectionListed(CorrectionError):
    """A correction's text is a plate on the list in force: it would silence a listed plate."""


class GrantError(EdgeError):
    """A grant to another agency is refused: it lacks a second party, or holds too long."""


class HoldError(EdgeError):
    """A case hold is refused: not a supervisor's, or it would last too long."""


class SubjectError(EdgeError):
    """A person's request is refused: it lacks a second key, has ended, or names no plate."""


class PauseError(EdgeError):
    """An order to read nothing is refused, or its lift: it lacks a second party, or is too long."""


class SearchError(EdgeError):
    """A search cannot be asked as it stands, or is refused; the text says why."""


class MessageError(EdgeError):
    """Bytes from the wire do not keep the contract."""


class DeliveryError(EdgeError):
    """The broker cannot be reached or refuses us."""


class WebRefused(DeliveryError):
    """A web server answered, and not with what was asked for.

    Attributes:
        status: of its answer.
        retry_after: when it wants to be asked again, as it said it; empty where it did not.
    """

    def __init__(self, sentence: str, status: int, retry_after: str = "") -> None:
        super().__init__(sentence)
        self.status = status
        self.retry_after = retry_after


class WebError(EdgeError):
    """A page cannot be served: a port is taken, a certificate does not fit."""


class GlassError(EdgeError):
    """A technician cannot look through this unit now; the text says why."""


class TunnelError(EdgeError):
    """The way to a unit's page through the broker is refused, or has ended; the text says why.

    Attributes:
        again: asking anew may help.
    """

    def __init__(self, sentence: str, *, again: bool = False) -> None:
        super().__init__(sentence)
        self.again = again


class HostUnreadable(EdgeError):
    """What a check of security would judge may not, or cannot, be looked at by this user."""


class ReportError(EdgeError):
    """The public report cannot be counted, written or compared; the text says why."""


class ServiceError(EdgeError):
    """Service access cannot be opened or closed, or has no button; the text says why."""


class ProvisionError(EdgeError):
    """A unit's card, a sheet of sites or a label is refused; what was in force stays.

    Attributes:
        flashes: how often the unit's lamp flashes for it; 0: no lamp is at hand.
    """

    def __init__(self, sentence: str, flashes: int = 0) -> None:
        super().__init__(sentence)
        self.flashes = flashes


class UpdateError(EdgeError):
    """Another version is refused, or cannot be put in force; the one in force runs on."""


class UpdateLaterError(UpdateError):
    """The machine's fault and not the release's: no room, no answer. It is tried again."""


class ConsoleError(EdgeError):
    """What an officer asks of the console cannot be done now; the text says why."""


class TruthError(EdgeError):
    """A label file for evaluation is wrong; the text names file and line."""
