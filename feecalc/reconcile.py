"""Three-way reconciliation: what became of every document and every due, and where each payee stands.

Documents are applied by `applications`, differences named by `differences`. Here they are added up: by agreement,
clause, closing and payee (`Standing`), with the age of what is outstanding, and by payee.

Worked by hand, as of 15 May 2002: 31,500.00 due on 15 March, billed in full, 20,000.00 of it paid. Owed 31,500.00,
billed 31,500.00, paid 20,000.00, outstanding 11,500.00, which is 61 days old.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from operator import add

from attrs import define, frozen

from feecalc.applications import Applied, apply_documents
from feecalc.applications.dues import key_of
from feecalc.applications.sides import Application, payee_key
from feecalc.dates import day_number
from feecalc.differences import AGES, Difference, age_place, differences, exceptions, notes
from feecalc.ledger import Ledger, LedgerException
from feecalc.problems import Problem

_NOTHING = (0,) * len(AGES)


@define(unsafe_hash=True)
class Standing:
    """One due clause at one closing for one payee: cents. outstanding = owed - paid - written_off."""

    agreement: str
    clause: str
    closing: str
    payee: str
    owed: int  # less what was taken back and set against it
    billed: int
    paid: int
    written_off: int  # by tolerances
    ages: tuple[int, ...]  # what is outstanding, by AGES

    @property
    def outstanding(self) -> int:
        return sum(self.ages)


@frozen
class PayeeStanding:
    """A payee under an agreement. billed and paid are all its documents; applied + not_applied = paid."""

    agreement: str
    payee: str
    owed: int
    billed: int
    paid: int
    not_applied: int  # of what was paid, to nothing that is owed
    ages: tuple[int, ...]

    @property
    def outstanding(self) -> int:
        return sum(self.ages)


@frozen(eq=False)
class Reconciliation:
    """What became of every document and every due by a day."""

    applied: Applied
    differences: tuple[Difference, ...]
    exceptions: tuple[LedgerException, ...]
    standings: tuple[Standing, ...]
    notes: tuple[Problem, ...] = ()  # what was taken as it stands, and a person should know of

    @property
    def applications(self) -> tuple[Application, ...]:
        return self.applied.applications

    def by_payee(self) -> tuple[PayeeStanding, ...]:
        return tuple(_by_payee(self.applied, self.standings))


@lru_cache(maxsize=1)
def reconcile(ledger: Ledger) -> Reconciliation:
    """Reconcile a ledger with the invoices and payments of its records, by its day. Of the last ledger it is kept: a
    run asks for it when it writes its sheets and when it says whether documents differ.
    """
    applied = apply_documents(ledger)
    told, standings = tuple(notes(applied)), tuple(_standings(applied))
    return Reconciliation(applied, differences(applied), tuple(exceptions(applied)), standings, told)


def _standings(applied: Applied) -> Iterable[Standing]:
    """Each due clause, closing and payee, in the order of the ledger."""
    today = day_number(applied.ledger.as_of)
    count = len(applied.dues)
    owed = [due.amount for due in applied.dues]
    billed, paid, written_off = ([0] * count for _ in range(3))
    columns = {"row": billed, "payment": paid}
    for each in applied.applications:
        if each.source is not None and each.source[0] == "due" and each.target is not None and each.target[0] != "due":
            paid[each.source[1]] -= each.amount  # set off against what was billed: as if it was returned, and that paid
        if each.target is None or each.target[0] != "due":
            continue
        number = each.target[1]
        if each.source is None:
            written_off[number] += each.amount
        elif each.source[0] == "due":
            owed[number] -= each.amount
            owed[each.source[1]] += each.amount
        elif each.source[0] == "invoice":
            paid[number] += each.amount
        else:
            columns[each.source[0]][number] += each.amount
    for carried in applied.carried:
        rest = carried.unassigned
        for number, its, settled, tolerated in carried.parts:
            shown = min(rest, its) if rest > 0 else 0  # of a part that belongs to no due, the oldest stand as paid
            rest -= shown
            paid[number] += settled - tolerated + shown
            written_off[number] += tolerated
    found: dict[tuple[str, str, str, str], Standing] = {}
    entries = [due.entry for due in applied.dues]
    for n in sorted(range(count), key=entries.__getitem__):
        due = applied.dues[n]
        key, rest = key_of(due), owed[n] - paid[n] - written_off[n]
        ages = _aged(rest, today - due.payable_on) if rest else _NOTHING
        mine = found.get(key)
        if mine is None:  # most dues are the only one of their group
            found[key] = Standing(*key, owed[n], billed[n], paid[n], written_off[n], ages)
        else:
            mine.owed += owed[n]
            mine.billed += billed[n]
            mine.paid += paid[n]
            mine.written_off += written_off[n]
            mine.ages = tuple(map(add, mine.ages, ages))
    return found.values()


def _aged(amount: int, days: int) -> tuple[int, ...]:
    """An amount at the place of its age."""
    ages = [0] * len(AGES)
    ages[age_place(days)] = amount
    return tuple(ages)


def _by_payee(applied: Applied, standings: Iterable[Standing]) -> Iterator[PayeeStanding]:
    rows: dict[tuple[str, str], list[int]] = {}
    ages: dict[tuple[str, str], list[int]] = {}
    shown: dict[tuple[str, str], str] = {}

    def row(agreement: str, payee: str) -> list[int]:
        key = (agreement, payee_key(payee))
        shown.setdefault(key, payee)
        ages.setdefault(key, [0] * len(AGES))
        return rows.setdefault(key, [0] * 4)

    for standing in standings:
        mine = row(standing.agreement, standing.payee)
        mine[0] += standing.owed
        mine[3] -= standing.paid
        each = ages[(standing.agreement, payee_key(standing.payee))]
        each[:] = [total + amount for total, amount in zip(each, standing.ages, strict=True)]
    for number, invoice in enumerate(applied.invoices):
        row(applied.billing.documents[number].names[0], invoice.payee)[1] += invoice.amount
    for number, payment in enumerate(applied.payments):
        mine = row(applied.paying.documents[number].names[0], payment.payee)
        mine[2] += payment.amount
        mine[3] += payment.amount
    for key, (owed, billed, paid, not_applied) in rows.items():
        yield PayeeStanding(key[0], shown[key], owed, billed, paid, not_applied, tuple(ages[key]))
