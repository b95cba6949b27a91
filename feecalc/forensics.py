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

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import pandas as pd
from attrs import define, evolve, field, frozen

from feecalc.agreement import Agreement
from feecalc.clauses import Advance, Reimbursement
from feecalc.departures import KINDS, Departure, alone, departures, introduced, throughout
from feecalc.engagement import entries_under, linked
from feecalc.ledger import Ledger
from feecalc.measures import needed_columns
from feecalc.money import divided, plain_money, shown_money
from feecalc.names import name_key
from feecalc.problems import Problems
from feecalc.reconcile import Reconciliation
from feecalc.records import Records

# Cents that banks commonly take for a wire, the sender's or the receiver's.
WIRE_CHARGES = (
    5_00,
    7_50,
    10_00,
    12_00,
    12_50,
    15_00,
    16_00,
    17_50,
    18_00,
    20_00,
    25_00,
    30_00,
    35_00,
    40_00,
    45_00,
    50_00,
)
MEASURES = ("payable", "deducted", "recouped", "held", "in_securities", "decided", "accrued")
SLIPS = ("duplicate", "expense", "transposed", "wire charge")
RECKONED = 9  # ways in which `_reckoned` takes one figure otherwise
MOST_CLOSINGS = 12  # up to so many are looked at one by one as if an agreement's own
MOST_LINES = 5_000_000  # gone through for one agreement, all its departures taken together

Cell: TypeAlias = tuple[str, str, str, str]  # agreement, clause, closing ("" for none), payee
Cells: TypeAlias = dict[Cell, tuple[int, ...]]  # MEASURES in cents


@frozen(order=True)
class View:
    """Which entries a figure adds up; None stands for all of them."""

    agreement: str | None
    clause: str | None
    closing: str | None
    payee: str | None


@frozen
class Explanation:
    """One way in which the amount comes out to the cent.

    `kinds` are those of `departures.KINDS`, none for the contract itself; `words` what is done otherwise, one for each;
    `places` what the departures depart from (agreement, clause and section). `view` says of which figure, and
    `contract` what the contract gives for it, in cents.
    """

    amount: int
    view: View
    kinds: tuple[str, ...]
    words: tuple[str, ...]
    places: tuple[str, ...]
    contract: int

    @property
    def rank(self) -> int:
        """How many departures it takes."""
        return len(self.kinds)

    @property
    def text(self) -> str:
        """The explanation in one line."""
        if not self.kinds:
            return f"{self.figure}: as the contract has it"
        places = "; ".join(dict.fromkeys(place for place in self.places if place))
        tail = f" ({places})" if places else ""
        return f"{self.figure}: {', and '.join(self.words)}; by the contract {shown_money(self.contract)}{tail}"

    @property
    def figure(self) -> str:
        """Which figure it is, in words."""
        view = self.view
        name = view.agreement or "all agreements"
        clause = view.clause or "all clauses"
        where = {"": "outside closings", None: "all closings"}.get(view.closing, f"closing {view.closing}")
        return f"{name} {clause}, {where}, {view.payee or 'all payees'}"


@frozen
class Left:
    """What an agreement's clauses would accrue were all lines of a closing its own, and what of the amount is left.

    `closing` is None for all closings. Cents; `left` is negative where they accrue more than the amount.
    """

    agreement: str
    closing: str | None
    clauses: tuple[str, ...]
    accrued: int
    left: int


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


