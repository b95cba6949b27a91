"""Checks as a sheet: those that the workbook computes for itself, and those that feecalc found when it made it.

A check of the workbook compares two figures by formulas over other sheets, and its result is a formula too: who
spoils a figure sees it fail. What all of them say stands at the top of every sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen
from xlsxwriter.utility import xl_col_to_name

from feecalc import exact, totals
from feecalc.clauses import Advance
from feecalc.exact import Exact
from feecalc.ledger import UNITS, Ledger
from feecalc.money import Ratio
from feecalc.workpapers.drawing import Workpapers
from feecalc.workpapers.formulas import PaperColumn
from feecalc.workpapers.payouts import Payouts
from feecalc.write.formula_words import Words, quoted
from feecalc.write.layout import header_row
from feecalc.write.sheets import Live, Sheet, SheetColumn
from feecalc.write.workpaper_sheets import decimal_texts

EQUAL, AT_MOST = "equal", "at most"


@frozen
class LiveCheck:
    """Two figures of the workbook that must be equal, or the second at most the first: formulas, if any, and values."""

    name: str
    must: tuple[str | None, Ratio]
    found: tuple[str | None, Ratio]
    relation: str
    detail: str

    @property
    def holds(self) -> bool:
        must, found = self.must[1], self.found[1]
        return found <= must if self.relation == AT_MOST else found == must


@frozen(eq=False)
class Book:
    """The sheets of a workbook as formulas see them."""

    sheets: tuple[Sheet, ...]

    def cells(self, name: str, header: str) -> str:
        """All cells of a column, by its sheet and its header."""
        sheet = next(sheet for sheet in self.sheets if sheet.name == name)
        place = [column.header for column in sheet.columns].index(header)
        first = header_row(sheet) + 1
        letter = xl_col_to_name(place)
        return f"{quoted(name)}${letter}${first}:${letter}${max(first, first + sheet.row_count - 1)}"

    def cell(self, name: str, header: str, row: int) -> str:
        """One cell of a column, its row counted from 0."""
        sheet, _, cells = self.cells(name, header).rpartition("!")
        column, first = cells.split(":")[0].rsplit("$", 1)
        return f"{sheet}!{column}${int(first) + row}"

    def row(self, name: str, wanted: Mapping[str, str]) -> int | None:
        """The first row of a sheet with these words in its columns, counted from 0."""
        sheet = next(sheet for sheet in self.sheets if sheet.name == name)
        columns = {column.header: list(column.values) for column in sheet.columns}
        rows = (n for n in range(sheet.row_count) if all(columns[h][n] == word for h, word in wanted.items()))
        return next(rows, None)

    def has(self, name: str, header: str) -> bool:
        return any(s.name == name and header in [c.header for c in s.columns] for s in self.sheets)


def checks_sheet(ledger: Ledger, live: Sequence[LiveCheck]) -> Sheet:
    """Every check, those of the workbook first."""
    made = ledger.checks
    blank: list[None] = [None] * len(made)
    result = f'IF(IF(E{{r}}="{EQUAL}",ROUND(C{{r}}-D{{r}},2)=0,ROUND(D{{r}}-C{{r}},2)<=0),"pass","FAIL")'
    results = ["pass" if holds else "FAIL" for holds in (*(c.holds for c in live), *(c.holds for c in made))]
    return Sheet(
        "Checks",
        "What must agree, with both figures",
        (
            SheetColumn(
                "Check", "text", [*(check.name for check in live), *(check.name for check in made)], width=50, wrap=True
            ),
            SheetColumn("Result", "text", results, formula=[*([result] * len(live)), *blank] if live else None),
            SheetColumn(
                "Must be",
                "price",
                [*_texts([c.must[1] for c in live]), *blank],
                formula=[*(c.must[0] for c in live), *blank],
            ),
            SheetColumn(
                "Is",
                "price",
                [*_texts([c.found[1] for c in live]), *blank],
                formula=[*(c.found[0] for c in live), *blank],
            ),
            SheetColumn("Relation", "text", [*(check.relation for check in live), *blank]),
            SheetColumn("Computed by", "text", [*["this workbook"] * len(live), *["feecalc"] * len(made)]),
            SheetColumn(
                "What is compared",
                "text",
                [
                    *(check.detail for check in live),
                    *(f"must be {check.expected}, is {check.found}: {check.detail}" for check in made),
                ],
                width=70,
                wrap=True,
            ),
        ),
        freeze=2,
        row_styles=["good" if each == "pass" else "bad" for each in results],
        paragraphs=(
            "Checks of this workbook are formulas and follow every change; those of feecalc were found when it was "
            "made, in another way than the figures that they check where there is one.",
        ),
    )


def _texts(ratios: Sequence[Ratio]) -> list[str]:
    return [decimal_texts(Exact(totals.integers([ratio.numerator]), ratio.denominator))[0] for ratio in ratios]


def status(checks: Sheet) -> Live:
    """What the checks say, for the top of every sheet."""
    cells = Book((checks,)).cells("Checks", "Result")
    results = list(checks.columns[1].values)
    count, failed = len(results), results.count("FAIL")
    told = f"All {count} checks pass" if not failed else f"{failed} of {count} checks FAIL: see Checks"
    formula = (
        f'IF(COUNTIF({cells},"pass")=ROWS({cells}),"All "&ROWS({cells})&" checks pass",'
        f'ROWS({cells})-COUNTIF({cells},"pass")&" of "&ROWS({cells})&" checks FAIL: see Checks")'
    )
    return Live(formula, told)


def live_checks(ledger: Ledger, papers: Workpapers, book: Book, words: Words) -> list[LiveCheck]:
    """The checks that the workbook computes for itself."""
    return [
        *_lines(ledger, papers, book, words),
        *_payables(ledger, papers, book, words),
        *_limits(ledger, papers, words),
        *_summary(ledger, book),
        *_flow(ledger, book),
        *_statement(book),
    ]


def _lines(ledger: Ledger, papers: Workpapers, book: Book, words: Words) -> Iterator[LiveCheck]:
    table = ledger.table
    if not len(table):
        return
    owed = [book.cells("Closings", column.header) for column in papers.closings.owed]
    basis = book.cells("Closings", "Basis")
    count = Ratio(len(table))
    yield LiveCheck(
        "rows read are answered",
        (None, count),
        (f'SUMPRODUCT(({owed[0]}<>"")+({owed[0]}="")*({basis}<>""))', count),
        EQUAL,
        "rows of closings read = rows with an agreement owed, or with the reason why none is",
    )
    gross = Ratio(totals.exact_total(table.gross), 100)
    yield LiveCheck(
        "gross proceeds are those read",
        (None, gross),
        (f"SUM({words.whole(papers.closings.gross)})", gross),
        EQUAL,
        "gross proceeds as read = those of Closings",
    )
    shares, read = (papers.closings.shares, papers.closings.gross), papers.closings.as_read
    said = "+".join(f"SUMPRODUCT(ABS({words.whole(a)}-{words.whole(b)}))" for a, b in zip(shares, read, strict=True))
    yield LiveCheck(
        "each line is as read",
        (None, Ratio(0)),
        (said, Ratio(0)),
        EQUAL,
        "shares and gross proceeds of each line, less those that were read",
    )
    _, agreement, _ = ledger.attribution.answers()
    named = Ratio(int((agreement >= 0).sum()))
    counted = [next(column for column in paper.columns if column.header == "Owed") for paper in papers.lines]
    yield LiveCheck(
        "every agreement owed counts its lines",
        ("+".join(f'SUMPRODUCT(({cells}<>"")*1)' for cells in owed), named),
        ("+".join(f"SUM({words.whole(column)})" for column in counted), named),
        EQUAL,
        "agreements named on Closings = lines counted under an agreement; an unknown name is counted nowhere",
    )


def _sum(columns: Sequence[PaperColumn]) -> Ratio:
    return sum((column.values.total() for column in columns), Ratio(0))


def _payables(ledger: Ledger, papers: Workpapers, book: Book, words: Words) -> Iterator[LiveCheck]:
    """What is payable by the papers, against the ledger of feecalc, for each clause and payee; and parts as wholes."""
    sums = ledger.columns.sums(("agreement", "clause", "payee"), "payable", "decided")
    payable = {key: owed - decided for key, (owed, decided) in sums.items()}
    for payouts in papers.payouts:
        agreement = payouts.papers.lines.agreement
        for (clause, payee), column in payouts.payable.items():
            counted = column.kind == "count"
            sheet, amount = ("Warrants", _warrants_header(book)) if counted else ("Payout ledger", "Payable")
            expected = Ratio(payable.get((agreement.id, clause, payee), 0), 1 if counted else 100)
            yield LiveCheck(
                f"{agreement.id} {clause}: recomputed for {payee}",
                (_of_ledger(book, sheet, amount, agreement.id, clause, payee), expected),
                (f"SUM({words.whole(column)})", column.values.total()),
                EQUAL,
                f"payable on {sheet}, decisions apart = payable on the papers",
            )
            stated = payouts.stated[(clause, payee)]
            yield LiveCheck(
                f"{agreement.id} {clause}: at each closing for {payee}",
                (None, Ratio(0)),
                (f"SUMPRODUCT(ABS({words.whole(column)}-{words.whole(stated)}))", _apart(column, stated)),
                EQUAL,
                "payable on the papers less payable by feecalc, closing by closing",
            )
        yield from _parts(payouts, words)


def _apart(column: PaperColumn, stated: PaperColumn) -> Ratio:
    """How far two columns are apart, row by row."""
    difference = exact.difference(column.values, stated.values)
    return Exact(abs(difference.num), difference.den).total()


def _warrants_header(book: Book) -> str:
    return "Warrants" if book.has("Warrants", "Warrants") else "Securities"


def _of_ledger(book: Book, sheet: str, amount: str, agreement: str, clause: str, payee: str) -> str | None:
    """The sum of the ledger's entries of a clause and payee, who is named on Summary."""
    entries = next(s for s in book.sheets if s.name == sheet)
    if not entries.row_count:
        return None
    row = book.row(sheet, {"Agreement": agreement, "Clause": clause, "Payee": payee})
    named = book.row("Summary", {"Agreement": agreement, "Payee": payee})
    if row is None or named is None:
        return None
    tests = [
        f"({book.cells(sheet, 'Agreement')}={book.cell('Summary', 'Agreement', named)})",
        f"({book.cells(sheet, 'Clause')}={book.cell(sheet, 'Clause', row)})",
        f"({book.cells(sheet, 'Payee')}={book.cell('Summary', 'Payee', named)})",
    ]
    total = book.cells(sheet, amount)
    less = f"-{book.cells(sheet, 'Decided')}" if book.has(sheet, "Decided") else ""
    return f"SUMPRODUCT({'*'.join(tests)}*({total}{less}))"


