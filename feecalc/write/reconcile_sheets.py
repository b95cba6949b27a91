"""A reconciliation as sheets: the differences, where each clause and payee stands, what was applied to what, and every
invoice and payment with what became of it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from feecalc.applications.sides import Application, Side
from feecalc.differences import AGES, Difference, side_lines, side_words
from feecalc.money import shown_money
from feecalc.reconcile import PayeeStanding, Reconciliation, Standing
from feecalc.records import Invoice, Payment
from feecalc.write.sheets import Sheet, SheetColumn
from feecalc.write.text import shown, terminal_table

WIDTH = 80


def reconciliation_sheets(found: Reconciliation) -> list[Sheet]:
    """All pages of a reconciliation."""
    return [differences_sheet(found), _ageing(found), _applications(found), documents_sheet(found)]


def differences_sheet(found: Reconciliation) -> Sheet:
    """What owed, billed and paid do not agree on."""
    rows = found.differences
    return Sheet(
        "Reconciliation",
        "Where what is owed, what was billed and what was paid do not agree"
        if rows
        else "What is owed, what was billed and what was paid agree",
        (
            SheetColumn("Difference", "text", [row.code for row in rows]),
            SheetColumn("Payee", "text", [row.payee for row in rows], width=26, wrap=True),
            SheetColumn("Agreement", "text", [row.agreement or None for row in rows]),
            SheetColumn("Clause", "text", [row.clause or None for row in rows]),
            SheetColumn("Closing", "text", [row.closing or None for row in rows]),
            SheetColumn("Amount", "money", [row.amount for row in rows]),
            SheetColumn("Days since due", "count", [row.days for row in rows]),
            SheetColumn("What, and what to do", "text", [row.words for row in rows], width=70, wrap=True),
            SheetColumn("Source rows", "text", [", ".join(row.lines) for row in rows], width=22, wrap=True),
        ),
        freeze=2,
        row_styles=["warn"] * len(rows),
        paragraphs=(
            "Every document is applied by what it names, or by the only amount or the only set of amounts that fits; "
            "never by a guess.",
            *(each.message for each in found.exceptions),
        ),
    )


def _ageing(found: Reconciliation) -> Sheet:
    rows = found.standings
    one_currency = len({agreement.currency for agreement in found.applied.ledger.agreements}) == 1
    amounts = ("owed", "billed", "paid", "written_off", "outstanding")
    headers = ("Owed", "Billed", "Paid", "Written off", "Outstanding")
    return Sheet(
        "Ageing",
        f"What is owed, billed, paid and outstanding, and for how long, as of {found.applied.ledger.as_of}",
        (
            SheetColumn("Payee", "text", [row.payee for row in rows], width=26, wrap=True),
            SheetColumn("Agreement", "text", [row.agreement for row in rows]),
            SheetColumn("Clause", "text", [row.clause for row in rows]),
            SheetColumn("Closing", "text", [row.closing or None for row in rows]),
            *(
                SheetColumn(header, "money", [int(getattr(row, name)) for row in rows], total=one_currency)
                for name, header in zip(amounts, headers, strict=True)
            ),
            *(
                SheetColumn(_age_header(place), "money", [row.ages[place] for row in rows], total=one_currency)
                for place in range(len(AGES))
            ),
        ),
        freeze=2,
        paragraphs=(
            "Outstanding is owed less paid and written off. Owed is less what was taken back and set against it; what "
            "is written off is within a tolerance. Of an invoice paid in part, of which nobody says for what, the "
            "oldest amounts stand here as paid.",
        ),
    )


def _age_header(place: int) -> str:
    return "Not due" if place == 0 else f"{AGES[place].capitalize()} days"


def _applications(found: Reconciliation) -> Sheet:
    applied, rows = found.applied, found.applications

    def words(side: Side | None) -> str | None:
        return side_words(applied, side) if side is not None else None

    def lines(side: Side | None) -> str | None:
        return ", ".join(side_lines(applied, side)[:12]) if side is not None else None

    return Sheet(
        "Applications",
        "What was applied to what, and by which rule",
        (
            SheetColumn("Payee", "text", [_payee(found, row) for row in rows], width=26, wrap=True),
            SheetColumn("Document", "text", [words(row.source) for row in rows], width=36, wrap=True),
            SheetColumn("Applied to", "text", [words(row.target) for row in rows], width=44, wrap=True),
            SheetColumn("Amount", "money", [row.amount for row in rows]),
            SheetColumn("Rule", "text", [row.rule for row in rows], width=18, wrap=True),
            SheetColumn("Note", "text", [row.note or None for row in rows], width=40, wrap=True),
            SheetColumn("Document row", "text", [lines(row.source) for row in rows], width=18, wrap=True),
            SheetColumn("Rows of what it is for", "text", [lines(row.target) for row in rows], width=18, wrap=True),
        ),
        freeze=2,
        paragraphs=(
            "Invoices are applied to what is due, payments to invoices or, without one, to what is due. Rules: "
            "reference, amount, combination, a named tolerance, and, where the agreement says so, oldest first and "
            "set-off. One side is empty where a tolerance closed what was open of the other.",
        ),
    )


def _payee(found: Reconciliation, row: Application) -> str:
    side = row.source or row.target
    return found.applied.payee(side) if side is not None else ""


def documents_sheet(found: Reconciliation) -> Sheet:
    """Every invoice and payment."""
    applied = found.applied
    sides: list[Side] = [("row", n) for n in range(len(applied.invoices))]
    sides += [("payment", n) for n in range(len(applied.payments))]
    documents: list[Invoice | Payment] = [*applied.invoices, *applied.payments]
    numbers = [*(row.invoice for row in applied.invoices), *(row.payment for row in applied.payments)]
    amounts = applied.applied()
    rules: dict[Side, dict[str, None]] = {}
    for each in applied.applications:
        for side in (each.source, each.target):
            if side is not None:
                rules.setdefault(side, {})[each.rule] = None
    return Sheet(
        "Invoices and payments",
        f"Every invoice and payment through {applied.ledger.as_of}, and what of it was applied",
        (
            SheetColumn("Source row", "text", [row.line for row in documents]),
            SheetColumn("What", "text", ["invoice" if side[0] == "row" else "payment" for side in sides]),
            SheetColumn("Number", "text", numbers),
            SheetColumn("Date", "date", [row.date for row in documents]),
            SheetColumn("Payee", "text", [row.payee for row in documents], width=26, wrap=True),
            SheetColumn("Agreement", "text", [row.agreement or None for row in documents]),
            SheetColumn("Clause", "text", [row.clause or None for row in documents]),
            SheetColumn("Closing", "text", [row.closing or None for row in documents]),
            SheetColumn("Amount", "money", [row.amount for row in documents]),
            SheetColumn("Applied", "money", [amounts.get(side, 0) for side in sides]),
            SheetColumn("Open", "money", [applied.left(side) for side in sides]),
            SheetColumn(
                "Rules", "text", [", ".join(rules.get(side, ())) or None for side in sides], width=24, wrap=True
            ),
            SheetColumn("Memo", "text", [row.memo or None for row in documents], width=30, wrap=True),
        ),
        freeze=3,
        paragraphs=(
            "Applied plus open is the amount. An invoice is applied to what is due; what was paid on it stands under "
            "Applications.",
        ),
    )


def reconciliation_text(found: Reconciliation) -> str:
    """The differences, then a summary by payee and its ageing, at most 80 columns wide."""
    ledger = found.applied.ledger
    rows = found.by_payee()
    parts = [f"Owed, billed and paid, as of {ledger.as_of}"]
    parts += ["\n".join(_difference(each)) for each in found.differences]
    if not found.differences:
        parts.append("No differences.")
    parts += [terminal_table(_summary(rows), WIDTH), terminal_table(_ages(rows), WIDTH)]
    parts += ["\n".join(_tolerances(found))] if any(_uses(found)) else []
    return "\n\n".join(parts)


def _difference(each: Difference) -> Iterator[str]:
    where = ", ".join(filter(None, (each.agreement, each.clause, each.closing and f"closing {each.closing}")))
    days = f", {each.days} days since it was due" if each.days is not None else ""
    head = f"{each.code}: {shown_money(each.amount)}{days}"
    yield shown(head)
    for text in (f"{each.payee}{f' ({where})' if where else ''}", each.words, ", ".join(each.lines)):
        if not text:
            continue
        yield textwrap.fill(shown(text), WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)


def _summary(rows: Sequence[PayeeStanding]) -> list[SheetColumn]:
    names = ("owed", "billed", "paid", "outstanding", "not_applied")
    headers = ("Owed", "Billed", "Paid", "Outstanding", "Paid, not applied")
    keep = [place for place, name in enumerate(names) if name != "not_applied" or any(row.not_applied for row in rows)]
    return [
        SheetColumn("Payee", "text", [row.payee for row in rows]),
        *(SheetColumn(headers[k], "money", [int(getattr(row, names[k])) for row in rows]) for k in keep),
    ]


def _ages(rows: Sequence[PayeeStanding | Standing]) -> list[SheetColumn]:
    return [
        SheetColumn("Outstanding", "text", [row.payee for row in rows]),
        *(SheetColumn(_age_header(place), "money", [row.ages[place] for row in rows]) for place in range(len(AGES))),
    ]


def _uses(found: Reconciliation) -> Iterator[Application]:
    return (each for each in found.applications if each.rule.startswith("tolerance "))


def _tolerances(found: Reconciliation) -> Iterator[str]:
    """Each use of a tolerance, and by how much."""
    yield "Tolerances used"
    closed: dict[Side, int] = {}
    for each in _uses(found):
        side = each.target if each.source is None else each.source
        if side is not None and (each.source is None or each.target is None):
            closed[side] = each.amount
    for side, amount in closed.items():
        rule = next(e.rule for e in _uses(found) if side in (e.source, e.target) and None in (e.source, e.target))
        text = f"{rule.removeprefix('tolerance ')}: {shown_money(amount)} of {side_words(found.applied, side)}"
        yield textwrap.fill(shown(text), WIDTH, initial_indent="    ", subsequent_indent="        ")
