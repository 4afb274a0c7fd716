"""The real process is killed again and again: each search is answered once, and recorded once."""

import random
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.config import load
from edge.messages.search import Bundle, recipients, seal_bundle
from edge.services.search_folder import SUFFIX
from edge.store.store import open_store
from tests.alerts import UNIT, an_alert, sealed, store_section
from tests.brokers import until
from tests.keys.cast import ROSTER, keys_folder
from tests.services.delivering import CLOCK, Process
from tests.services.searching import a_query, acts_of, signed

pytestmark = [pytest.mark.machine, pytest.mark.timeout(240)]

SEARCHES = 24
HELD = 300  # letters: a search takes a while


def test_kills_answer_each_search_once(tmp_path: Path) -> None:
    """Two dozen searches, kill -9 at random moments until all are settled."""
    chance, waiting = random.Random(4), tmp_path / "search"
    keys = keys_folder(tmp_path / "keys", UNIT.name)
    waiting.mkdir()
    (tmp_path / "run").mkdir()
    config = tmp_path / "site.toml"
    config.write_text(
        f'[unit]\ntown = "{UNIT.town}"\nname = "{UNIT.name}"\n[clock]\ntrust = "always"\n'
        f'[keys]\nfolder = "{keys}"\n[store]\nfolder = "{tmp_path}/store"\nreserve_mb = 1\n'
        f'[runtime]\nfolder = "{tmp_path}/run"\n[search]\nfolder = "{waiting}"\n'
    )
    load([config])
    at = datetime.now(UTC).replace(microsecond=0)
    with open_store(store_section(tmp_path / "store"), UNIT.name, CLOCK) as store:
        for _ in range(HELD):
            store.commit_alert(an_alert(at=CLOCK.now()), sealed, keep_days=30.0)
        for number in range(SEARCHES):
            bundle = Bundle(signed(a_query(at, nonce=f"{number:032x}")))
            blob = seal_bundle(bundle, recipients(ROSTER, [UNIT.name], at))
            (waiting / f"{number:064}{SUFFIX}").write_bytes(blob)
        kills = 0
        words = ("run", "--config", str(config), "search")
        while any(waiting.iterdir()):
            process = Process(tmp_path / "process", *words)
            settled = len(acts_of(store, "search"))
            until(lambda settled=settled: len(acts_of(store, "search")) > settled
                  or not any(waiting.iterdir()))  # fmt: skip
            time.sleep(chance.random())
            process.kill()
            kills += 1
        acts = acts_of(store, "search")
        answers = store.outbox.newest(1000, kind="answer")
    assert kills > 3
    assert Counter(act["refused"] for act in acts) == {"": SEARCHES}
    assert len({act["query"] for act in acts}) == SEARCHES
    assert len(answers) == SEARCHES
    assert [act["hits"] for act in acts] == [HELD] * SEARCHES