def _parts(payouts: Payouts, words: Words) -> Iterator[LiveCheck]:
    """Of each clause that several are paid under: their parts are the whole."""
    agreement = payouts.papers.lines.agreement
    for clause in agreement.as_amended().clauses:
        parts = [column for (name, _), column in payouts.payable.items() if name == clause.id]
        if len(parts) < 2 or clause.id not in payouts.accrued:
            continue
        accrued, less = payouts.accrued[clause.id], payouts.less(clause.id)
        whole = _sum([accrued]) - _sum(less)
        if whole != _sum(parts):
            continue  # some of it is held
        said = f"SUM({words.whole(accrued)})" + "".join(f"-SUM({words.whole(column)})" for column in less)
        yield LiveCheck(
            f"{agreement.id} {clause.id}: parts are the whole",
            (said, whole),
            ("+".join(f"SUM({words.whole(column)})" for column in parts), _sum(parts)),
            EQUAL,
            "accrued, less what is credited or taken in securities = what is payable to all payees",
        )


def _limits(ledger: Ledger, papers: Workpapers, words: Words) -> Iterator[LiveCheck]:
    """No limit, pool or advance is exceeded."""
    for payouts in papers.payouts:
        agreement = payouts.papers.lines.agreement
        for clause in agreement.clauses:
            if isinstance(clause, Advance):
                yield from _advance(payouts, clause, words)
            if clause.id not in payouts.papers.limits or clause.id not in payouts.accrued:
                continue
            most, used = payouts.papers.limits[clause.id]
            opening = used.ratio if used is not None else Ratio(0)
            column = payouts.to_date(clause.id)
            highest = max([Ratio(0), *(Ratio(int(n), column.values.den) for n in column.values.num.tolist())])
            if opening > most.ratio:
                continue  # it was exceeded before these records
            said = f"MAX(0,{words.whole(column)})"
            yield LiveCheck(
                f"{agreement.id} {clause.id}: within its limit",
                (words.cell(most, column), most.ratio),
                (f"{said}+{words.cell(used, column)}" if used is not None else said, highest + opening),
                AT_MOST,
                "highest running total on the payouts"
                + (", with what accrued before these records" if used is not None else ""),
            )


