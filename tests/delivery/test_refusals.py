"""Every way not to be let in is a sentence that a person can act on."""

import random
from pathlib import Path

import pytest
from pydantic import ValidationError

from edge.delivery.backoff import Backoff
from edge.delivery.events import Lost
from edge.delivery.mqtt import Link
from edge.errors import ConfigError
from tests.brokers import Broker, free_port
from tests.certificates import Authority
from tests.delivery.fixtures import Links, section, wait_for
from tests.fakes import FakeClock


def refusal(links: Links, broker: Broker, **changes: object) -> str:
    """Return what is said; a reset that overtook the broker's own word is passed over."""
    link = links.open(section(**{**broker.settings("unit-1"), **changes}))
    for _ in range(20):
        sentence = str(wait_for(link, Lost).sentence)
        if "before it answered" not in sentence:
            return sentence
    return sentence


def test_foreign_broker_is_not_trusted(broker: Broker, links: Links, tmp_path: Path):
    """A broker whose certificate another CA signed is refused by us, naming the CA's file."""
    other = Authority(tmp_path / "other", "Other CA")
    sentence = refusal(links, broker, ca_file=str(other.file))
    assert "not signed by the CA in" in sentence
    assert str(other.file) in sentence


def test_expired_certificate_is_named(broker: Broker, links: Links):
    """Our expired certificate: the broker's refusal is understood, with the file's name."""
    old = broker.authority.issue("old", from_days=-20, to_days=-10)
    sentence = refusal(links, broker, certificate_file=str(old.certificate), key_file=str(old.key))
    assert "has expired" in sentence
    assert "old.pem" in sentence


def test_foreign_certificate_is_named(broker: Broker, links: Links, tmp_path: Path):
    """Our certificate from a CA that the broker does not know."""
    pair = Authority(tmp_path / "other", "Other CA").issue("unit-1")
    sentence = refusal(
        links, broker, certificate_file=str(pair.certificate), key_file=str(pair.key)
    )
    assert "does not know the CA" in sentence


def test_missing_certificate_is_asked_for(broker: Broker, links: Links):
    """A broker that wants a certificate where we have none names the setting."""
    sentence = refusal(links, broker, certificate_file="", key_file="")
    assert "delivery.certificate_file" in sentence


def test_other_host_name_is_refused(tmp_path: Path, links: Links):
    """A good certificate made out to another host does not do."""
    broker = Broker(tmp_path / "broker", server_names=("other.example",)).start()
    assert "made out to another name" in refusal(links, broker)
    broker.stop()


def test_expired_broker_is_told(tmp_path: Path, links: Links):
    """The broker's own certificate has run out; the sentence doubts our clock, too."""
    broker = Broker(tmp_path / "broker", server_days=(-20, -10)).start()
    sentence = refusal(links, broker)
    assert "has expired" in sentence
    assert "clock" in sentence
    broker.stop()


def test_wrong_password_is_told(tmp_path: Path, links: Links):
    """A wrong password names the settings to check; the password is not in the sentence."""
    broker = Broker(tmp_path / "broker", login="password")
    broker.add_user("unit-1", "another one")
    broker.start()
    sentence = refusal(links, broker)
    assert "password_file" in sentence
    assert "secret of" not in sentence
    broker.stop()


def test_nobody_there_and_no_such_name(links: Links):
    """An empty port and an unknown name read differently."""
    port = free_port()
    first = links.open(section(host="localhost", port=port))
    assert "nobody listens there" in wait_for(first, Lost).sentence
    second = links.open(section(host="no-such-host.invalid", port=port))
    assert "'no-such-host.invalid'" in wait_for(second, Lost).sentence


def test_backoff_doubles_with_full_jitter():
    """Bounds double up to the limit; the waits fill the room under them and differ."""
    backoff = Backoff(0.5, 8.0, random.Random(1))
    bounds, waits = [], []
    for _ in range(200):
        bounds.append(backoff.bound_s)
        waits.append(backoff.next())
    assert bounds[:6] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    assert all(0 <= wait <= bound for wait, bound in zip(waits, bounds, strict=True))
    assert min(waits[5:]) < 1.0
    assert max(waits[5:]) > 7.0
    backoff.reset()
    assert backoff.bound_s == 0.5


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"tls": False, "host": "broker.example"}, "plain MQTT is refused"),
        ({"certificate_file": "a.pem"}, "go together"),
        ({"password_file": "secret"}, "needs a user"),
        ({"receivers": ["Not A Name"]}, "pattern"),
    ],
)
def test_settings_are_refused(changes: dict[str, object], told: str):
    """Combinations that cannot be meant are refused before any connection."""
    with pytest.raises(ValidationError, match=told):
        section(**changes)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_plain_is_allowed_on_loopback(host: str):
    """Without TLS only this very machine is talked to."""
    assert not section(tls=False, host=host).tls


def test_files_are_checked_at_the_start(tmp_path: Path):
    """Missing, open or wrong files end the start with the file's name and the mend."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    secret.chmod(0o644)
    cases = {
        "chmod 600": {"user": "u", "password_file": str(secret)},
        "nowhere.pem": {"ca_file": str(tmp_path / "nowhere.pem")},
        "no certificate in PEM": {"ca_file": str(secret)},
        "password_file cannot be read": {"user": "u", "password_file": str(tmp_path / "gone")},
        "key_file cannot be read": {"certificate_file": "c.pem", "key_file": "k.pem"},
        "so others can read it": {"certificate_file": "c.pem", "key_file": str(secret)},
    }
    for told, changes in cases.items():
        with pytest.raises(ConfigError, match=told):
            Link(section(**changes), "unit-1", [], FakeClock()).start()
