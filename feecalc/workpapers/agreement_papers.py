"""What the papers of one agreement's clauses share: its lines and terms, what accrues under each, running totals."""

from __future__ import annotations

from attrs import define, field

from feecalc.clauses import (
    AnyClause,
    Clause,
)
from feecalc.money import Ratio
from feecalc.openings import base_counts
from feecalc.totals import Mask
from feecalc.workpapers.formulas import (
    Formula,
    Kind,
    NotLive,
    Paper,
    PaperColumn,
    Running,
    RunningWithin,
    Term,
)
from feecalc.workpapers.lines import AgreementLines


@define(eq=False)
class AgreementPapers:
    """The papers of one agreement's clauses; `accrued` holds the column of what accrues under each one."""

    lines: AgreementLines
    decimals: dict[str, int]  # how many decimals the unrounded figures of each clause keep
    accrued: dict[str, PaperColumn] = field(factory=dict)
    taken: dict[str, PaperColumn] = field(factory=dict)  # cash of a clause that is taken in securities
    papers: list[Paper] = field(factory=list)
    limits: dict[str, tuple[Term, Term | None]] = field(factory=dict)  # of a clause, and what was used before

    def term(self, clause: Clause, words: str, kind: Kind, value: Ratio) -> Term:
        return self.lines.terms.term(self.lines.agreement.id, clause.id, words, kind, value)

    def decimals_of(self, clause: Clause) -> Term:
        return self.lines.terms.decimals(self.lines.agreement.id, clause.id, self.decimals[clause.id])

    def opening(self, clause: Clause) -> tuple[Ratio, Ratio]:
        """What had accrued, and on what base, in units of the currency or in securities."""
        amount, base = self.lines.workings.opening(clause)
        counted = base_counts(self.lines.agreement, clause)
        return Ratio(amount, 1 if clause.counted else 100), Ratio(base, 1 if counted else 100)

    def versions(self, clause: Clause) -> list[tuple[AnyClause, Mask | None]]:
        return self.lines.workings.versions(clause.id)

    def only_version(self, clause: Clause) -> None:
        if len(self.versions(clause)) > 1:
            raise NotLive("amendments change its terms")

    def within(self, figure: Formula, paper: Paper, kind: Kind, header: str, scope: str | None) -> PaperColumn:
        """The running total of a figure over the agreement, or within each closing or investor."""
        digits = 2 if kind == "money" else 0
        if scope is None:
            return paper.computed(header, kind, Running(figure, digits, paper.rows))  # type: ignore[arg-type]
        before = self.lines.before_within(scope)
        codes = self.lines.rows.scope[scope]
        return paper.computed(header, kind, RunningWithin(figure, digits, before, codes))  # type: ignore[arg-type]


def pays(clause: Clause) -> Kind:
    """The kind of what a clause brings."""
    return "count" if clause.counted else "money"