def _advance(payouts: Payouts, clause: Advance, words: Words) -> Iterator[LiveCheck]:
    columns = payouts.recouped_for(clause.id)
    term = payouts.papers.lines.terms.found(payouts.papers.lines.agreement.id, clause.id, "advance")
    if not columns or term is None:
        return
    start = payouts.papers.lines.terms.found(payouts.papers.lines.agreement.id, clause.id, "recouped before")
    total = "+".join(f"SUM({words.whole(column)})" for column in columns)
    value = _sum(columns) + (start.ratio if start is not None else 0)
    yield LiveCheck(
        f"{payouts.papers.lines.agreement.id} {clause.id}: recouped no more than was advanced",
        (words.cell(term, columns[0]), term.ratio),
        (total + (f"+{words.cell(start, columns[0])}" if start is not None else ""), value),
        AT_MOST,
        "recouped from all clauses, what was recouped before these records included",
    )


def _flow(ledger: Ledger, book: Book) -> Iterator[LiveCheck]:
    """Funds flow ties, and each payee's wires are what the ledger has payable to it for closings."""
    difference = "Difference, must be nothing"
    if not book.has("Funds flow", difference):
        return
    columns = {
        (s.name, c.header): c.part() for s in book.sheets for c in s.columns if s.name in ("Funds flow", "Wires")
    }
    yield LiveCheck(
        "funds flow ties",
        (None, Ratio(0)),
        (
            f"SUMPRODUCT(ABS({book.cells('Funds flow', difference)}))",
            Ratio(sum(map(abs, columns["Funds flow", difference])), 100),
        ),
        EQUAL,
        "kept, wired and due later, less what the ledger owes, on every row of Funds flow",
    )
    e = ledger.columns
    parts = ("Kept from proceeds", "Wire at closing", "Wire later")
    for agreement in ledger.agreements:
        for payee in agreement.payees:
            named = book.row("Summary", {"Agreement": agreement.id, "Payee": payee})
            mine = [n for n, name in enumerate(columns["Wires", "Payee"]) if name == payee]
            mine = [n for n in mine if columns["Wires", "Agreement"][n] == agreement.id]
            wired = Ratio(sum(columns["Wires", part][n] for part in parts for n in mine), 100)
            own = (e["agreement"] == agreement.id) & (e["payee"] == payee) & ~e.one_of("unit", UNITS)
            owed = Ratio(e.total("payable", own & (e["closing"] != "")), 100)
            if named is None or not mine or wired != owed:
                continue  # some of it is not wired
            told = [book.cell("Summary", header, named) for header in ("Agreement", "Payee")]
            tests = {
                sheet: "*".join(
                    f"({book.cells(sheet, h)}={cell})" for h, cell in zip(("Agreement", "Payee"), told, strict=True)
                )
                for sheet in ("Payout ledger", "Wires")
            }
            total = "+".join(book.cells("Wires", part) for part in parts)
            ledger_ = f'({book.cells("Payout ledger", "Closing")}<>"")*{book.cells("Payout ledger", "Payable")}'
            yield LiveCheck(
                f"wires of {payee} under {agreement.id}",
                (f"SUMPRODUCT({tests['Payout ledger']}*{ledger_})", owed),
                (f"SUMPRODUCT({tests['Wires']}*({total}))", wired),
                EQUAL,
                "payable for closings on Payout ledger = what is kept and wired on Wires",
            )


