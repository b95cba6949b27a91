"""The laws of reconciliation, on random ledgers with random invoices and payments.

conserves    applied + open = face, for every due, invoice row, invoice and payment, with one sign throughout
symmetric    what documents were applied to is what was applied of them
order        permuting the rows of the tables changes nothing
resumes      documents rebuilt from what was applied, each naming what it is for, are applied alike
unwinds      a payment and its return leave everything else as it would be without them
agrees       invoices and payments of exactly what is due are no difference
short cuts   documents in order, and sets that add up, are those found the long way
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import cache
from itertools import combinations
from typing import Any

import adapter
import pandas as pd
from attrs import asdict, evolve
from commands import ROOT
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import Record, engagements

from feecalc.agreement import Agreement
from feecalc.applications import Applied
from feecalc.applications.dues import Due, dues_of
from feecalc.applications.sides import Side, in_order, payee_key
from feecalc.columns import Columns
from feecalc.dates import day_number
from feecalc.differences import side_words
from feecalc.ledger import UNITS, Ledger
from feecalc.matching import Matching
from feecalc.matching.open_items import Document, Item
from feecalc.matching.subsets import Sums
from feecalc.problems import Place
from feecalc.reconcile import Reconciliation, reconcile
from feecalc.records import Invoice, Payment, Tolerance

LATE = date(2002, 12, 31)


def row(kind: type[Any], number: int, **values: Any) -> Any:
    table = "invoices" if kind is Invoice else "payments"
    return kind(line=f"{table}.csv:{number + 2}", place=Place(f"{table}.csv", line=number + 2), **values)


def with_documents(ledger: Ledger, invoices: list[Invoice], payments: list[Payment], allowed: int = 0) -> Ledger:
    tolerances = (Tolerance(line="", place=Place(""), name="wire charge", amount=allowed),) if allowed else ()
    records = evolve(ledger.records, invoices=tuple(invoices), payments=tuple(payments), tolerances=tolerances)
    return evolve(ledger, records=records)


def agreement(name: str, second: str) -> Agreement:
    text = (ROOT / "examples" / "overpayment" / "agreements" / "brighton.yaml").read_text("utf-8")
    text = text.replace("id: brighton", f"id: {name}").replace("set_off: allowed\n", "")
    return adapter.agreement_from(text.replace("Brighton Capital Ltd.", "Agent").replace("Atwood Capital Ltd.", second))


@cache
def nothing_owed() -> Ledger:
    """Two agreements that pay one agent, and each one more payee, and a line on which neither is owed."""
    closings = [{"closing": "A", "date": "2002-03-13", "investor": "Ann", "gross_proceeds": "1.00"}]
    return adapter.ledger_from([agreement("alpha", "Second"), agreement("beta", "Third")], {"closings": closings}, LATE)


PAYEES = [("alpha", "Agent"), ("alpha", "Agent"), ("alpha", "Second"), ("beta", "Agent"), ("beta", "Third")]
CENTS = [1, 2, 3, 5, 7, 8, 10, 10, 15, 20, 30]


names_of = st.sampled_from([("agreement", "clause", "closing"), ("clause",), ("agreement",), (), (), ()])
days_ago = st.sampled_from([-1, 0, 30, 31, 91])
off = st.sampled_from([0] * 6 + [1, -2, 10])
one_in_eight = st.sampled_from([False] * 7 + [True])
entries = st.tuples(
    st.sampled_from(PAYEES),
    st.sampled_from(["fee", "fee", "allowance"]),
    st.sampled_from(["A", "B", "C", ""]),
    days_ago,
    st.sampled_from([*CENTS, *CENTS, *CENTS, -10, -5]),
)


def ledger_of(rows: list[Any]) -> Ledger:
    """A ledger with these entries: small amounts, so that much fits much; some are to be returned."""
    frame = pd.DataFrame(
        {
            "agreement": [row[0][0] for row in rows],
            "clause": [row[1] for row in rows],
            "closing": [row[2] for row in rows],
            "payee": [row[0][1] for row in rows],
            "unit": "USD",
            "accrued_on": [day_number(LATE - timedelta(row[3])) for row in rows],
            "payable_on": [day_number(LATE - timedelta(row[3])) for row in rows],
            "payable": [row[4] for row in rows],
            "deducted": 0,
            "source": 0,
            "row": 0,
        }
    )
    return evolve(nothing_owed(), columns=Columns.of(frame))


@st.composite
def asked(draw: st.DrawFn, dues: tuple[Due, ...], kind: type[Any], numbers: list[str]) -> list[Any]:
    """Invoices or payments about what is due: exact, in part, too much, together, again, with and without names."""
    found: list[Any] = []
    word = "invoice" if kind is Invoice else "payment"
    for _ in range(draw(st.integers(0, 7))):
        some = [dues[number % len(dues)] for number in draw(st.lists(st.integers(0, 8), min_size=1, max_size=3))]
        due = some[0]
        amount = sum(each.amount for each in some) + draw(off)
        amount = -amount if draw(one_in_eight) else amount
        names = draw(names_of)
        more = {}
        if kind is Payment and numbers and draw(st.booleans()):
            more = {"invoice": numbers[draw(st.integers(0, 8)) % len(numbers)]}
        if found and draw(one_in_eight):
            of = found[draw(st.integers(0, 8)) % len(found)]
            more["returns" if kind is Payment else "credits"] = getattr(of, word)
            amount = -abs(amount)
        number = draw(st.sampled_from(["1", "2", "3"])) if kind is Invoice else f"W{len(found)}"
        found.append(
            row(
                kind,
                len(found),
                **{word: number, **more},
                date=LATE - timedelta(draw(st.integers(-1, 20))),
                payee=(due.payee, due.payee, due.payee.upper(), dues[0].payee)[draw(st.integers(0, 3))],
                amount=amount or 1,
                **{name: getattr(due, name) for name in names},
            )
        )
    return found


class Case:
    """A ledger that is shown by what is due and the documents alone."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def __repr__(self) -> str:
        ledger, first = self.ledger, self.ledger.agreements[0]
        dues = [(d.agreement, d.clause, d.closing, d.payee, d.payable_on, d.amount) for d in dues_of(ledger)]
        rows = [{k: v for k, v in asdict(d).items() if v and k not in ("line", "place")} for d in documents_of(ledger)]
        terms = (first.payments_applied, first.set_off, [t.amount for t in ledger.records.tolerances])
        return "\n".join(map(str, [terms, *dues, *rows]))


