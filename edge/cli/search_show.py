"""What ``edge search`` shows: what will be asked, and what each unit said."""

from collections.abc import Iterator, Mapping, Sequence

from edge.messages.answer import AnswerPayload
from edge.messages.search import Query
from edge.policy.search_outlook import Outlook
from edge.services.search_asked import Told

_WIDE = 60


def preview(query: Query, told: Outlook) -> Iterator[str]:
    """Yield what will be asked, how wide it is, and whose word it needs."""
    yield f"plate    {told.pattern[:_WIDE]}"
    if told.alike:
        groups = ", ".join(told.alike)
        yield f"         look-alikes are not searched as well: {groups}; write ? for one"
    yield f"time     {told.since} to {told.until} ({told.window})"
    yield f"units    {', '.join(query.units)}"
    if query.places:
        yield f"places   {', '.join(query.places)}"
    yield f"hits of  {', '.join(query.categories) or 'all categories'}"
    yield f"reason   {query.purpose}, case {query.case}, asked by {query.officer}"
    if told.breadth:
        yield f"breadth  {told.breadth}"
    yield f"wide     {'yes: a supervisor must sign as well' if told.needs else 'no'}"
    yield f"searched {told.searched}"
    yield "recorded with your name, here and at each unit that is asked"


def answer_rows(query: Query, said: Sequence[Told], trouble: Mapping[str, str]) -> Iterator[str]:
    """Yield a table per unit: answered, refused and why, or no answer yet."""
    yield f"{query.pattern[:_WIDE]}, {query.since} to {query.until}, {query.purpose} {query.case}"
    wide = max(len(one.unit) for one in said)
    for one in said:
        if one.message is None:
            why = trouble.get(one.unit, "")
            told = f"no answer yet{f': {why}' if why else ''}"
            yield f"{one.unit:<{wide}}  {told}; edge search --collect shows it when it comes"
        else:
            yield f"{one.unit:<{wide}}  {_sentence(one.message.payload)}"
            yield from _found(one.message.payload)


def _sentence(payload: AnswerPayload) -> str:
    late = ", late" if payload.late else ""
    if payload.refused:
        return f"refused{late} ({payload.refused}): {payload.sentence}"
    told = f"answered{late}: {payload.found} found; {payload.sentence}"
    if payload.truncated:
        told += "; only the newest stand here, ask for less time"
    if payload.unread:
        told += f"; {payload.unread} letters could not be opened, and may be of this plate"
    return told


def _found(payload: AnswerPayload) -> Iterator[str]:
    for hit in payload.hits:
        doubt = "" if hit.clock_trusted else "?"
        gone = ", taken back" if hit.withdrawn else ""
        yield (
            f"  hit   {hit.at}{doubt}  {hit.read:<10}  {hit.jurisdiction:<6}  list: {hit.plate:<10}"
            f"  {hit.category}, {hit.grade.value}{gone}  {hit.direction.value}  {hit.place}"
        )
    for read in payload.reads:
        yield (
            f"  read  {read.at}  {read.text:<10}  {read.jurisdiction:<6}"
            f"  {read.probability:.2f}  {read.direction.value}"
        )
