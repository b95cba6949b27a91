"""Formulas in a spreadsheet's words: addresses for columns and terms, functions for what a formula does.

Every formula comes from the trees of `workpapers.formulas`; nothing of it is text from outside. Sheets and columns are
told by where they stand, so that an address is only a sheet's lawful name, a letter and a row.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from feecalc.workpapers.formulas import (
    Above,
    Carried,
    Chosen,
    Combined,
    Compared,
    Extreme,
    Formula,
    Label,
    Number,
    Owed,
    PaperColumn,
    Pick,
    Reached,
    Room,
    Rounded,
    Run,
    Running,
    RunningWithin,
    Same,
    Stepped,
    Term,
    Total,
)

ROUNDING = {"half up": "ROUND", "down": "ROUNDDOWN", "up": "ROUNDUP"}
_BINDS = {"+": 1, "-": 1, "*": 2, "/": 2}


@frozen
class At:
    """Where a column stands: its sheet's name, its letter, the header's row and the last row of its data."""

    sheet: str
    letter: str
    header: int
    last: int


@frozen(eq=False)
class Words:
    """The formulas of one workbook in words; `places` tells where each column stands.

    In a text `{r}` is the row's own number and `{p}` that of the row above.
    """

    places: Mapping[int, At]  # by the identity of the column

    def column(self, column: PaperColumn) -> str:
        """The formula of a whole column."""
        assert column.formula is not None
        return self._said(column.formula, column)

    def cell(self, formula: Formula, column: PaperColumn) -> str:
        """A formula that one cell of a column has of its own."""
        return self._said(formula, column)

    def whole(self, column: PaperColumn, own: PaperColumn | None = None, header: bool = False) -> str:
        """All cells of a column, with its header where asked."""
        at = self.places[id(column)]
        first = at.header if header else at.header + 1
        return f"{self._sheet(column, own)}${at.letter}${first}:${at.letter}${max(at.last, first)}"

    def _sheet(self, column: PaperColumn, own: PaperColumn | None) -> str:
        """The sheet of an address, where it is not the formula's own."""
        at = self.places[id(column)]
        if own is not None and id(own) in self.places and self.places[id(own)].sheet == at.sheet:
            return ""
        return quoted(at.sheet)

    def _here(self, column: PaperColumn, own: PaperColumn, row: str) -> str:
        return f"{self._sheet(column, own)}{self.places[id(column)].letter}{row}"

    def _term(self, term: Term | Label, own: PaperColumn) -> str:
        at = self.places[id(term.column)]
        return f"{self._sheet(term.column, own)}${at.letter}${at.header + 1 + term.row}"

    def _run(self, run: Run, own: PaperColumn) -> str:
        at = self.places[id(run.column)]
        first = at.header + 1 + run.first
        last = first + len(run.ratios) - 1
        return f"{self._sheet(run.column, own)}${at.letter}${first}:${at.letter}${last}"

    def _digits(self, digits: int | Term, own: PaperColumn) -> str:
        return str(digits) if isinstance(digits, int) else self._term(digits, own)

    def _said(self, formula: Formula, own: PaperColumn) -> str:
        match formula:
            case Number(number=number):
                return str(number)
            case Term():
                return self._term(formula, own)
            case Same(column=column):
                return self._here(column, own, "{r}")
            case Above(column=column):
                return f"N({self._here(column, own, '{p}')})"
            case Combined():
                return self._combined(formula, own)
            case Compared(sign=sign, left=left, right=right):
                return f"({self._said(left, own)}{sign}{self._said(right, own)})"
            case Rounded(figure=figure, digits=digits, mode=mode):
                return f"{ROUNDING[mode]}({self._said(figure, own)},{self._digits(digits, own)})"
            case Extreme(which=which, figures=figures):
                return f"{which}({','.join(self._said(figure, own) for figure in figures)})"
            case Chosen(condition=condition, then=then, otherwise=otherwise):
                return f"IF({','.join(self._said(each, own) for each in (condition, then, otherwise))})"
            case Carried(condition=condition, figure=figure):
                return f"IF({self._said(condition, own)}=0,N({self._own(own)}{{p}}),{self._said(figure, own)})"
            case Total(column=column):
                return f"SUM({self.whole(column, own)})"
            case Running(figure=figure, digits=digits):
                total = f"SUM({self._own(own)}{{p}},{self._said(figure, own)})"
                return total if digits == 0 else f"ROUND({total},{self._digits(digits, own)})"
            case RunningWithin():
                return self._running_within(formula, own)
            case Pick(column=column, pointer=pointer):
                return f"N(INDEX({self.whole(column, own, header=True)},{self._here(pointer, own, '{r}')}))"
            case Room():
                return self._room(formula, own)
            case Owed():
                return self._owed(formula, own)
            case Stepped(base=base, lows=lows, changes=changes):
                begun, beginnings = self._said(base, own), self._run(lows, own)
                return f"SUMPRODUCT(({begun}>{beginnings})*({begun}-{beginnings})*{self._run(changes, own)})"
            case Reached(base=base, lows=lows, rates=rates, strictly=strictly):
                sign = ">" if strictly else ">="
                passed = f"SUMPRODUCT(({self._said(base, own)}{sign}{self._run(lows, own)})*1)"
                return f"INDEX({self._run(rates, own)},MAX(1,{passed}))"

    def _own(self, own: PaperColumn) -> str:
        return self.places[id(own)].letter

    def _combined(self, formula: Combined, own: PaperColumn) -> str:
        left, right = self._said(formula.left, own), self._said(formula.right, own)
        binds = _BINDS[formula.sign]
        if isinstance(formula.left, Combined) and _BINDS[formula.left.sign] < binds:
            left = f"({left})"
        if isinstance(formula.right, Combined) and (
            _BINDS[formula.right.sign] < binds or (_BINDS[formula.right.sign] == binds and formula.sign in "-/")
        ):
            right = f"({right})"
        return f"{left}{formula.sign}{right}"

    def _running_within(self, formula: RunningWithin, own: PaperColumn) -> str:
        at = self.places[id(own)]
        above = f"{at.letter}${at.header}:{at.letter}{{p}}"
        total = f"N(INDEX({above},{self._here(formula.before, own, '{r}')}))+{self._said(formula.figure, own)}"
        return total if formula.digits == 0 else f"ROUND({total},{self._digits(formula.digits, own)})"

    def _room(self, formula: Room, own: PaperColumn) -> str:
        key, paid = (self.places[id(column)] for column in (formula.key, formula.paid))
        above = [f"{at.letter}${at.header}:{at.letter}{{p}}" for at in (paid, key)]
        used = f"SUMIFS({above[0]},{above[1]},{key.letter}{{r}})"
        limit = self._term(formula.limit, own)
        if isinstance(formula.opening, Term):
            limit += f"-{self._term(formula.opening, own)}"
        return f"IF({key.letter}{{r}}=0,{self._said(formula.figure, own)},MAX(0,{limit}-{used}))"

    def _owed(self, formula: Owed, own: PaperColumn) -> str:
        first, last = (self.places[id(column)] for column in (formula.columns[0], formula.columns[-1]))
        sheet = self._sheet(formula.columns[0], own)
        named = f"{sheet}${first.letter}${first.header}:${last.letter}${max(last.last, last.header + 1)}"
        return (
            f"COUNTIF(INDEX({named},{self._here(formula.pointer, own, '{r}')},0),{self._term(formula.agreement, own)})"
        )


def quoted(sheet: str) -> str:
    """A sheet's name as addresses have it, with its braces doubled for the rows to be filled in."""
    name = sheet.replace("'", "''").replace("{", "{{").replace("}", "}}")
    return f"'{name}'!" if not sheet.isalnum() else f"{name}!"