def documents_of(ledger: Ledger) -> list[Any]:
    return [*ledger.records.invoices, *ledger.records.payments]


@st.composite
def reconciled(draw: st.DrawFn) -> Case:
    """A ledger with invoices and payments, under terms that differ in how payments are applied."""
    ledger = nothing_owed()
    terms = {
        "payments_applied": draw(st.sampled_from(["by reference or amount", "oldest first"])),
        "set_off": draw(st.sampled_from(["not allowed", "allowed"])),
    }
    agreements = (evolve(ledger.agreements[0], **terms), ledger.agreements[1])
    ledger = evolve(
        ledger, agreements=agreements, columns=ledger_of(draw(st.lists(entries, min_size=1, max_size=9))).columns
    )
    dues = dues_of(ledger)
    assume(dues)
    invoices = draw(asked(dues, Invoice, []))
    numbers = sorted({invoice.invoice for invoice in invoices})
    payments = draw(asked(dues, Payment, numbers))
    return Case(with_documents(ledger, invoices, payments, draw(st.sampled_from([0, 0, 2]))))


def sides(applied: Applied) -> list[Side]:
    found: list[Side] = [("due", number) for number in range(len(applied.dues))]
    found += [("row", number) for number in range(len(applied.invoices))]
    found += [("invoice", number) for number in range(len(applied.bills))]
    return found + [("payment", number) for number in range(len(applied.payments))]


def said(found: Reconciliation) -> tuple[Any, ...]:
    """What a reconciliation says, without the rows in which documents stand."""
    applied = found.applied

    def words(side: Side | None) -> str:
        return side_words(applied, side) if side is not None else ""

    applications = Counter((words(a.source), words(a.target), a.amount, a.rule) for a in applied.applications)
    differences = Counter((d.code, d.payee, d.clause, d.closing, d.amount, d.words) for d in found.differences)
    return applications, differences, Counter(found.standings), Counter(e.code for e in found.exceptions)


@given(reconciled())
def test_applied_and_open_are_the_face(case: Case) -> None:
    ledger = case.ledger
    applied = reconcile(ledger).applied
    amounts = applied.applied()
    for side in sides(applied):
        face, done = applied.face(side), amounts.get(side, 0)
        assert done + applied.left(side) == face
        assert 0 <= done <= face or face <= done <= 0, side


