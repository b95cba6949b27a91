"""How long reconciliation takes: payments and invoices against as many ledger entries, and a yardstick in one run.

    python benchmarks/reconcile.py [DOCUMENTS [ROUNDS]]      defaults 100,000 and 3

Entries of 500 payees under 20 agreements, amounts log-uniform. Half of the payments name an invoice, a quarter come to
an amount due that is not billed, one in five pays three amounts at once, the rest fits nothing. The yardstick is one
dictionary from (payee, amount) to entry, filled and looked up: no names, no ties, no differences. Quote the ratio: the
machine is shared.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from attrs import evolve
from generate import agreement

from feecalc.dates import day_number
from feecalc.engagement import compute
from feecalc.ledger import Ledger
from feecalc.problems import Place, Problems
from feecalc.read.agreements import agreement_of
from feecalc.read.documents import parse_document
from feecalc.read.records import records_of
from feecalc.read.tables import read_tables
from feecalc.reconcile import Reconciliation, reconcile
from feecalc.records import TABLES, Invoice, Payment

AS_OF = date(2020, 12, 31)
AGREEMENTS, PAYEES = 20, 25  # payees of each agreement


def ledger_of(documents: int, folder: Path) -> Ledger:
    """A ledger with as many entries as documents, without the work of accruing them, and its documents."""
    rng = random.Random(20240601)
    problems = Problems()
    agreements = []
    for number in range(AGREEMENTS):
        document = parse_document(agreement(number), f"a{number:02d}.yaml", problems)
        read = agreement_of(document, problems) if document is not None else None
        assert read is not None
        agreements.append(evolve(read, payees=(*read.payees, *(f"Payee {number:02d}-{p:02d}" for p in range(PAYEES)))))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "closings.csv").write_text("closing,date,investor,gross_proceeds\nA,2020-01-02,Ann,1.00\n", "utf-8")
    tables, inputs = read_tables(folder, tuple(TABLES), problems)
    records = records_of(tables, problems, tuple(inputs))
    problems.refuse_if_any()
    rows = []
    for number in range(documents):
        a = rng.randrange(AGREEMENTS)
        rows.append(
            (
                f"a{a:02d}",
                f"Payee {a:02d}-{rng.randrange(PAYEES):02d}",
                f"C{number:06d}",
                int(100 * 500_000 ** rng.random()),
            )
        )
    entries = pd.DataFrame(rows, columns=["agreement", "payee", "closing", "payable"])
    entries = entries.assign(
        clause="cash-fee", unit="USD", deducted=0, source=0, row=0, payable_on=day_number(date(2020, 3, 1))
    )
    invoices, payments = documents_of(rng, rows)
    ledger = compute(agreements, records, AS_OF)
    return evolve(ledger, entries=entries, records=evolve(records, invoices=invoices, payments=payments))


def documents_of(
    rng: random.Random, rows: list[tuple[str, str, str, int]]
) -> tuple[tuple[Invoice, ...], tuple[Payment, ...]]:
    invoices: list[Invoice] = []
    payments: list[Payment] = []
    day = date(2020, 3, 1)
    by_payee: dict[str, list[int]] = {}

    def pay(payee: str, amount: int, **more: str) -> None:
        line = f"payments.csv:{len(payments) + 2}"
        when = day + timedelta(rng.randrange(200))
        payments.append(
            Payment(
                line=line, place=Place(line), payment=f"W{len(payments)}", date=when, payee=payee, amount=amount, **more
            )
        )

    for number, (name, payee, closing, amount) in enumerate(rows):
        kind = rng.random()
        if kind < 0.5:
            line = f"invoices.csv:{len(invoices) + 2}"
            names = {"agreement": name, "clause": "cash-fee", "closing": closing}
            invoices.append(
                Invoice(
                    line=line, place=Place(line), invoice=f"I{number}", date=day, payee=payee, amount=amount, **names
                )
            )
            pay(payee, amount, invoice=f"I{number}")
        elif kind < 0.95:
            pay(payee, amount)
        elif kind < 0.99:
            by_payee.setdefault(payee, []).append(number)
        else:
            pay(payee, amount + 1)
    for payee, numbers in by_payee.items():
        for start in range(0, len(numbers), 3):
            pay(payee, sum(rows[number][3] for number in numbers[start : start + 3]))
    return tuple(invoices), tuple(payments)


def yardstick(ledger: Ledger) -> int:
    owed = dict(
        zip(
            zip(ledger.entries["payee"], ledger.entries["payable"], strict=True),
            range(len(ledger.entries)),
            strict=True,
        )
    )
    return sum((payment.payee, payment.amount) in owed for payment in ledger.records.payments)


def main(documents: int, rounds: int) -> None:
    ledger = ledger_of(documents, Path(__file__).parent / "data" / "reconcile")
    times: dict[str, list[float]] = {"reconcile": [], "yardstick: one dictionary": []}
    found: Any = None
    for _ in range(rounds):
        for name, work in (("reconcile", reconcile), ("yardstick: one dictionary", yardstick)):
            start = time.perf_counter()
            result = work(ledger)
            times[name].append(time.perf_counter() - start)
            found = result if isinstance(result, Reconciliation) else found
    rules: dict[str, int] = {}
    for each in found.applications:
        rules[each.rule] = rules.get(each.rule, 0) + 1
    records = ledger.records
    print(f"{len(ledger.entries):,} entries, {len(records.invoices):,} invoices, {len(records.payments):,} payments")
    for name, seconds in times.items():
        print(f"{name}: {statistics.median(seconds):.2f} s, the median of {rounds}")
    ratio = statistics.median(a / b for a, b in zip(*times.values(), strict=True))
    print(f"reconcile / yardstick: {ratio:.1f}")
    print("applied by rule: " + ", ".join(f"{rule} {count:,}" for rule, count in sorted(rules.items())))
    print(f"{len(found.differences):,} differences, {len(found.exceptions):,} exceptions")


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    main(*(given + [100_000, 3][len(given) :]))
