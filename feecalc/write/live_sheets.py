"""A workbook that recomputes itself: its sheets with the workpapers among them, tied to each other by checks."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve
from xlsxwriter.utility import xl_col_to_name

from feecalc.ledger import Ledger
from feecalc.money import Ratio
from feecalc.workpapers.drawing import Workpapers
from feecalc.workpapers.formulas import PaperColumn
from feecalc.write.check_sheets import Book, checks_sheet, live_checks, status
from feecalc.write.formula_words import Words
from feecalc.write.sheets import Live, Sheet, SheetColumn
from feecalc.write.workpaper_sheets import workpaper_sheets

RECOMPUTED = "Payable, recomputed"


def live(ledger: Ledger, papers: Workpapers | None, sheets: Sequence[Sheet]) -> tuple[list[Sheet], Live]:
    """The sheets with the workpapers after Closings, and what the checks say. Checks is among `sheets` already, and is
    made anew.
    """
    if papers is None:
        checks = checks_sheet(ledger, ())
        return [checks if sheet.name == "Checks" else sheet for sheet in sheets], status(checks)
    closings = next(sheet for sheet in sheets if sheet.name == "Closings")
    closings, drawn, words = workpaper_sheets(papers, closings, [sheet.name for sheet in sheets])
    found: list[Sheet] = []
    for sheet in sheets:
        if sheet.name == "Closings":
            found += [closings, *drawn]
        elif sheet.name == "Summary":
            found.append(_recomputed(sheet, ledger, papers, words))
        else:
            found.append(sheet)
    checks = checks_sheet(ledger, live_checks(ledger, papers, Book(tuple(found)), words))
    return [checks if sheet.name == "Checks" else sheet for sheet in found], status(checks)


def _recomputed(sheet: Sheet, ledger: Ledger, papers: Workpapers, words: Words) -> Sheet:
    """Summary with what is payable by the papers beside what is payable by the ledger."""
    columns = {column.header: column for column in sheet.columns}
    decided = [column.header for column in sheet.columns].index("Decided") if "Decided" in columns else None
    formulas, values = [], []
    for row, (payee, agreement) in enumerate(zip(columns["Payee"].values, columns["Agreement"].values, strict=True)):
        column = _cash(papers, agreement, payee)
        words_ = [f"SUM({words.whole(column)})"] if column is not None else []
        total = column.values.total() if column is not None else Ratio(0)
        if decided is not None:
            words_.append(f"{_letter(decided)}{{r}}")
            total += Ratio(columns["Decided"].values[row], 100)
        formulas.append("+".join(words_) or "0")
        values.append(_cents(total))
    place = [column.header for column in sheet.columns].index("Payable") + 1
    again = SheetColumn(RECOMPUTED, "money", values, total=columns["Payable"].total, formula=formulas, mark="link")
    return evolve(sheet, columns=(*sheet.columns[:place], again, *sheet.columns[place:]))


def _cents(total: Ratio) -> int:
    cents = total * 100
    assert cents.denominator == 1
    return int(cents)


def _letter(place: int) -> str:
    return str(xl_col_to_name(place))


def _cash(papers: Workpapers, agreement: str, payee: str) -> PaperColumn | None:
    """The column of what is payable in cash to a payee under an agreement."""
    own = (payouts for payouts in papers.payouts if payouts.agreement.id == agreement)
    return next((payouts.in_cash[payee] for payouts in own if payee in payouts.in_cash), None)
