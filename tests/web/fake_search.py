"""A console's searches for pictures and tests of the page: made by hand, nothing is sent."""

from dataclasses import replace

from edge.policy.search_outlook import Outlook
from edge.web.console.contract import Session
from edge.web.console.searching import (
    Answers,
    Asking,
    HitRow,
    Preview,
    SearchFacts,
    SearchLine,
    UnitChoice,
    UnitWord,
)

NEEDS = "it covers one plate in 15,600, and from one plate in 100,000 on it is wide"
HITS_ALONE = (
    "hits alone: the law profile strict lets no kept reads be searched, and no other car leaves a"
    " trace"
)
LINE = SearchLine(
    number="ab" * 32,
    made="2026-11-22T21:10:02Z",
    units=3,
    answered=2,
    plate="BK40317",
    since="2026-11-22T09:10:02Z",
    until="2026-11-22T21:10:02Z",
    purpose="stolen-vehicle",
    case="26-01234",
    expires="2026-11-22T22:10:02Z",
)
OLDER = replace(
    LINE,
    number="cd" * 32,
    made="2026-11-21T18:40:11Z",
    answered=3,
    plate="RC9114?",
    purpose="missing-person",
    case="26-01188",
)
HIT = HitRow(
    at="2026-11-22T20:58:41.120Z",
    certain=True,
    read="BK40317",
    listed="BK40317",
    jurisdiction="us-ct",
    category="stolen_vehicle",
    grade="alarm",
    withdrawn=False,
    direction="receding",
    place="Poquonock Avenue at the bridge",
)
WORDS = (
    UnitWord("airport-1", "waiting", "it is offline since 2026-11-22T20:02:00Z"),
    UnitWord(
        "bridge-2",
        "answered",
        "hits that this unit still holds were searched",
        found=2,
        hits=(
            HIT,
            replace(HIT, at="2026-11-22T14:12:09.480Z", grade="verify", direction="approaching"),
        ),
    ),
    UnitWord(
        "route-5",
        "refused",
        "no search is for such a purpose; these are: stolen-plate, wanted-person, crime",
        refused="purpose",
        late=True,
    ),
)


class FakeSearches:
    """Takes every search that names a plate; one with a ``*`` needs a supervisor."""

    def mark(self) -> int:
        return 1

    def facts(self, session: Session) -> SearchFacts:
        return SearchFacts(
            units=(
                UnitChoice("airport-1", "", "offline", "2026-11-22T20:02:00Z", "no frame for 40 s"),
                UnitChoice("bridge-2", HIT.place, "online", "2026-11-22T06:01:12Z", ""),
                UnitChoice("route-5", "Route 5, southbound", "online", "2026-11-20T11:30:00Z", ""),
            ),
            purposes=("stolen-vehicle", "stolen-plate", "wanted-person", "missing-person", "crime"),
            categories=("stolen_vehicle", "wanted_person", "missing_person", "other", "test"),
            case_numbers=("*=[0-9]{2}-[0-9]{4,7}",),
            searched=HITS_ALONE,
            longest_s=2_592_000.0,
            supervisor_s=86_400.0,
            supervisors=tuple({"S. Okafor"} - {session.officer}),
        )

    def lines(self, session: Session) -> tuple[SearchLine, ...]:
        return (LINE, OLDER) if session.officer == "A. Moreau" else ()

    def look(self, session: Session, asking: Asking) -> Preview:  # noqa: ARG002
        if not asking.plate:
            return Preview({"plate": "say which plate, or which part of one"})
        wide = "*" in asking.plate
        outlook = Outlook(
            pattern=asking.plate.upper(),
            alike=("0DOQ", "1I"),
            since=LINE.since,
            until=LINE.until,
            window="12 hours",
            breadth="part of a plate: about one plate in 15,600"
            if wide
            else "one whole plate: about one plate in 4,210,000",
            needs=f"{NEEDS}: a supervisor must sign it as well" if wide else "",
            searched=HITS_ALONE,
        )
        return Preview(outlook=outlook, units=("airport-1", "bridge-2", "route-5"))

    def ask(self, session: Session, asking: Asking, supervisor: str, password: str) -> Preview:
        if supervisor and password != f"{supervisor} secret":
            return Preview({"password": "Name and password do not belong together."})
        return replace(self.look(session, asking), sent=LINE.number)

    def open(self, session: Session, number: str) -> Answers:  # noqa: ARG002
        return Answers(LINE, WORDS)
