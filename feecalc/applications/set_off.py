"""Set-off, where the agreement allows it: what the payee has too much reduces what else is open for it.

Too much is what a payment pays beyond all that it could be for, and what was taken back and is neither returned nor
credited. It is set against all that is open and due for the payee under the agreement, or the only amount that is; else
nobody says against which. What is not due yet, and is not to be returned yet, waits for its day: `set_off: allowed`
says that one debt lowers another, and not that it does so before either has to be paid.

Worked by hand: 5,000.00 paid on an invoice, 1,000.00 of it taken back by a rescission, and 3,000.00 billed later, of
which 2,000.00 was paid: the 1,000.00 is set against what is open, and nothing is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from feecalc.applications.sides import Application, Side
from feecalc.dates import day_number
from feecalc.ledger import Ledger
from feecalc.matching import Matching

RULE = "set-off"


class SetOff:
    """The items of each pool that are due, in the order of their days, and the agreements that allow set-off.
    `due_on` gives the day on which an item is due.
    """

    def __init__(self, ledger: Ledger, paying: Matching, by_day: Sequence[int], due_on: Callable[[int], int]) -> None:
        self.paying = paying
        self.allowed = {agreement.id for agreement in ledger.agreements if agreement.set_off == "allowed"}
        today = day_number(ledger.as_of)
        self.by_day = [item for item in by_day if due_on(item) <= today] if self.allowed else []
        self.in_pool: dict[str, list[int]] = {}
        for item in self.by_day:
            self.in_pool.setdefault(paying.items[item].pool, []).append(item)

    def of_payments(self) -> bool:
        """Apply what was overpaid to what else is open. Returns whether anything was set off."""
        paying, against = self.paying, list[int]()
        applied = {match.document for match in paying.matches if match.amount} if self.allowed else set()
        for document, doc in enumerate(paying.documents) if self.allowed else ():
            left = paying.left[document]
            if doc.names[0] in self.allowed and left > 0 and document in applied:
                free = self._against(doc.pool, doc.names[0], left)
                for item in free:
                    paying.apply(document, item, min(paying.unmet[item], paying.left[document]), RULE)
                against += free
        return bool(against)

    def of_items(self, side: Callable[[int], Side], owed: Callable[[int], bool]) -> Iterator[Application]:
        """What was taken back and is open, set against what else is; `side` is what an item of the matching is, `owed`
        tells whether it is what the ledger says: no invoice or credit note that a person has to look into.
        """
        open_ = self.paying.unmet
        for back in self.by_day:
            its = self.paying.items[back]
            if open_[back] >= 0 or its.names[0] not in self.allowed or not owed(back):
                continue
            for item in self._against(its.pool, its.names[0], -open_[back], owed):
                amount = min(open_[item], -open_[back])
                open_[item] -= amount
                open_[back] += amount
                yield Application(side(back), side(item), amount, RULE, "what was taken back, of what else is open")

    def _against(
        self, pool: str, agreement: str, amount: int, owed: Callable[[int], bool] = lambda item: True
    ) -> list[int]:
        """All items that are open for a payee under an agreement, if the amount is enough for them or there is one."""
        items, open_ = self.paying.items, self.paying.unmet
        free = [item for item in self.in_pool.get(pool, ()) if open_[item] > 0]
        free = [item for item in free if items[item].names[0] in ("", agreement) and owed(item)]
        return free if len(free) == 1 or sum(open_[item] for item in free) <= amount else []