NO_EXPLANATION = "No small departure from the contract gives it to the cent."
MOST_EXPLAINED = 10  # differences whose amounts are explained, of one reconciliation


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
        () if found else tuple(sorted(_left_over(ledger, amount_cents, payee, closing), key=lambda one: abs(one.left)))
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
        self.contract = _cells(self.ledger.entries, self._currencies())

    def explained(self, amount: int, payee: str, agreement: str, clause: str, closing: str) -> list[Explanation]:
        """All explanations of the lowest rank at which there is any."""
        asked = View(
            agreement or None,
            clause or None,
            _known(closing, self.ledger.table.closing.words),
            _known(payee, [name for each in self.ledger.agreements for name in each.payees]),
        )
        which = self._in_play(payee, agreement)
        contract = _Figures(asked, self.contract, self._of(which), self._one_currency(which))
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
            found += self._slipped(contract, _Figure(view, contract.due(view), contract.due(view)), contract, amount)
        if not found:
            for each in tried:
                found += self._slipped(contract, each, each.figures, amount)
        return _in_order(found)

    def tried(self, payee: str) -> tuple[int, int, int]:
        """For a payee: how many departures were computed, under how many nothing could be, how many were left out."""
        counts = [self.counts.get(index, (0, 0, 0)) for index in self._in_play(payee, "")]
        computed, failed, left_out = (sum(each[place] for each in counts) for place in range(3))
        return computed, failed, left_out

    def _figures(self, contract: _Figures, asked: View, which: Sequence[int]) -> Iterator[_Figure]:
        """Every figure that differs from the contract's by one departure."""
        for view in contract.distinct():
            yield from _reckoned(contract, view, self.ledger.agreements)
        for index in which:
            for departure, cells in self._under(index):
                figures = _Figures(asked, cells, [self.ledger.agreements[index]], True)
                for view in figures.distinct():
                    due, by_contract = figures.due(view), contract.due(view)
                    if due != by_contract:
                        place = (departure.clause, departure.section)
                        yield _Figure(view, due, by_contract, departure.kind, departure.says, place, figures)

    def _slipped(
        self, contract: _Figures, figure: _Figure, figures: _Figures | None, amount: int
    ) -> Iterator[Explanation]:
        """What one slip makes of a figure, where that is the amount."""
        view = figure.view
        if figure.amount:
            parts = figures.parts(view) if figures is not None else []
            for name, part in [("it", figure.amount), *(parts if len(parts) > 1 else [])]:
                if figure.amount + part == amount:
                    yield figure.explanation(amount, "duplicate", f"{name} is counted twice")
            if transposed(figure.amount, amount):
                words = f"two digits of {shown_money(figure.amount)} are transposed"
                yield figure.explanation(amount, "transposed", words)
            if abs(amount - figure.amount) in WIRE_CHARGES:
                done = "added" if amount > figure.amount else "taken off"
                words = f"a wire charge of {shown_money(abs(amount - figure.amount))} is {done}"
                yield figure.explanation(amount, "wire charge", words)
        if view.agreement is not None:
            for spent, words in self._expenses(view.agreement):
                if figure.amount + spent == amount:
                    yield figure.explanation(amount, "expense", words)

    def _expenses(self, agreement: str) -> list[tuple[int, str]]:
        """Recorded expenses of an agreement, one by one and all together."""
        mine = [e for e in self.ledger.records.expenses if e.agreement == agreement and e.date <= self.ledger.as_of]
        found = [(e.amount, f"the expense of {e.date}, {shown_money(e.amount)}, is included ({e.line})") for e in mine]
        if len(mine) > 1:
            total = sum(each.amount for each in mine)
            found.append((total, f"all recorded expenses, {shown_money(total)}, are included"))
        return found

    def _under(self, index: int) -> list[tuple[Departure, Cells]]:
        """The cells of one agreement under each departure that changes any, computed once."""
        if index not in self.altered:
            ledger = self.ledger
            agreement = ledger.agreements[index]
            contract = {key: amounts for key, amounts in self.contract.items() if key[0] == agreement.id}
            every = list(departures(ledger, index))
            tried = every[: _most(ledger)]
            found = [(each, _computed(each.agreements, each.records, ledger, index)) for each in tried]
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


def _most(ledger: Ledger) -> int:
    """How many ledgers of one agreement are computed for one question."""
    return divided(MOST_LINES, max(1, len(ledger.table)), "up")


def _computed(agreements: Sequence[Agreement], records: Records, ledger: Ledger, index: int) -> Cells | None:
    """The cells of one agreement under other terms or records; None where they do not go together."""
    problems = Problems()
    short = records
    if not any(needed.must for agreement in agreements for needed in needed_columns(agreement)):
        short = evolve(records, introductions=())  # they name agreements only, and these are the same
    linked(agreements, short, problems)
    if len(problems):
        return None
    same = records is ledger.records and all(map(_attributed_alike, agreements, ledger.agreements))
    try:
        entries = entries_under(agreements, records, ledger.as_of, index, ledger.attribution if same else None)
    except OverflowError:
        return None
    return _cells(entries, {each.id: each.currency for each in agreements})


