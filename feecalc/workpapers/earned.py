"""What a clause earns alone: as a function of its running base, or row by row."""

from __future__ import annotations

from feecalc.clauses import WarrantsPerAmount
from feecalc.money import Ratio
from feecalc.openings import opening_base, rounded_opening
from feecalc.workpapers.earning import Earning
from feecalc.workpapers.earning_by_row import earned_by_row, unrounded_by_row
from feecalc.workpapers.formulas import NOTHING, PaperColumn, Rounded, Same, added, minus, over, times


def earned_alone(of: Earning, opening: Ratio) -> PaperColumn:
    """What the clause brings before any limit; `opening` is what it had brought before these records."""
    base = of.base()
    workings = of.lines.workings
    start = rounded_opening(of.clause, opening_base(workings.agreement, of.clause, workings.balances.get(of.clause.id)))
    opening_on = Ratio(start, 1 if of.base_kind == "count" else 100)
    if isinstance(of.clause, WarrantsPerAmount) and of.clause.steps == "whole":
        return _whole_steps(of, base, opening_on)
    earning = of.clause.earning
    if of.is_direct(earning):
        before, after = of.ends(base, opening_on, "Base")
        parts = [of.as_securities(part) for part in of.on_base(earning)]
        if not of.clause.rounds_parts:
            parts = [lambda x, parts=parts: added([part(x) for part in parts])]  # type: ignore[misc]
        brought = []
        for number, part in enumerate(parts, start=1):
            told = f" {number}" if len(parts) > 1 else ""
            ends = [
                Same(of.column(f"Earned {words}{told}", of.pays, of.rounded(part(each), f"{words}{told}")))
                for each, words in ((after, of.so_far(of.clause.rounding.over)), (before, "before"))
                if each is not NOTHING
            ]
            brought.append(of.brought(f"Earned{told}", ends, total=len(parts) == 1))
        return (
            brought[0]
            if len(brought) == 1
            else of.column("Earned", of.pays, added([Same(each) for each in brought]), total=True)
        )
    return earned_by_row(of, base, opening, opening_on)


def unrounded_alone(of: Earning) -> PaperColumn:
    """What each row earns before any rounding and any limit, where nothing had accrued before these records."""
    base = of.base()
    if not of.is_direct(of.clause.earning):
        return unrounded_by_row(of, base)
    before, after = of.ends(base, Ratio(0), "Base")
    parts = [of.as_securities(part) for part in of.on_base(of.clause.earning)]
    figure = added([part(after) for part in parts])
    if before is not NOTHING:
        figure = minus(figure, added([part(before) for part in parts]))
    return of.column("Earned, unrounded", "number", Rounded(figure, of.decimals))


def _whole_steps(of: Earning, base: PaperColumn, start: Ratio) -> PaperColumn:
    clause = of.clause
    assert isinstance(clause, WarrantsPerAmount)
    count = of.term("warrants", "count", Ratio(clause.warrants))
    per = of.term("for each whole", of.base_kind, Ratio(clause.per, 100))
    before, after = of.ends(base, start, "Base")
    steps = [times(Rounded(Rounded(over(each, per), of.decimals), 0, "down"), count) for each in (after, before)]
    return of.column("Earned", of.pays, minus(*steps), total=True)