@given(reconciled())
def test_both_sides_come_to_the_same(case: Case) -> None:
    ledger = case.ledger
    applied = reconcile(ledger).applied
    by_documents: dict[str, int] = defaultdict(int)
    by_items: dict[str, int] = defaultdict(int)
    for each in applied.applications:
        if each.source and each.target and each.source[0] != each.target[0]:
            layer = each.source[0]
            by_documents[layer] += each.amount
            by_items[layer] += each.amount
    for kind in ("row", "payment"):
        rest = sum(applied.left(side) for side in sides(applied) if side[0] == kind)
        closed = sum(a.amount for a in applied.applications if a.target is None and a.source and a.source[0] == kind)
        face = sum(applied.face(side) for side in sides(applied) if side[0] == kind)
        assert face == by_documents[kind] + rest + closed
    owed = sum(due.amount for due in applied.dues)
    closed = sum(a.amount for a in applied.applications if a.source is None and a.target and a.target[0] == "due")
    direct = sum(
        a.amount
        for a in applied.applications
        if a.source and a.source[0] == "payment" and a.target and a.target[0] == "due"
    )
    set_off = sum(
        a.amount if a.target[0] == "due" else -a.amount  # a credit note's, of what is due; what is due, of an invoice's
        for a in applied.applications
        if a.source and a.target and {a.source[0], a.target[0]} == {"due", "invoice"}
    )
    assert owed == by_items["row"] + direct + closed + set_off + sum(applied.open_dues)