def _attributed_alike(one: Agreement, other: Agreement) -> bool:
    """Whether two versions of an agreement are owed on the same lines of the same records."""

    def telling(agreement: Agreement) -> list[object]:
        days = [(amendment.effective, amendment.rules) for amendment in agreement.amendments]
        terms = agreement.in_force()
        return [days, [(each.term, each.tail, each.covers, each.currency, each.conversion) for each in terms]]

    return one is other or telling(one) == telling(other)


def _known(wanted: str, words: Iterable[str]) -> str | None:
    """The word with the same key, None where nothing is wanted."""
    return next((word for word in words if name_key(word) == name_key(wanted)), wanted) if wanted else None


def _in_order(found: Sequence[Explanation]) -> list[Explanation]:
    """Simplest first: fewer departures, then the order of the kinds, then the narrower figure. Departures of one kind
    that give one figure alike are told together.
    """
    order = list(KINDS)
    keyed = sorted(found, key=lambda each: (each.rank, [order.index(kind) for kind in each.kinds], _width(each.view)))
    merged: dict[tuple[View, tuple[str, ...]], Explanation] = {}
    for each in dict.fromkeys(keyed):
        key = (each.view, each.kinds if each.rank == 1 else each.words)
        same = merged.get(key)
        if same is not None:
            words = "; or ".join(dict.fromkeys([*same.words, *each.words]))
            each = evolve(each, words=(words,), places=tuple(dict.fromkeys([*same.places, *each.places])))
        merged[key] = each
    return list(merged.values())


def transposed(one: int, other: int) -> bool:
    """Whether two amounts differ by two neighbouring digits that changed places."""
    first, second = plain_money(one).replace(".", ""), plain_money(other).replace(".", "")
    differ = [place for place in range(min(len(first), len(second))) if first[place] != second[place]]
    return (
        len(first) == len(second)
        and len(differ) == 2
        and differ[1] == differ[0] + 1
        and first[differ[0]] == second[differ[1]]
        and first[differ[1]] == second[differ[0]]
    )


# ---- figures ---------------------------------------------------------------------------------------------------------


def _cells(entries: pd.DataFrame, currencies: dict[str, str]) -> Cells:
    """Entries in cash, added up by agreement, clause, closing and payee."""
    cash = entries[entries["unit"] == entries["agreement"].map(currencies)]
    summed = cash.groupby(["agreement", "clause", "closing", "payee"], sort=False)[list(MEASURES)].sum()
    keys, amounts = summed.index.tolist(), summed.to_numpy().tolist()
    return {(str(a), str(b), str(c), str(d)): tuple(each) for (a, b, c, d), each in zip(keys, amounts, strict=True)}


