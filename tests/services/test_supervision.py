"""An auditor's report, from an exported chain and sealed queries to a file without a plate."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge.cli import main
from edge.clock import Moment
from edge.config import load
from edge.errors import ConfigError, KeysError
from edge.keys.roster import sign_roster
from edge.messages.acts import act_row
from edge.messages.acts_town import SearchAct
from edge.messages.export import Header, Row, write_lines
from edge.messages.search import Bundle
from edge.services.supervision import HOUSEHOLD, KEY, PlateKey, load_staff, read_week
from edge.services.supervision_report import read_report
from edge.store.store import Store, open_store
from tests.alerts import UNIT
from tests.fakes import FakeClock
from tests.keys.cast import ROSTER, keys_folder, keys_of, root_of
from tests.messages.chains import a_head
from tests.services.exported import ROOT
from tests.services.test_query_keep import a_query, sealed

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)  # of week 47
EX, NEIGHBOUR = "EX0001", "NEI002"


@dataclass
class Desk:
    """A unit's chain with searches, the archive's folder of them, and the auditor's keys."""

    folder: Path
    store: Store
    clock: FakeClock
    queries: Path = field(init=False)
    keys: Path = field(init=False)

    def __post_init__(self) -> None:
        self.queries = self.folder / "queries"
        self.queries.mkdir()
        self.keys = keys_folder(self.folder / "ada", "ada")
        self.export = self.folder / "chains" / f"{UNIT.name}.chain.jsonl"
        self.export.parent.mkdir()

    def search(self, officer: str, plate: str, made: datetime, case: str) -> Bundle:
        """Put a search on the chain, and its sealed query into the folder."""
        self.clock.moment = Moment(int(made.timestamp()) * 10**9, 0)
        bundle = a_query(plate, officer, made)
        (self.queries / f"{bundle.number}.search").write_bytes(sealed(bundle))
        act = SearchAct(query=bundle.number, officer=officer, purpose="stolen-vehicle", case=case)
        self.store.record("search", act_row("search", act))
        return bundle

    def write(self) -> None:
        """Export the chain, with a head that covers all of it."""
        rows = [Row(link, payload) for link, payload in self.store.audit.exported()]
        head = a_head([row.link for row in rows], keys_of(UNIT.name), self.store.epoch)
        at = self.clock.now().iso()
        roster = sign_roster(ROSTER, root_of())
        header = Header("windsor", UNIT.name, self.store.epoch, ROOT.fingerprint, roster, at)
        self.export.write_bytes(b"".join(write_lines(header, rows, [head], [])))

    def run(self, *words: str, week: str = "2026-W47") -> int:
        out = self.folder / "out"
        verb = ["supervision", "report", "--week", week, "--chains", str(self.export.parent)]
        verb += ["--queries", str(self.queries), "--out", str(out), "--keys", str(self.keys)]
        return main([*verb, *words])

    def written(self) -> dict[str, bytes]:
        return {file.suffix[1:]: file.read_bytes() for file in (self.folder / "out").iterdir()}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = FakeClock()
    section = load([]).settings.store.model_copy(update={"folder": str(tmp_path / "store")})
    with open_store(section, UNIT.name, clock) as store:
        yield Desk(tmp_path, store, clock)


def a_month(desk: Desk) -> None:
    """Make erin ask for one car on ten days, each time under another case; dana works."""
    for number in range(10):
        at = MONDAY - timedelta(days=20 - 2 * number) + timedelta(hours=10)
        desk.search("erin", EX, at, f"26-{number:05d}")
    for number in range(10):
        at = MONDAY - timedelta(days=20 - 2 * number) + timedelta(hours=11)
        desk.search("dana", f"WRK{number:03d}", at, f"26-{number // 2:05d}")
    desk.search("dana", NEIGHBOUR, MONDAY + timedelta(days=1, hours=10), "26-00099")
    desk.search("erin", EX, MONDAY + timedelta(days=2, hours=10), "26-00098")


