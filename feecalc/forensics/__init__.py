"""What explains an amount: the contract itself, one named departure from it, or one departure with one slip beside it.

Only what gives the amount to the cent is an explanation. Nothing is fitted, scaled or approximated, and where nothing
gives the amount it stays unexplained. The figures compared are cash by the ledger's entries, payable less what was
deducted from the proceeds, added up in the ways a person bills them: one clause or all clauses of an agreement, at one
closing or over all, for one payee or for all. Under a departure the entries of its agreement are computed anew.

Ranks. 0: the contract; 1: one departure or one slip; 2: one departure with one slip, tried only where nothing simpler
fits. A slip is arithmetic on a figure: counted twice, an expense included, two digits transposed, a wire charge.

Worked by hand: of a fee of 63,000.00 halved between two payees one is owed 31,500.00. An invoice of his for 63,000.00:
the split is not made (rank 1); or his part is counted twice (rank 1). Both fit, and nothing here tells which.
An invoice for 62,975.00: the split is not made and a wire charge of 25.00 is taken off (rank 2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from attrs import define, evolve, field, frozen

from feecalc.agreement import Agreement
from feecalc.departures import Departure, departures
from feecalc.forensics.figures import Cells, Figures, View, cells_of, known_word
from feecalc.forensics.recomputed import computed_under, most_ledgers
from feecalc.forensics.unexplained import Left, left_over
from feecalc.forensics.ways import RECKONED, SLIPS, Explanation, Figure, in_order, reckoned, slipped
from feecalc.ledger import Ledger
from feecalc.names import name_key
from feecalc.reconcile import Reconciliation

NO_EXPLANATION = "No small departure from the contract gives it to the cent."
MOST_EXPLAINED = 10  # differences whose amounts are explained, of one reconciliation


@frozen
class Findings:
    """All that was found about an amount, and how much was tried."""

    amount: int
    payee: str
    closing: str
    explanations: tuple[Explanation, ...]
    departures: int  # tried alone
    pairs: int  # departures tried with a slip beside them
    not_computed: int  # departures under which these records cannot be computed
    not_tried: int  # departures left out because the records have so many lines
    left: tuple[Left, ...]  # only where nothing explains the amount


def explanations(
    ledger: Ledger,
    amount_cents: int,
    payee: str,
    agreement: str = "",
    clause: str = "",
    closing: str = "",
    most: int = 3,
) -> list[Explanation]:
    """The first few explanations of an amount, simplest first; "" leaves payee, agreement, clause or closing open."""
    return _investigation(ledger).explained(amount_cents, payee, agreement, clause, closing)[:most]


def explained(reconciliation: Reconciliation) -> Reconciliation:
    """The reconciliation with, after each invoice that differs, the first departures that give its amount."""
    ledger = reconciliation.applied.ledger
    invoices = {row.line: row for row in reconciliation.applied.invoices}
    told, found = 0, []
    for each in reconciliation.differences:
        row = next((invoices[line] for line in each.lines if line in invoices), None)
        if each.code in ("differs", "billed-not-owed") and row is not None and told < MOST_EXPLAINED:
            told += 1
            ways = explanations(ledger, row.amount, each.payee, each.agreement, each.clause, each.closing)
            ways = ways or explanations(ledger, row.amount, each.payee, each.agreement)
            words = "; or ".join(way.text.rstrip(".") for way in ways if way.rank)
            each = evolve(each, words=f"{each.words} {f'To the cent: {words}.' if words else NO_EXPLANATION}")
        found.append(each)
    return evolve(reconciliation, differences=tuple(found))


def investigated(ledger: Ledger, amount_cents: int, payee: str = "", closing: str = "") -> Findings:
    """Everything about one amount; "" leaves the payee or the closing open."""
    investigation = _investigation(ledger)
    found = investigation.explained(amount_cents, payee, "", "", closing)
    altered, failed, left_out = (0, 0, 0) if found and not found[0].rank else investigation.tried(payee)
    alone_ = altered + RECKONED + len(SLIPS) if altered else 0
    pairs = 0 if found and found[0].rank < 2 else (altered + RECKONED) * len(SLIPS)
    left = (
        () if found else tuple(sorted(left_over(ledger, amount_cents, payee, closing), key=lambda one: abs(one.left)))
    )
    return Findings(amount_cents, payee, closing, tuple(found), alone_, pairs, failed, left_out, left)


@lru_cache(maxsize=1)
def _investigation(ledger: Ledger) -> _Investigation:
    """The investigation of a ledger, kept while the same ledger is asked about."""
    return _Investigation(ledger)


@define(eq=False)
class _Investigation:
    """A ledger's figures, and those under every departure, each computed once, when first asked for."""

    ledger: Ledger
    contract: Cells = field(init=False)
    altered: dict[int, list[tuple[Departure, Cells]]] = field(factory=dict)
    counts: dict[int, tuple[int, int, int]] = field(factory=dict)  # of each agreement, as `tried` says

    def __attrs_post_init__(self) -> None:
        self.contract = cells_of(self.ledger.columns, self._currencies())

    def explained(self, amount: int, payee: str, agreement: str, clause: str, closing: str) -> list[Explanation]:
        """All explanations of the lowest rank at which there is any."""
        asked = View(
            agreement or None,
            clause or None,
            known_word(closing, self.ledger.table.closing.words),
            known_word(payee, [name for each in self.ledger.agreements for name in each.payees]),
        )
        which = self._in_play(payee, agreement)
        contract = Figures(asked, self.contract, self._of(which), self._one_currency(which))
        found = [
            Explanation(amount, view, (), (), (), amount)
            for view in contract.distinct()
            if contract.due(view) == amount and amount
        ]
        if found or not amount:
            return found
        tried = list(self._figures(contract, asked, which))
        exact = [each for each in tried if each.amount == amount]
        found = [each.explanation(amount) for each in exact]
        for view in contract.distinct():
            found += slipped(Figure(view, contract.due(view), contract.due(view)), contract, amount, self.ledger)
        if not found:
            for each in tried:
                found += slipped(each, each.figures, amount, self.ledger)
        return in_order(found)

    def tried(self, payee: str) -> tuple[int, int, int]:
        """For a payee: how many departures were computed, under how many nothing could be, how many were left out."""
        counts = [self.counts.get(index, (0, 0, 0)) for index in self._in_play(payee, "")]
        computed, failed, left_out = (sum(each[place] for each in counts) for place in range(3))
        return computed, failed, left_out

    def _figures(self, contract: Figures, asked: View, which: Sequence[int]) -> Iterator[Figure]:
        """Every figure that differs from the contract's by one departure."""
        for view in contract.distinct():
            yield from reckoned(contract, view, self.ledger.agreements)
        for index in which:
            for departure, cells in self._under(index):
                figures = Figures(asked, cells, [self.ledger.agreements[index]], True)
                for view in figures.distinct():
                    due, by_contract = figures.due(view), contract.due(view)
                    if due != by_contract:
                        place = (departure.clause, departure.section)
                        yield Figure(view, due, by_contract, departure.kind, departure.says, place, figures)

    def _under(self, index: int) -> list[tuple[Departure, Cells]]:
        """The cells of one agreement under each departure that changes any, computed once."""
        if index not in self.altered:
            ledger = self.ledger
            agreement = ledger.agreements[index]
            contract = {key: amounts for key, amounts in self.contract.items() if key[0] == agreement.id}
            every = list(departures(ledger, index))
            tried = every[: most_ledgers(ledger)]
            found = [(each, computed_under(each.agreements, each.records, ledger, index)) for each in tried]
            self.altered[index] = [(each, cells) for each, cells in found if cells is not None and cells != contract]
            failed = sum(cells is None for _, cells in found)
            self.counts[index] = (len(tried), failed, len(every) - len(tried))
        return self.altered[index]

    def _in_play(self, payee: str, agreement: str) -> list[int]:
        """The agreements that an amount for this payee can come from."""
        return [
            index
            for index, each in enumerate(self.ledger.agreements)
            if agreement in ("", each.id) and (not payee or name_key(payee) in map(name_key, each.payees))
        ]

    def _of(self, which: Sequence[int]) -> list[Agreement]:
        return [self.ledger.agreements[index] for index in which]

    def _currencies(self) -> dict[str, str]:
        return {each.id: each.currency for each in self.ledger.agreements}

    def _one_currency(self, which: Sequence[int]) -> bool:
        return len({each.currency for each in self._of(which)}) == 1
