"""The workpapers as sheets: terms, lines, clauses and payouts, each column with its formula and its results."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve
from xlsxwriter.utility import xl_col_to_name

from feecalc.dates import day_date
from feecalc.exact import Exact
from feecalc.money import Ratio
from feecalc.workpapers.drawing import Workpapers, papers_in_order
from feecalc.workpapers.formulas import Paper, PaperColumn
from feecalc.write.formula_words import At, Words
from feecalc.write.layout import header_row
from feecalc.write.sheet_names import lawful_names
from feecalc.write.sheets import Kind, Sheet, SheetColumn

KINDS: dict[str, Kind] = {"number": "price", "price": "price", "rate": "rate", "money": "money", "count": "count"}
DIGITS_MOST, DECIMALS_MOST = 15, 10
TERMS_NOTES = (
    "Each figure of the agreements that a formula uses, in the column of its kind. Change one (blue) and every sheet "
    "follows; the ledger of feecalc stays as it was computed, and Checks shows where the two then differ.",
    "Decimals kept is how many decimals unrounded figures keep, so that no rounding of the spreadsheet's own shows.",
)
LINES_NOTE = (
    "One row a line of Closings, in the order in which they count, and one for each day on which something else "
    "accrues. Owed is 1 where Closings names this agreement."
)
PAYOUTS_NOTE = (
    "Figures to date are those of the papers of the clauses at the last row by then; each row is the difference."
)


def workpaper_sheets(papers: Workpapers, closings: Sheet, taken: Sequence[str]) -> tuple[Sheet, list[Sheet], Words]:
    """Closings and the papers as sheets with their formulas, and the words to say more; `taken` are the names of the
    workbook's other sheets.
    """
    drawn = [paper for paper in papers_in_order(papers) if paper.columns]
    names = lawful_names([*taken, *(paper.name for paper in drawn)])[len(taken) :]
    plain = [_plain(paper, name) for paper, name in zip(drawn, names, strict=True)]
    highest = max(map(header_row, [closings, *plain]))
    plain = [evolve(sheet, header_row=highest) for sheet in plain]
    closings = evolve(closings, header_row=highest)
    places: dict[int, At] = {}
    for paper, sheet in zip(drawn, plain, strict=True):
        for number, column in enumerate(paper.columns):
            places[id(column)] = At(sheet.name, xl_col_to_name(number), highest, highest + paper.rows)
    headers = [column.header for column in closings.columns]
    for column in papers.closings.paper.columns:
        letter = xl_col_to_name(headers.index(column.header))
        places[id(column)] = At(closings.name, letter, highest, highest + papers.closings.paper.rows)
    words = Words(places)
    live = [_with_formulas(paper, sheet, words) for paper, sheet in zip(drawn, plain, strict=True)]
    by_header = {column.header: column for column in papers.closings.paper.columns if column.formula is not None}
    columns = [
        evolve(column, formula=words.column(by_header[column.header])) if column.header in by_header else column
        for column in closings.columns
    ]
    return evolve(closings, columns=tuple(columns)), live, words


def _plain(paper: Paper, name: str) -> Sheet:
    notes = paper.notes
    if paper.name == "Terms":
        notes = TERMS_NOTES
    elif paper.name.endswith(" lines"):
        notes = (LINES_NOTE,)
    elif paper.name.endswith(" payouts"):
        notes = (PAYOUTS_NOTE,)
    columns = tuple(sheet_column(column) for column in paper.columns)
    return Sheet(name, paper.title, columns, freeze=paper.freeze, paragraphs=notes)


def _with_formulas(paper: Paper, sheet: Sheet, words: Words) -> Sheet:
    columns = []
    for own, column in zip(paper.columns, sheet.columns, strict=True):
        formula: str | Sequence[str | None] | None = None
        if own.formula is not None:
            formula = words.column(own)
        elif own.cells:
            formula = [
                words.cell(own.cells[row], own) if row in own.cells else None for row in range(len(column.values))
            ]
        columns.append(evolve(column, formula=formula))
    return evolve(sheet, columns=tuple(columns))


def sheet_column(column: PaperColumn) -> SheetColumn:
    """A column of a paper with its values, as sheets hold them."""
    if column.kind == "text":
        return SheetColumn(column.header, "text", list(column.texts), mark=column.mark)
    if column.kind == "date":
        return SheetColumn(column.header, "date", [day_date(day) for day in column.texts], mark=column.mark)
    values = _shown(column)
    if column.given_on is not None:
        values = [value if given else None for value, given in zip(values, column.given_on, strict=True)]
    total = column.total and column.kind in ("money", "count")
    return SheetColumn(column.header, KINDS[column.kind], values, mark=column.mark, total=total)


def _shown(column: PaperColumn) -> list[object]:
    if column.kind == "money":
        return list(column.values.times(Ratio(100)).rounded("half up").tolist())
    if column.kind == "count":
        return list(column.values.rounded("half up").tolist())
    return list(decimal_texts(column.values))


def decimal_texts(values: Exact) -> list[str]:
    """Each figure as decimal text with no more digits than a spreadsheet holds."""
    largest = len(str(int(abs(values.num).max(initial=0)) // values.den))
    places = max(0, min(DECIMALS_MOST, DIGITS_MOST - largest))
    return [_decimal(number, places) for number in values.times(Ratio(10**places)).rounded("half up").tolist()]


def _decimal(number: int, places: int) -> str:
    digits = f"{abs(number):0{places + 1}d}"
    whole, rest = (digits[:-places], digits[-places:].rstrip("0")) if places else (digits, "")
    return f"{'-' if number < 0 else ''}{whole}{'.' + rest if rest else ''}"