def test_a_report_names_who_and_how_often_and_never_a_plate(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """Signed, as a page and as a table; the plates of one finding are printed only on asking."""
    a_month(desk)
    desk.write()
    assert main(["supervision", "household", "add", "nei 002", "--keys", str(desk.keys)]) == 0
    assert desk.run() == 1
    told = capsys.readouterr().out
    assert "household: dana searched once for a plate of a household or of staff" in told
    assert "repeats: erin searched 11 times for one and the same plate, on 11 days" in told
    assert "cases: erin searched for one and the same plate under 11 case numbers" in told
    kinds = desk.written()
    assert sorted(kinds) == ["csv", "html", "signed"]
    for plate in (EX, NEIGHBOUR, "WRK", EX.lower()):
        for kind, body in {**kinds, "told": told.encode()}.items():
            assert plate.encode() not in body, kind
    rows = list(csv.DictReader(kinds["csv"].decode().splitlines()))
    assert [row["check"] for row in rows] == ["household", "cases", "repeats"]
    assert len(rows[2]["queries"].split()) == 11
    file = desk.folder / "out" / "supervision-2026-W47.signed"
    report = read_report(file, ROSTER, MONDAY)
    assert (report.auditor, report.searches, report.searches_of_week) == ("ada", 22, 2)
    assert report.problems == []
    assert b"http" not in kinds["html"].replace(b"http-equiv", b"")
    assert desk.run("--open", "3") == 1
    assert f"'{EX}'" in capsys.readouterr().out
    assert main(["supervision", "verify", str(file), "--keys", str(desk.keys)]) == 0


def test_a_changed_report_is_no_report(desk: Desk) -> None:
    """One byte of the signed file, or another role's signature: refused."""
    a_month(desk)
    desk.write()
    desk.run()
    file = desk.folder / "out" / "supervision-2026-W47.signed"
    file.write_bytes(file.read_bytes().replace(b'"auditor":"ada"', b'"auditor":"eve"'))
    with pytest.raises(KeysError, match="does not hold"):
        read_report(file, ROSTER, MONDAY)


def test_a_week_without_questions_is_clean(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 0, and the report says so."""
    desk.search("dana", "WRK001", MONDAY + timedelta(hours=10), "26-1")
    desk.write()
    assert desk.run() == 0
    assert "1 searches, no questions" in capsys.readouterr().out
    assert b"No questions this week" in desk.written()["html"]


def test_what_is_missing_is_told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """Queries that are not there, sealed to others or damaged, and a chain that does not hold."""
    a_month(desk)
    desk.write()
    files = sorted(desk.queries.iterdir())
    files[0].unlink()
    files[1].write_bytes(b"damaged")
    lines = desk.export.read_bytes().splitlines(keepends=True)
    fields = json.loads(lines[20])
    fields["at"] = "2026-11-01T00:00:00.000Z"
    lines[20] = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    desk.export.write_bytes(b"".join(lines))
    desk.run()
    told = capsys.readouterr().out
    assert "searches of which the query itself is not here" in told
    assert f"not checked: {files[1].name}" in told
    assert f"not checked: {desk.export.name}: row 20" in told
    file = desk.folder / "out" / "supervision-2026-W47.signed"
    assert read_report(file, ROSTER, MONDAY).searches == 19, "nothing behind the fault is believed"


def test_the_list_of_households_holds_no_plate(tmp_path: Path) -> None:
    """Neither file tells one; another auditor's key makes other HMACs of the same plates."""
    keys = keys_folder(tmp_path / "ada", "ada")
    key = PlateKey(keys).open()
    assert (key.add("ab-1234"), key.add("AB 1234")) == (True, False)
    for name in (KEY, HOUSEHOLD):
        assert b"1234" not in (keys / name).read_bytes()
        assert (keys / name).stat().st_mode & 0o077 == 0
    again = PlateKey(keys).open()
    assert again.mark("AB1234") in again.household
    other = PlateKey(tmp_path / "other").open()
    assert other.mark("AB1234") != again.mark("AB1234")


def test_only_an_auditor_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A supervisor's keys make neither a list nor a report."""
    keys = keys_folder(tmp_path / "sue", "sue")
    assert main(["supervision", "household", "add", "X1", "--keys", str(keys)]) == 2
    assert "an auditor alone checks searches" in capsys.readouterr().err
    assert not (keys / KEY).exists()


def test_staff_and_weeks_are_read_or_refused(tmp_path: Path) -> None:
    """Zone, groups, shifts over midnight; nonsense is refused with the file's name."""
    file = tmp_path / "staff.toml"
    file.write_text(
        'zone = "America/New_York"\n[officers.dana]\ngroup = "patrol"\n'
        'shifts = ["22:00-06:00 fri sat", "08:00-16:00"]\n'
    )
    staff = load_staff(file)
    at = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)  # Saturday 03:30 in New York: Friday's night
    assert staff.on_duty("dana", at)
    assert not staff.on_duty("erin", at)
    begins, ends = read_week("2026-W47", staff.zone)
    assert (begins, ends - begins) == (MONDAY + timedelta(hours=5), timedelta(days=7))
    assert read_week("2026-W44", ZoneInfo("America/New_York"))[0].hour == 4
    for text in ('zone = "Nowhere/None"', '[officers.dana]\nshifts = ["22-6 someday"]', "x ="):
        file.write_text(text)
        with pytest.raises(ConfigError, match=r"staff\.toml"):
            load_staff(file)
    for week in ("47", "2026-W99", "W47"):
        with pytest.raises(ConfigError, match="is no week"):
            read_week(week, ZoneInfo("UTC"))
