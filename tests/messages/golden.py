"""Samples of the contract as it was sent, kept for ever: ``python -m tests.messages.golden``.

Writes those of the present version that are missing and never changes one that is there: after its
release every later version must read it. Bytes that are sealed open with the keys of the tests'
cast.
"""

import sys
from pathlib import Path

from edge.keys import canonical
from edge.keys.roles import Role
from edge.keys.signed import sign, to_bytes
from edge.messages import Kind, pack, seal_letter
from edge.messages.answer import seal_answer
from edge.messages.chain import build_chain
from edge.messages.chain_receipt import ChainReceipt, sign_chain_receipt
from edge.messages.envelope import MINOR, VERSION
from edge.messages.listing import build_ask
from edge.messages.search import recipients, seal_bundle
from edge.messages.tunnel import ASK, sign_answer
from tests.alerts import UNIT, a_jpeg
from tests.fakes import START
from tests.keys.cast import ISSUED, ROSTER, keys_of, party_of
from tests.messages.samples import (
    ALERT,
    ALERT_ID,
    ANSWER,
    ANSWER_ID,
    BUNDLE,
    CHAIN,
    CHAIN_HEAD,
    CHAIN_PAYLOADS,
    EPOCH,
    QUERY,
    RECEIPT,
    SAMPLES,
    TUNNEL_ANSWER,
    TUNNEL_ASK,
    VERDICT,
)

FOLDER = Path(__file__).with_name("golden")
READERS = ("archive", "car-12", "car-13")


def samples() -> dict[str, bytes]:
    """Return the present version's samples by file name."""
    parties = [party_of(UNIT.name), *map(party_of, READERS)]
    letter = seal_letter(Kind.ALERT, ALERT, a_jpeg(), keys_of(ALERT_ID.unit), parties)
    outcome = seal_letter(Kind.VERDICT, VERDICT, b"", keys_of("dana", Role.OFFICER), parties)
    asked = recipients(ROSTER, QUERY.units, ISSUED)
    unit, dana = keys_of(UNIT.name), party_of("dana")
    answer = seal_answer(ANSWER_ID, ANSWER, START.iso(), unit, dana)
    batch = build_chain(
        "windsor", UNIT.name, EPOCH, CHAIN, CHAIN_PAYLOADS, CHAIN_HEAD, parties[1:2], START
    )
    plain = {
        f"{kind}-{number}.json": body
        for kind, bodies in SAMPLES.items()
        for number, body in enumerate(bodies, 1)
    }
    return {
        **plain,
        "ask-1.json": build_ask("windsor", UNIT.name, "town", 3, None, START),
        "alert.letter": pack(letter),
        "verdict.letter": pack(outcome),
        "search-1.json": BUNDLE.query.payload,
        "search.sealed": seal_bundle(BUNDLE, asked),
        "answer.letter": pack(answer),
        "chain.batch": batch,
        "chain-receipt.signed": sign_chain_receipt(
            ChainReceipt("archive", UNIT.name, EPOCH, 3, CHAIN[-1].hash, START.iso()),
            keys_of("archive"),
        ),
        "inward.signed": to_bytes(sign(ASK, canonical.write(TUNNEL_ASK), keys_of("tess"))),
        "outward.signed": sign_answer(TUNNEL_ANSWER, unit),
        "receipt.signed": to_bytes(sign("receipt", RECEIPT, keys_of("archive"))),
    }


def main() -> int:
    """Write what is missing and say so."""
    folder = FOLDER / f"{VERSION}.{MINOR}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in samples().items():
        if not (folder / name).exists():
            (folder / name).write_bytes(body)
            sys.stdout.write(f"{folder / name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
