"""A statement as sheets: what one payee is owed, first on one page, then with all that leads there.

The ledger is one of the payee's own terms and lines; what of it goes to others stands in it under one name, and is left
out here: no entry, no total and no column of the papers is theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np
from attrs import evolve, frozen

from feecalc import settlement
from feecalc.checks import all_checks
from feecalc.dates import day_date
from feecalc.explain import whys
from feecalc.ledger import UNITS, Ledger
from feecalc.money import shown_count, shown_money
from feecalc.reconcile import reconcile
from feecalc.records import InputFile
from feecalc.workpapers.drawing import draw_up, too_many
from feecalc.workpapers.one_payee import of_one_payee
from feecalc.write.about_sheet import about
from feecalc.write.balance_sheets import caps_sheet
from feecalc.write.check_sheets import checks_sheet
from feecalc.write.closings_sheet import closings_sheet
from feecalc.write.entry_sheets import payout_sheet, warrants_sheet
from feecalc.write.input_sheet import inputs_sheet
from feecalc.write.live_sheets import live
from feecalc.write.outputs import STATEMENT, write_sheets
from feecalc.write.reconcile_sheets import documents_sheet
from feecalc.write.sheets import Live, Sheet, SheetColumn
from feecalc.write.summary_sheet import summary

START = (
    "Statement is the one page. Payout ledger has the entries behind it, each with its clause and its source rows; the "
    "sheets after Closings compute them, from the terms to what is payable."
)
USED = ("held", "in_securities", "decided", "deducted")
HEADERS = {"held": "Held", "in_securities": "In securities", "decided": "Decided", "deducted": "Deducted"}
NOTES = {
    "held": "Held waits for something that has not happened, and is not payable.",
    "in_securities": "In securities is what was earned in cash and is taken in securities.",
    "decided": "Decided is what recorded decisions change.",
    "deducted": "Deducted was kept from the proceeds; it counts as paid.",
}
BEFORE = "before these records"
NOT_APPLIED = "(for no amount of this statement)"


def statement_workbook(ledger: Ledger, inputs: Sequence[InputFile], stream: BinaryIO) -> None:
    """Write the statement of the payee for whom the ledger was cut, who is the agent of all its agreements."""
    sheets, status = statement_sheets(ledger, inputs)
    write_sheets(ledger, sheets, status, STATEMENT, stream, payee_of(ledger))


def payee_of(ledger: Ledger) -> str:
    """The payee of a ledger that was cut down to one."""
    return ledger.agreements[0].agent


def statement_sheets(ledger: Ledger, inputs: Sequence[InputFile]) -> tuple[list[Sheet], Live]:
    """All sheets of the statement, and what its checks say."""
    payee = payee_of(ledger)
    others = {name for agreement in ledger.agreements for name in agreement.payees} - {payee}
    papers = None if too_many(ledger) else draw_up(ledger)
    for other in others if papers is not None else ():
        papers = of_one_payee(papers, other)  # type: ignore[arg-type]
    own = _own(ledger, payee)
    why = np.array(whys(own), dtype=object)
    cash = ~own.columns.one_of("unit", UNITS)
    sheets = [
        _statement(own, payee, bool(others)),
        _summary(own),
        payout_sheet(own, cash, why),
        warrants_sheet(own, ~cash, why),
        caps_sheet(own),
        closings_sheet(own, papers),
        *([documents_sheet(reconcile(own))] if own.has_documents else ()),
        checks_sheet(own, ()),
        inputs_sheet(inputs),
    ]
    sheets, status = live(own, papers, sheets)
    companies = " and ".join(dict.fromkeys(agreement.company for agreement in ledger.agreements))
    what = f"A statement of what {companies} owes {payee}, and why; it holds nobody else's terms and amounts."
    return [about(own, inputs, what, START, sheets, whom=f"{payee}, to whom it may be sent as it is."), *sheets], status


def _summary(own: Ledger) -> Sheet:
    """Summary without what is said of other payees and of exceptions."""
    sheet = summary(own)
    return evolve(sheet, title=f"What is owed under each agreement, as of {own.as_of}", paragraphs=sheet.paragraphs[:1])


def _own(ledger: Ledger, payee: str) -> Ledger:
    """The ledger with the entries and totals of the payee alone, without limits of which others use a part."""
    entries, totals = (each.where(each["payee"] == payee) for each in (ledger.columns, ledger.sums))
    own = evolve(ledger, columns=entries, sums=totals, exceptions=(), checks=(), limits=())
    return evolve(own, checks=tuple(all_checks(own, every_payee=False)))


@frozen
class _Row:
    """A line of the statement: amounts in cents, securities as counts."""

    agreement: str
    clause: str
    closing: str
    on: object
    amounts: dict[str, int]
    securities: int = 0
    form: str = ""

    def amount(self, name: str) -> int:
        return self.amounts.get(name, 0)

    @property
    def outstanding(self) -> int:
        return self.amount("payable") - self.amount("deducted") - self.amount("paid")


def _statement(ledger: Ledger, payee: str, shared: bool) -> Sheet:
    rows = [*_before(ledger, payee), *_rows(ledger)]
    one_currency = len({agreement.currency for agreement in ledger.agreements}) == 1
    used = [name for name in USED if any(row.amount(name) for row in rows)]
    names = ["earned", "credited", *used[: len([n for n in used if n != "deducted"])], "payable"]
    names += ["deducted"] if "deducted" in used else []
    names += ["invoiced", "paid"]
    before = any(row.amount("before") for row in rows)
    columns = [
        SheetColumn("Agreement", "text", [row.agreement for row in rows]),
        SheetColumn("Clause", "text", [row.clause for row in rows]),
        SheetColumn("Closing", "text", [row.closing or None for row in rows], width=24, wrap=True),
        SheetColumn("Date", "date", [row.on for row in rows]),
        *([_money("Brought forward", [row.amount("before") for row in rows], one_currency)] if before else ()),
        *(
            _money(HEADERS.get(name, name.capitalize()), [row.amount(name) for row in rows], one_currency)
            for name in names
        ),
    ]
    headers = [column.header for column in columns]
    letters = {name: chr(ord("A") + headers.index(HEADERS.get(name, name.capitalize()))) for name in names}
    less = f"-{letters['deducted']}{{r}}" if "deducted" in letters else ""
    formula = f"{letters['payable']}{{r}}{less}-{letters['paid']}{{r}}"
    outstanding = [row.outstanding for row in rows]
    columns.append(SheetColumn("Outstanding", "money", outstanding, total=one_currency, formula=formula))
    if any(row.securities or row.form for row in rows):
        columns.append(SheetColumn("Securities", "count", [row.securities if row.form else None for row in rows]))
        columns.append(SheetColumn("Form", "text", [row.form or None for row in rows]))
    return Sheet(
        "Statement",
        f"Statement for {payee}, as of {ledger.as_of}",
        tuple(columns),
        freeze=3,
        paragraphs=tuple(_words(ledger, payee, used, before, shared)),
    )


def _money(header: str, amounts: Sequence[int], total: bool) -> SheetColumn:
    return SheetColumn(header, "money", amounts, total=total)


def _words(ledger: Ledger, payee: str, used: Sequence[str], before: bool, shared: bool) -> Iterator[str]:
    """What it comes to, and how to read the columns."""
    totals = ledger.totals
    for currency in dict.fromkeys(agreement.currency for agreement in ledger.agreements):
        mine = totals[totals["unit"] == currency]
        payable, paid, open_ = (int(mine[name].sum()) for name in ("payable", "paid", "outstanding"))
        yield (
            f"Payable to {payee} is {shown_money(payable)} {currency}, paid {shown_money(paid)}, outstanding "
            f"{shown_money(open_)}."
        )
    for unit in UNITS:
        count = int(totals.loc[totals["unit"] == unit, "payable"].sum())
        if count:
            yield f"To be delivered: {shown_count(count)} {unit}."
    words = (
        "Earned, less what is credited against amounts paid ahead, is payable; an amount paid ahead is earned as it "
    )
    words += "falls due. Payable less paid is outstanding."
    words += "".join(f" {NOTES[name]}" for name in used)
    yield words
    if before:
        yield "Brought forward was earned before these records: it counts toward limits, and is in no other column."
    if shared:
        yield "Where a clause is shared, only this payee's part is stated; bases and limits are those of the clause."


def _before(ledger: Ledger, payee: str) -> Iterator[_Row]:
    """The payee's part of what had accrued before the records begin."""
    for balance in ledger.records.balances:
        agreement = next(a for a in ledger.agreements if a.id == balance.agreement).as_amended()
        clause = agreement.clause(balance.clause)
        if clause is None or clause.counted or balance.as_of > ledger.as_of:
            continue
        shares = agreement.shares(clause)
        parts = settlement.parts(np.array([balance.amount], dtype=np.int64), 0, shares, clause.odd_unit)
        own = next((int(p[0]) for p, share in zip(parts, shares, strict=True) if share.payee == payee), 0)
        if own:
            yield _Row(agreement.id, clause.id, BEFORE, balance.as_of, {"before": own})


