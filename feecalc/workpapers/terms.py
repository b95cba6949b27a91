"""The terms as cells: every figure of an agreement that a formula uses, with the clause that states it.

A cell holds a rate, an amount of money, a count or a price. They are inputs: who changes one sees what follows from it
throughout the workbook. How many decimals an unrounded figure keeps is not a term but a property of the papers.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from feecalc.money import Ratio
from feecalc.workpapers.formulas import Kind, Label, Paper, PaperColumn, Run, Term, minus, ratios

HEADERS: dict[Kind, str] = {"rate": "Rate", "money": "Money", "count": "Count", "price": "Price"}
CHANGE, DECIMALS = "Change of rate", "Decimals kept"


@define(eq=False)
class Terms:
    """The terms of all agreements, one a row, gathered while the papers are drawn up; `close` makes them a paper."""

    paper: Paper = field(factory=lambda: Paper("Terms", "The terms as figures, each with its clause", "terms", 0))
    _words: list[tuple[str, str, str]] = field(factory=list)
    _values: list[tuple[str, Ratio]] = field(factory=list)
    _columns: dict[str, PaperColumn] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for header in ("Agreement", "Clause", "Term"):
            self._columns[header] = self.paper.text(header, ())
        for kind, header in HEADERS.items():
            self._columns[header] = PaperColumn(self.paper, header, kind, mark="input")
            self.paper.columns.append(self._columns[header])
        for header, kind in ((CHANGE, "rate"), (DECIMALS, "count")):
            self._columns[header] = PaperColumn(self.paper, header, kind)
            self.paper.columns.append(self._columns[header])

    def agreement(self, name: str) -> Label:
        """The cell of an agreement's id."""
        self._words.append((name, "", "id of the agreement, as Closings names it"))
        self._values.append(("", Ratio(0)))
        return Label(self._columns["Agreement"], len(self._words) - 1, name)

    def term(self, agreement: str, clause: str, words: str, kind: Kind, value: Ratio) -> Term:
        """A figure: a rate, a count or a price as it is, money in units of the currency."""
        return self._add(agreement, clause, words, value, HEADERS[kind])

    def decimals(self, agreement: str, clause: str, digits: int, where: str = "") -> Term:
        """How many decimals unrounded figures of a clause keep."""
        return self._add(agreement, clause, f"decimals kept before rounding {where}".strip(), Ratio(digits), DECIMALS)

    def found(self, agreement: str, clause: str, words: str) -> Term | None:
        """The first figure of a clause whose words contain these."""
        for row, (own, its_clause, told) in enumerate(self._words):
            header, value = self._values[row]
            if (own, its_clause) == (agreement, clause) and words in told and header in HEADERS.values():
                return Term(self._columns[header], row, value)
        return None

    def run(self, agreement: str, clause: str, words: Sequence[str], kind: Kind, values: Sequence[Ratio]) -> Run:
        """Several figures of one kind, one below the other."""
        cells = [self.term(agreement, clause, each, kind, value) for each, value in zip(words, values, strict=True)]
        return Run(cells[0].column, cells[0].row, tuple(values))

    def changes(self, agreement: str, clause: str, words: Sequence[str], rates: Run) -> Run:
        """By how much each rate differs from the one before it: what a base above a step's beginning adds."""
        differences = [rate - before for rate, before in zip(rates.ratios, (Ratio(0), *rates.ratios[:-1]), strict=True)]
        first = len(self._words)
        for place, (each, difference) in enumerate(zip(words, differences, strict=True)):
            self._words.append((agreement, clause, f"{each}: change of rate"))
            self._values.append((CHANGE, difference))
            rate = Term(rates.column, rates.first + place, rates.ratios[place])
            last = Term(rates.column, rates.first + place - 1, rates.ratios[place - 1])
            self._columns[CHANGE].cells[first + place] = minus(rate, last) if place else rate
        return Run(self._columns[CHANGE], first, tuple(differences))

    def _add(self, agreement: str, clause: str, words: str, value: Ratio, header: str) -> Term:
        self._words.append((agreement, clause, words))
        self._values.append((header, value))
        return Term(self._columns[header], len(self._words) - 1, value)

    def close(self) -> Paper:
        """The paper of all terms. A cell without a figure of its column is empty."""
        self.paper.rows = len(self._words)
        for place, header in enumerate(("Agreement", "Clause", "Term")):
            self._columns[header].texts = [words[place] for words in self._words]
        for header in (*HEADERS.values(), CHANGE, DECIMALS):
            column = self._columns[header]
            column.values = ratios([value if own == header else Ratio(0) for own, value in self._values])
            column.given_on = [own == header for own, _ in self._values]
        return self.paper
