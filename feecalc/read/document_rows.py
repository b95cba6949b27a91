"""What must hold of the rows of invoices and payments before they are compared with anything."""

from __future__ import annotations

from collections.abc import Sequence

from feecalc.money import shown_money
from feecalc.names import name_key
from feecalc.problems import Problems
from feecalc.records import Invoice, Payment, Records

SETTLED = ("settled", "paid", "cleared", "completed", "executed", "posted", "booked", "processed", "sent", "final")


def check_documents(records: Records, problems: Problems) -> None:
    """Report rows that stand twice, payments that are not settled, payments written with their signs reversed, and what
    takes back and is not negative; note payments of nothing.
    """
    _check_ids(records.invoices, "invoice", problems)
    _check_ids(records.payments, "payment", problems)
    _check_what_takes_back(records, problems)
    for payment in records.payments:
        if payment.status and name_key(payment.status) not in SETTLED:
            problems.add(
                payment.place,
                "payment-not-settled",
                f'payment {payment.payment} is marked "{payment.status}", and every row here counts as paid',
                f"Delete the row, or correct its status to one of: {', '.join(SETTLED)}.",
            )
        if not payment.amount:
            problems.note(payment.place, "payment-of-nothing", f"payment {payment.payment} is of 0.00 and pays nothing")
    if records.payments and all(payment.amount < 0 and not payment.returns for payment in records.payments):
        problems.add(
            records.payments[0].place,
            "payments-all-negative",
            "every payment is negative, and none says what it returns",
            "Write what was paid as positive amounts: a bank shows what leaves the account as negative.",
        )


def _check_what_takes_back(records: Records, problems: Problems) -> None:
    backs: list[tuple[Invoice | Payment, str, str, str]] = [
        *((row, f"invoice {row.invoice}", "credits", row.credits) for row in records.invoices if row.credits),
        *((row, f"payment {row.payment}", "returns", row.returns) for row in records.payments if row.returns),
    ]
    for row, what, column, named in backs:
        if row.amount >= 0:
            problems.add(
                row.place,
                "takes-back-not-negative",
                f"{what} is of {shown_money(row.amount)}, and says in {column} that it takes {named} back",
                f"Write what is taken back as a negative amount, or leave {column} empty.",
            )


def _check_ids(rows: Sequence[Invoice] | Sequence[Payment], key: str, problems: Problems) -> None:
    """Report rows of one number, payee and purpose. An invoice may have several rows, and two payees one number."""
    seen: dict[tuple[str, ...], str] = {}
    for row in rows:
        purpose = (getattr(row, key), row.payee, row.agreement, row.clause, row.closing, getattr(row, "invoice", ""))
        if purpose in seen:
            problems.add(
                row.place,
                f"{key}-twice",
                f'{key} "{getattr(row, key)}" to {row.payee} for the same purpose stands already at {seen[purpose]}',
                "Delete one of the rows, or say by agreement, clause or closing what each is for.",
            )
        seen.setdefault(purpose, row.line)
