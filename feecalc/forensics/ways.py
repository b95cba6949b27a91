"""The ways in which an amount can come out: a figure taken otherwise, and a slip in its arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import evolve, frozen

from feecalc.agreement import Agreement
from feecalc.clauses import Advance
from feecalc.departures import KINDS
from feecalc.forensics.figures import Figures, View, due_of, width_of
from feecalc.ledger import Ledger
from feecalc.money import plain_money, shown_money

RECKONED = 9  # ways in which `reckoned` takes one figure otherwise
SLIPS = ("duplicate", "expense", "transposed", "wire charge")
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


@frozen(eq=False)
class Figure:
    """One figure by one departure: what it comes to, and what the contract gives in its place."""

    view: View
    amount: int
    contract: int
    kind: str = ""  # "" for the contract's own
    says: str = ""
    place: tuple[str, str] = ("", "")  # clause and section that it departs from
    figures: Figures | None = None

    def explanation(self, amount: int, slip: str = "", says: str = "") -> Explanation:
        """The figure as an explanation, perhaps with a slip beside its departure."""
        done = [(kind, words) for kind, words in ((self.kind, self.says), (slip, says)) if kind]
        kinds, words = tuple(kind for kind, _ in done), tuple(words for _, words in done)
        clause, section = self.place
        place = section if clause in ("", self.view.clause) else f"{clause}: {section}"
        return Explanation(amount, self.view, kinds, words, (place,) if place else (), self.contract)


def reckoned(figures: Figures, view: View, agreements: Sequence[Agreement]) -> Iterator[Figure]:
    """One figure of the contract taken otherwise: what it leaves out or counts beside."""
    due = figures.due(view)
    own = next((each for each in agreements if each.id == view.agreement), None)
    clause = own.as_amended().clause(view.clause) if own is not None and view.clause else None
    place = (clause.id, clause.section) if clause is not None else ("", "")

    def taken(kind: str, says: str, amount: int, where: tuple[str, str] = place) -> Iterator[Figure]:
        if amount != due:
            yield Figure(view, amount, due, kind, says, where)

    if figures.asked.payee is not None:
        yield from taken("split", "the split is not made", figures.whole(view))
    recouped = figures.of(view, "recouped")
    if recouped and own is not None:
        advances = [each for each in own.as_amended().clauses if isinstance(each, Advance)]
        where = (advances[0].id, advances[0].section)
        yield from taken("advance", "the advance is not credited", due + recouped, where)
        ids = {each.id for each in advances}
        paid = sum(due_of(figures.cells[key]) for key in figures.members.get(view, ()) if key[1] in ids)
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


def slipped(figure: Figure, figures: Figures | None, amount: int, ledger: Ledger) -> Iterator[Explanation]:
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
        for spent, words in _expenses(ledger, view.agreement):
            if figure.amount + spent == amount:
                yield figure.explanation(amount, "expense", words)


def _expenses(ledger: Ledger, agreement: str) -> list[tuple[int, str]]:
    """Recorded expenses of an agreement, one by one and all together."""
    mine = [e for e in ledger.records.expenses if e.agreement == agreement and e.date <= ledger.as_of]
    found = [(e.amount, f"the expense of {e.date}, {shown_money(e.amount)}, is included ({e.line})") for e in mine]
    if len(mine) > 1:
        total = sum(each.amount for each in mine)
        found.append((total, f"all recorded expenses, {shown_money(total)}, are included"))
    return found


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


def in_order(found: Sequence[Explanation]) -> list[Explanation]:
    """Simplest first: fewer departures, then the order of the kinds, then the narrower figure. Departures of one kind
    that give one figure alike are told together.
    """
    order = list(KINDS)
    keyed = sorted(found, key=lambda each: (each.rank, [order.index(kind) for kind in each.kinds], width_of(each.view)))
    merged: dict[tuple[View, tuple[str, ...]], Explanation] = {}
    for each in dict.fromkeys(keyed):
        key = (each.view, each.kinds if each.rank == 1 else each.words)
        same = merged.get(key)
        if same is not None:
            words = "; or ".join(dict.fromkeys([*same.words, *each.words]))
            each = evolve(each, words=(words,), places=tuple(dict.fromkeys([*same.places, *each.places])))
        merged[key] = each
    return list(merged.values())
