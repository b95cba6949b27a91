"""A ledger with as many entries as there are documents about them, for the time that reconciling takes.

Entries of 500 payees under 20 agreements, amounts log-uniform. Half of the payments name an invoice, almost half come
to an amount due that is not billed, one in twenty-five of the entries is paid with two others at once, the rest fits
nothing.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from attrs import evolve
from generate import agreement

from feecalc.columns import Columns
from feecalc.dates import day_number
from feecalc.engagement import compute
from feecalc.ledger import Ledger
from feecalc.problems import Place, Problems
from feecalc.read.agreements import agreement_of
from feecalc.read.documents import parse_document
from feecalc.read.records import records_of
from feecalc.read.tables import read_tables
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
    day = day_number(date(2020, 3, 1))
    entries = entries.assign(clause="cash-fee", unit="USD", deducted=0, source=0, row=0, accrued_on=day, payable_on=day)
    invoices, payments = documents_of(rng, rows)
    ledger = compute(agreements, records, AS_OF)
    return evolve(ledger, columns=Columns.of(entries), records=evolve(records, invoices=invoices, payments=payments))


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