def _summary(ledger: Ledger, book: Book) -> Iterator[LiveCheck]:
    payable, paid, open_ = (book.cells("Summary", header) for header in ("Payable", "Paid", "Outstanding"))
    less = f"-{book.cells('Summary', 'Deducted')}" if book.has("Summary", "Deducted") else ""
    yield LiveCheck(
        "due is paid plus open",
        (None, Ratio(0)),
        (f"SUMPRODUCT(ABS({payable}-{paid}{less}-{open_}))", Ratio(0)),
        EQUAL,
        "payable less deducted and paid, less outstanding, on every row of Summary",
    )
    again = book.cells("Summary", "Payable, recomputed")
    yield LiveCheck(
        "Summary is what the papers give",
        (None, Ratio(0)),
        (f"SUMPRODUCT(ABS({payable}-{again}))", _off(book)),
        EQUAL,
        "payable on Summary less payable on the papers with what was decided, on every row",
    )
    if len({a.currency for a in ledger.agreements}) == 1 and book.has("Payout ledger", "Payable"):
        e = ledger.columns
        total = Ratio(e.total("payable", ~e.one_of("unit", UNITS)), 100)
        yield LiveCheck(
            "Summary is the sum of the ledger",
            (f"SUM({book.cells('Payout ledger', 'Payable')})", total),
            (f"SUM({payable})", total),
            EQUAL,
            "payable on Payout ledger = payable on Summary",
        )


def _off(book: Book) -> Ratio:
    """By how much Summary and the papers differ, row by row."""
    columns = {c.header: c for s in book.sheets if s.name == "Summary" for c in s.columns}
    pairs = zip(columns["Payable"].part(), columns["Payable, recomputed"].part(), strict=True)
    return Ratio(sum(abs((one or 0) - (other or 0)) for one, other in pairs), 100)


def _statement(book: Book) -> Iterator[LiveCheck]:
    """A payee's Statement against Summary: what it lists is all that there is."""
    if not book.has("Statement", "Payable"):
        return
    sheets = {sheet.name: {column.header: column for column in sheet.columns} for sheet in book.sheets}
    for header in ("Payable", "Invoiced", "Paid", "Outstanding"):
        total, listed = (
            Ratio(sum(filter(None, sheets[name][header].part())), 100) for name in ("Summary", "Statement")
        )
        yield LiveCheck(
            f"Statement lists all that is {header.lower()}",
            (f"SUM({book.cells('Summary', header)})", total),
            (f"SUM({book.cells('Statement', header)})", listed),
            EQUAL,
            f"{header.lower()} on Summary = {header.lower()} on Statement",
        )