@define(eq=False)
class _Figures:
    """The figures of one ledger that a question is about: sums of its cells, by view.

    `together` says whether agreements may be added up.
    """

    asked: View
    every: Cells  # whoever the payee
    agreements: Sequence[Agreement]
    together: bool
    cells: Cells = field(init=False)
    members: dict[View, list[Cell]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        asked, mine = self.asked, {each.id for each in self.agreements}
        self.every = {key: each for key, each in self.every.items() if key[0] in mine and _fits(asked, key)}
        wanted = None if asked.payee is None else name_key(asked.payee)
        self.cells = {key: each for key, each in self.every.items() if wanted in (None, name_key(key[3]))}
        self.members = {}
        several = self.together and len({key[0] for key in self.cells}) > 1
        for key in self.cells:
            for view in _views(asked, key, several):
                self.members.setdefault(view, []).append(key)
        for each in self.agreements:
            self.members.setdefault(evolve(asked, agreement=each.id), [])

    def distinct(self) -> list[View]:
        """The views, narrow before wide, without those that add up the same cells as a narrower one."""
        seen: set[tuple[str | None, frozenset[Cell]]] = set()
        found = []
        for view in sorted(self.members, key=_width):
            telling = frozenset(key for key in self.members[view] if any(self.cells[key]))
            same = (None if telling else view.agreement, telling)
            if same not in seen:
                seen.add(same)
                found.append(view)
        return found

    def due(self, view: View) -> int:
        """What is payable and was not deducted, in cents; nothing where there is no entry."""
        return sum(_due(self.cells[key]) for key in self.members.get(view, ()))

    def of(self, view: View, measure: str) -> int:
        """One measure of the figure's cells, in cents."""
        place = MEASURES.index(measure)
        return sum(self.cells[key][place] for key in self.members.get(view, ()))

    def whole(self, view: View) -> int:
        """What is due to all payees of those clauses of which the figure's payee has a part."""
        shared = {key[:3] for key in self.members.get(view, ())}
        return sum(_due(amounts) for key, amounts in self.every.items() if key[:3] in shared)

    def parts(self, view: View) -> list[tuple[str, int]]:
        """The figure's own clauses and closings, each with what is due of it; only what is not nothing."""
        found: dict[str, int] = {}
        for key in self.members.get(view, ()):
            if view.clause is None:
                name = f"{key[0]} {key[1]}" if view.agreement is None else key[1]
                found[name] = found.get(name, 0) + _due(self.cells[key])
            if view.closing is None and key[2]:
                name = f"closing {key[2]}"
                found[name] = found.get(name, 0) + _due(self.cells[key])
        return [(name, due) for name, due in found.items() if due]


@frozen(eq=False)
class _Figure:
    """One figure by one departure: what it comes to, and what the contract gives in its place."""

    view: View
    amount: int
    contract: int
    kind: str = ""  # "" for the contract's own
    says: str = ""
    place: tuple[str, str] = ("", "")  # clause and section that it departs from
    figures: _Figures | None = None

    def explanation(self, amount: int, slip: str = "", says: str = "") -> Explanation:
        """The figure as an explanation, perhaps with a slip beside its departure."""
        done = [(kind, words) for kind, words in ((self.kind, self.says), (slip, says)) if kind]
        kinds, words = tuple(kind for kind, _ in done), tuple(words for _, words in done)
        clause, section = self.place
        place = section if clause in ("", self.view.clause) else f"{clause}: {section}"
        return Explanation(amount, self.view, kinds, words, (place,) if place else (), self.contract)


def _due(amounts: tuple[int, ...]) -> int:
    return amounts[0] - amounts[1]


def _reckoned(figures: _Figures, view: View, agreements: Sequence[Agreement]) -> Iterator[_Figure]:
    """One figure of the contract taken otherwise: what it leaves out or counts beside."""
    due = figures.due(view)
    own = next((each for each in agreements if each.id == view.agreement), None)
    clause = own.as_amended().clause(view.clause) if own is not None and view.clause else None
    place = (clause.id, clause.section) if clause is not None else ("", "")

    def taken(kind: str, says: str, amount: int, where: tuple[str, str] = place) -> Iterator[_Figure]:
        if amount != due:
            yield _Figure(view, amount, due, kind, says, where)

    if figures.asked.payee is not None:
        yield from taken("split", "the split is not made", figures.whole(view))
    recouped = figures.of(view, "recouped")
    if recouped and own is not None:
        advances = [each for each in own.as_amended().clauses if isinstance(each, Advance)]
        where = (advances[0].id, advances[0].section)
        yield from taken("advance", "the advance is not credited", due + recouped, where)
        ids = {each.id for each in advances}
        paid = sum(_due(figures.cells[key]) for key in figures.members.get(view, ()) if key[1] in ids)
        if paid:
            says = "the advance is neither paid nor credited"
            yield from taken("advance", says, due + recouped - paid, where)
    parts = figures.parts(view)
    for name, part in parts if len(parts) > 2 else ():
        yield from taken("clause", f"{name} is left out", due - part)
    for measure, says in (
        ("held", "what waits is asked for as well"),
        ("in_securities", "what is taken in securities is asked for as well"),
        ("deducted", "what was deducted from the proceeds is asked for as well"),
    ):
        yield from taken("counted", says, due + figures.of(view, measure))
    yield from taken("counted", "decisions are ignored", due - figures.of(view, "decided"))


def _fits(asked: View, key: Cell) -> bool:
    """Whether a cell belongs to the agreement, clause and closing that are asked about."""
    wanted = (asked.agreement, asked.clause, asked.closing)
    return all(each is None or each == found for each, found in zip(wanted, key[:3], strict=True))


def _views(asked: View, key: Cell, several: bool) -> Iterator[View]:
    """Every view that a cell belongs to, within the question."""
    agreement, clause, closing, payee = key
    for of_payee in (payee,) if asked.payee is not None else (payee, None):
        for of_closing in (closing,) if asked.closing is not None else (closing, None):
            for of_clause in (clause,) if asked.clause is not None else (clause, None):
                yield View(agreement, of_clause, of_closing, of_payee)
            if several and asked.clause is None:
                yield View(None, None, of_closing, of_payee)


def _width(view: View) -> tuple[bool, ...]:
    """How much a view leaves open: agreements before payees before clauses before closings."""
    return (view.agreement is None, view.payee is None, view.clause is None, view.closing is None)


# ---- what each agreement would explain -------------------------------------------------------------------------------


def _left_over(ledger: Ledger, amount: int, payee: str, closing: str) -> Iterator[Left]:
    """For each agreement, as if the lines of a closing were all its own: its first clause alone, it with each other,
    and all together.
    """
    table = ledger.table
    wanted = _known(closing, table.closing.words)
    used = [table.closing.words[code] for code in sorted(set(table.closing.codes.tolist()), key=table.rank.__getitem__)]
    several: list[str | None] = (
        [None, *used] if 1 < len(used) <= MOST_CLOSINGS else [*used] if len(used) == 1 else [None]
    )
    several = several[: _most(ledger)]
    for index, agreement in enumerate(ledger.agreements):
        if payee and name_key(payee) not in map(name_key, agreement.payees):
            continue
        for each in [wanted] if wanted is not None else several:
            accrued = _as_if(ledger, index, each, payee)
            names = list(accrued)
            sets = [names[:1], *([names[0], other] for other in names[1:]), names if len(names) > 2 else []]
            for clauses in sets:
                if clauses:
                    total = sum(accrued[name] for name in clauses)
                    yield Left(agreement.id, each, tuple(clauses), total, amount - total)


def _as_if(ledger: Ledger, index: int, closing: str | None, payee: str) -> dict[str, int]:
    """What each clause would accrue in cash at a closing whose lines are all one agreement's; advances aside."""
    table, agreement = ledger.table, ledger.agreements[index]
    lines = np.ones(len(table), dtype=bool)
    if closing is not None:
        lines = table.scope == table.closing.words.index(closing) if closing in table.closing.words else ~lines
    records = evolve(ledger.records, closings=introduced(table, lines, agreement.id))
    agreements = list(alone(ledger, index))
    if not isinstance(agreement.covers.investors, str):
        names = tuple(dict.fromkeys(table.investor[int(line)] for line in np.flatnonzero(lines)))
        listed = (*agreement.covers.investors, *names)
        agreements[index] = throughout(
            agreement, lambda each: evolve(each, covers=evolve(each.covers, investors=listed))
        )
    cells = _computed(agreements, records, ledger, index) or {}
    clauses = {c.id: 0 for c in agreement.as_amended().clauses if not c.counted and not isinstance(c, Advance)}
    place = MEASURES.index("accrued")
    for key, amounts in cells.items():
        fits = closing is None or key[2] == closing
        if key[1] in clauses and fits and (not payee or name_key(key[3]) == name_key(payee)):
            clauses[key[1]] += amounts[place]
    return {name: amount for name, amount in clauses.items() if amount}


# ---- in words --------------------------------------------------------------------------------------------------------

MOST_SHOWN = 12  # explanations, or agreements, that are listed


def account(ledger: Ledger, findings: Findings, width: int = 80) -> str:
    """The findings as text."""
    who = findings.payee or "whoever was paid"
    where = f", at closing {findings.closing}" if findings.closing else ""
    found = findings.explanations
    paragraphs = [f"What gives {shown_money(findings.amount)}, {who}{where}, as of {ledger.as_of}?"]
    if not found:
        paragraphs.append("Nothing gives it to the cent.")
    elif not found[0].rank:
        paragraphs.append("The contract itself gives it to the cent:")
    else:
        steps = "One departure from the contract" if found[0].rank == 1 else "Two departures together"
        several = "" if len(found) == 1 else f" in {len(found)} ways; the records do not tell which"
        paragraphs.append(f"{steps} give{'s' if found[0].rank == 1 else ''} it to the cent{several}:")
    text = ["\n\n".join(_filled(each, width) for each in paragraphs)]
    if found:
        text.append("\n".join(_numbered(found[:MOST_SHOWN], width)))
        if len(found) > MOST_SHOWN:
            text.append(f"And {len(found) - MOST_SHOWN} more of the same rank.")
    if findings.departures:
        text.append(_filled(_tried(findings), width))
    if findings.left:
        text.append(_table_of_left(ledger, findings, width))
        text += [_filled(each, width) for each in _expense_notes(ledger, findings)]
    return "\n\n".join(text)


def _filled(text: str, width: int, first: str = "", rest: str = "") -> str:
    return textwrap.fill(text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def _numbered(found: Sequence[Explanation], width: int) -> Iterator[str]:
    for number, each in enumerate(found, 1):
        yield _filled(each.text, width, f"{number:>2}. ", "    ")


def _tried(findings: Findings) -> str:
    """How much was tried, so that nobody takes this for more than it is."""
    words = f"Tried: {findings.departures} departures from the contract, each alone"
    words += f", and {findings.pairs} pairs of one with a slip beside it" if findings.pairs else ""
    if findings.not_computed:
        words += f"; under {findings.not_computed} of them these records cannot be computed"
    if findings.not_tried:
        words += f". {findings.not_tried} more were not tried: these records have too many lines to compute them all"
    return words + ". What else could give the amount is not known here."


def _table_of_left(ledger: Ledger, findings: Findings, width: int) -> str:
    """What each agreement would explain, nearest first."""
    shown = findings.left[:MOST_SHOWN]
    which = f"closing {findings.closing}" if findings.closing else "a closing"
    lines = [
        _filled(
            f"Were all lines of {which} its own, each agreement would accrue, before advances (what is left in "
            "parentheses: it accrues so much more than the amount):",
            width,
        ),
        "",
    ]
    amounts = [(shown_money(each.accrued), shown_money(each.left)) for each in shown]
    first, second = (
        max(map(len, [word, *column])) for word, column in zip(("accrues", "left"), zip(*amounts), strict=True)
    )
    lines.append(f"  {'accrues':>{first}}  {'left':>{second}}  agreement and clauses")
    several = not findings.closing and len({each.closing for each in findings.left}) > 1
    for each, (accrued, left) in zip(shown, amounts, strict=True):
        where = "" if not several else ", all closings" if each.closing is None else f", closing {each.closing}"
        start = f"  {accrued:>{first}}  {left:>{second}}  "
        lines.append(
            _filled(f"{each.agreement}: {' and '.join(each.clauses)}{where}", width, start, " " * (len(start) + 2))
        )
    if len(ledger.table.closing.words) > MOST_CLOSINGS and not findings.closing:
        lines.append("  (name one closing with --closing to see it alone)")
    if len(findings.left) > len(shown):
        lines.append(f"  and {len(findings.left) - len(shown)} more, further off")
    return "\n".join(lines)


def _expense_notes(ledger: Ledger, findings: Findings) -> Iterator[str]:
    """What the records hold of expenses that an agreement among those listed pays back."""
    listed = {each.agreement for each in findings.left}
    for agreement in ledger.agreements:
        for clause in agreement.as_amended().clauses if agreement.id in listed else ():
            if isinstance(clause, Reimbursement):
                mine = [e for e in ledger.records.expenses if e.agreement == agreement.id and e.date <= ledger.as_of]
                total = shown_money(sum(each.amount for each in mine))
                on_record = f"{total} of them are on record" if mine else "none are on record"
                yield f"{agreement.id} {clause.id} pays back recorded expenses besides; {on_record}."