def _rows(ledger: Ledger) -> Iterator[_Row]:
    """One row a clause, closing and unit, in the order of the ledger; then what was invoiced and paid for none."""
    names = ("accrued", "recouped", *USED, "payable")
    entries = ledger.entries
    grouped = entries.groupby(["agreement", "clause", "closing", "unit"], sort=False)
    sums = grouped[list(names)].sum()
    days = grouped["accrued_on"].min().tolist()
    billed = (
        {(s.agreement, s.clause, s.closing): s for s in reconcile(ledger).standings} if ledger.has_documents else {}
    )
    left = {
        agreement.id: {
            name: int(ledger.totals.loc[ledger.totals["agreement"] == agreement.id, name].sum())
            for name in ("invoiced", "paid")
        }
        for agreement in ledger.agreements
    }
    for key, amounts, day in zip(sums.index.tolist(), sums.to_numpy().tolist(), days, strict=True):
        agreement, clause, closing, unit = key
        figures = dict(zip(names, map(int, amounts), strict=True))
        if unit in UNITS:
            yield _Row(agreement, clause, closing, day_date(day), {}, figures["payable"], unit)
            continue
        standing = billed.get((agreement, clause, closing))
        documents = {
            "invoiced": standing.billed if standing else 0,
            "paid": standing.paid if standing else 0,
        }
        for name, amount in documents.items():
            left[agreement][name] -= amount
        figures |= {"earned": figures["accrued"], "credited": figures["recouped"], **documents}
        yield _Row(agreement, clause, closing, day_date(day), figures)
    for name, rest in left.items():
        if any(rest.values()):
            yield _Row(name, NOT_APPLIED, "", None, rest)
