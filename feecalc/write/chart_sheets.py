"""What is easier seen than read: fees over time, limits filling, the cost of the raise; each a chart over its rows.

A ledger in which there is nothing of the kind has no such page.
"""

from __future__ import annotations

from collections.abc import Iterator

from feecalc.balances import RollForward, roll_forwards
from feecalc.history import History, histories
from feecalc.ledger import UNITS, Ledger
from feecalc.money import divided, shown_count, shown_money
from feecalc.write.sheets import Chart, Sheet, SheetColumn

LIMITS_MOST = 20  # bars that can be told apart on a page
LABELLED_MOST = 12  # columns between which figures find room
_PARTS = 10_000  # shares are told in hundredths of a per cent
SECURITIES_ASIDE = "Cash only: what payees have in warrants and other securities is not in it."


def chart_sheets(ledger: Ledger) -> list[Sheet]:
    """The pages with charts of a ledger."""
    found = histories(ledger)
    many = len(found) > 1
    return [
        *(_fees(history, many) for history in found),
        *_limits(ledger),
        *(_cost(history, many) for history in found if any(history.gross)),
    ]


def _fees(history: History, many: bool) -> Sheet:
    payees = [SheetColumn(payee, "money", running, width=18) for payee, running in history.running.items()]
    return Sheet(
        _named("Fees over time", history, many),
        f"What payees had earned in all, in {history.currency}",
        (SheetColumn("Through", "text", history.periods), *payees),
        freeze=1,
        paragraphs=(f"{SECURITIES_ASIDE} Each column of the chart is what all payees had earned by then.",),
        chart=Chart("columns", 0, tuple(range(1, len(payees) + 1)), history.currency),
    )


def _limits(ledger: Ledger) -> Iterator[Sheet]:
    rows = [row for row in roll_forwards(ledger) if row.limit and row.left is not None]
    if not rows:
        return
    fullest = sorted(rows, key=lambda row: _share(row.left or 0, row.limit or 0))[:LIMITS_MOST]
    shown = [row for row in rows if row in fullest]
    shares = [_filled(row) for row in shown]
    more = (
        f" The {LIMITS_MOST} fullest of {len(rows)} are here; Caps and advances has all."
        if len(rows) > len(shown)
        else ""
    )
    yield Sheet(
        "Limits filling",
        f"How far each limit and pool was filled, as of {ledger.as_of}",
        (
            SheetColumn("Limit or pool", "text", [f"{row.agreement.id} {row.clause}" for row in shown]),
            SheetColumn("What", "text", [row.what for row in shown]),
            SheetColumn("At most", "text", [_amount(row, row.limit or 0) for row in shown]),
            SheetColumn("Left", "text", [_amount(row, row.left or 0) for row in shown]),
            SheetColumn("Used before", "rate", [before for before, _, _ in shares]),
            SheetColumn("Used in these records", "rate", [now for _, now, _ in shares]),
            SheetColumn("Still open", "rate", [left for _, _, left in shares]),
        ),
        freeze=1,
        paragraphs=(f"Each bar is one limit, from nothing to full. Amounts are under Caps and advances.{more}",),
        chart=Chart("bars", 0, (4, 5, 6), "part of the limit", labels=True),
    )


def _cost(history: History, many: bool) -> Sheet:
    gross, earned = history.to_date()
    return Sheet(
        _named("Cost of the raise", history, many),
        f"What the raise cost in fees, as a part of the gross proceeds, in {history.currency}",
        (
            SheetColumn("Closed or accrued", "text", history.periods),
            SheetColumn("Gross proceeds", "money", history.gross, total=True),
            SheetColumn("Earned by payees", "money", history.earned, total=True),
            SheetColumn("Cost", "rate", list(map(_share_or_none, history.earned, history.gross))),
            SheetColumn("Gross proceeds to date", "money", gross),
            SheetColumn("Earned to date", "money", earned),
            SheetColumn("Cost to date", "rate", list(map(_share_or_none, earned, gross))),
        ),
        freeze=1,
        paragraphs=(
            f"{SECURITIES_ASIDE} Where nothing was raised there is no part to tell. Cost to date counts all that was "
            "earned, that which is of no closing too.",
        ),
        chart=Chart("columns", 0, (3,), "of gross proceeds", line=6, labels=len(history.periods) <= LABELLED_MOST),
    )


def _named(name: str, history: History, many: bool) -> str:
    return f"{name} {history.currency}" if many else name


def _filled(row: RollForward) -> tuple[str, str, str]:
    """The parts of a limit that were used before and in these records and are left, which add up to one."""
    limit, left = row.limit or 0, row.left or 0
    now = min(max(row.accrued, 0), limit - left)
    return (
        _told(_PARTS - _share(now, limit) - _share(left, limit)),
        _told(_share(now, limit)),
        _told(_share(left, limit)),
    )


def _share(part: int, whole: int) -> int:
    """A part of a whole in hundredths of a per cent."""
    return divided(part * _PARTS, whole, "half up")


def _share_or_none(part: int, whole: int) -> str | None:
    return _told(_share(part, whole)) if whole > 0 else None


def _told(share: int) -> str:
    whole, rest = divmod(abs(share), _PARTS)
    return f"{'-' if share < 0 else ''}{whole}.{rest:04d}"


def _amount(row: RollForward, amount: int) -> str:
    return f"{shown_count(amount)} {row.unit}" if row.unit in UNITS else f"{shown_money(amount)} {row.unit}"