@given(reconciled(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(case: Case, random: Any) -> None:
    ledger = case.ledger
    invoices, payments = (list(rows) for rows in (ledger.records.invoices, ledger.records.payments))
    random.shuffle(invoices)
    random.shuffle(payments)
    records = evolve(ledger.records, invoices=tuple(invoices), payments=tuple(payments))
    assert said(reconcile(evolve(ledger, records=records))) == said(reconcile(ledger))


@given(reconciled())
def test_documents_rebuilt_from_what_was_applied_are_applied_alike(case: Case) -> None:
    """Each invoice row becomes one row for each due, each payment one for each invoice or due, all named."""
    ledger = case.ledger
    entries = ledger.entries[(ledger.entries["payable"] > 0) & (ledger.entries["closing"] != "")]
    entries = entries.drop_duplicates(["agreement", "clause", "closing", "payee"], ignore_index=True)
    documents = [[d for d in rows if d.amount > 0] for rows in (ledger.records.invoices, ledger.records.payments)]
    ledger = with_documents(evolve(ledger, columns=Columns.of(entries)), documents[0], documents[1])
    before = reconcile(ledger).applied
    # What is due and billed in part has the names of its invoice, so that a payment of the rest cannot be named apart.
    into = [{a.target for a in before.applications if a.source and a.source[0] == kind} for kind in ("row", "payment")]
    assume(into[0].isdisjoint(into[1]))
    invoices: list[Invoice] = []
    for number, old in enumerate(before.invoices):
        apps = [a for a in before.applications if a.source == ("row", number)]
        for each in apps:
            assert each.target is not None
            due = before.dues[each.target[1]]
            names = {"agreement": due.agreement, "clause": due.clause, "closing": due.closing}
            invoices.append(evolve(old, amount=each.amount, **names))
        if before.open_rows[number]:
            invoices.append(evolve(old, amount=before.open_rows[number], agreement="", clause="none", closing="none"))
    payments: list[Payment] = []
    for number, paid in enumerate(before.payments):
        for each in [a for a in before.applications if a.source == ("payment", number)]:
            assert each.target is not None
            kind, item = each.target
            due = before.dues[item] if kind == "due" else None
            names = {name: getattr(due, name) if due else "" for name in ("agreement", "clause", "closing")}
            invoice = "" if due else before.bills[item].number
            payments.append(evolve(paid, amount=each.amount, **names, invoice=invoice))
    after = reconcile(with_documents(ledger, invoices, payments)).applied
    for kind in ("row", "payment"):
        assert to_dues(after, kind) == to_dues(before, kind)
    assert {a.rule for a in after.applications} <= {"reference"}
    assert sum(after.open_payments) == 0


def to_dues(applied: Applied, kind: str) -> dict[Any, int]:
    found: dict[Any, int] = defaultdict(int)
    for each in applied.applications:
        if each.source is not None and each.source[0] == kind and each.target is not None:
            place = each.target
            key = (
                applied.dues[place[1]]
                if place[0] == "due"
                else (applied.bills[place[1]].number, applied.bills[place[1]].payee.upper())
            )
            found[key] += each.amount
    return found


@given(reconciled(), st.data())
def test_a_payment_and_its_return_leave_the_rest_alone(case: Case, data: st.DataObject) -> None:
    ledger = case.ledger
    payments = [p for p in ledger.records.payments if p.date <= LATE and p.amount > 0 and not p.returns]
    taken_back = {p.returns for p in ledger.records.payments}
    payments = [p for p in payments if p.payment not in taken_back]
    others = [p for p in ledger.records.payments if not (p.amount < 0 and not p.returns)]
    assume(payments)
    paid = data.draw(st.sampled_from(payments))
    back = evolve(paid, payment="BACK", amount=-paid.amount, returns=paid.payment, date=LATE)
    without = [p for p in others if p is not paid]
    invoices = list(ledger.records.invoices)
    both = reconcile(with_documents(ledger, invoices, [*without, paid, back]))
    ours = reconcile(with_documents(ledger, invoices, without))
    assert not [d for d in both.differences if "BACK" in d.words]
    assert both.standings == ours.standings and Counter(d.words for d in both.differences) == Counter(
        d.words for d in ours.differences
    )


@settings(max_examples=max(20, settings.default.max_examples // 5))  # type: ignore[union-attr]
@given(engagements(with_balances=False), st.booleans())
def test_what_is_billed_and_paid_exactly_is_no_difference(engagement: Record, named: bool) -> None:
    engagement["as_of"] = LATE
    ledger = adapter.engine(engagement)
    dues = dues_of(ledger)
    assume(dues)
    invoices, payments = [], []
    for number, due in enumerate(dues):
        names = {"agreement": due.agreement, "clause": due.clause, "closing": due.closing}
        same = {"date": LATE, "payee": due.payee, "amount": due.amount}
        invoices.append(row(Invoice, number, invoice=f"I{number}", **same, **names))
        payments.append(
            row(
                Payment,
                number,
                payment=f"W{number}",
                invoice=f"I{number}" if named else "",
                **same,
                **(names if not named else {}),
            )
        )
    keys = [(due.agreement, due.clause, due.closing, due.payee) for due in dues]
    assume(len(set(keys)) == len(keys))
    found = reconcile(with_documents(ledger, invoices, payments))
    for total in ledger.totals[~ledger.totals["unit"].isin(UNITS)].to_dict("records"):
        mine = [s for s in found.standings if (s.agreement, s.payee) == (total["agreement"], total["payee"])]
        assert sum(s.owed for s in mine) == total["payable"] - total["deducted"]
    assert not found.differences and not found.exceptions
    assert not any(standing.outstanding for standing in found.standings)


@given(reconciled())
def test_documents_stand_in_the_order_of_all_that_they_say(case: Case) -> None:
    """Also where day and number, by which alone most are put in order, are the same."""
    for documents in (case.ledger.records.invoices, case.ledger.records.payments):
        number = "invoice" if documents and isinstance(documents[0], Invoice) else "payment"
        names = ("agreement", "clause", "closing", "invoice", "credits", "returns")

        def all_said(document: Any, number: str = number, names: tuple[str, ...] = names) -> tuple[Any, ...]:
            more = [getattr(document, name, "") for name in names if name != number]
            payee = payee_key(document.payee)
            return (document.date, getattr(document, number), payee, *more, document.amount, document.memo)

        assert [documents[place] for place in in_order(documents)] == sorted(documents, key=all_said)


@given(st.lists(st.integers(-9, 9), max_size=6), st.integers(-20, 20))
def test_sets_that_add_up_are_those_among_all_sets(amounts: list[int], target: int) -> None:
    places = range(len(amounts))
    every = [each for size in places for each in combinations(places, size + 1)]
    fits = [each for each in every if sum(amounts[place] for place in each) == target]
    smallest = [each for each in fits if not any(set(other) < set(each) for other in fits)]
    assert Sums().adding_up_to(amounts, target) == sorted(each for each in smallest if len(each) > 1)


names = st.sampled_from(["", "", "a", "b"])


@given(
    st.lists(st.tuples(st.integers(-9, 9).filter(bool), names, names), max_size=6),
    st.lists(st.tuples(st.integers(-9, 9).filter(bool), names, names), max_size=7),
)
def test_matching_conserves_and_never_goes_over(
    documents: list[tuple[int, str, str]], items: list[tuple[int, str, str]]
) -> None:
    """On small amounts, where nearly everything fits something."""
    matching = Matching(
        [Document("p", amount, ("", clause, closing, "")) for amount, clause, closing in documents],
        [Item("p", amount, ("a", clause or "a", closing or "b", "")) for amount, clause, closing in items],
    )
    matching.run()
    for number, (amount, _, _) in enumerate(documents):
        done = sum(m.amount for m in matching.matches if m.document == number)
        assert done + matching.left[number] == amount and (0 <= done <= amount or amount <= done <= 0)
    for number, (amount, _, _) in enumerate(items):
        done = sum(m.amount for m in matching.matches if m.item == number)
        assert done + matching.unmet[number] == amount and (0 <= done <= amount or amount <= done <= 0)
    for match in matching.matches:
        assert match.document is not None and match.item is not None and matching.fits(match.document, match.item)
