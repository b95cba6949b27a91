"""The commands about what is still to come: `quote`, `exposure`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feecalc.cli.loading import agreements_at, ledger_at
from feecalc.cli.options import agreements_option, as_of_option, day_of, quiet_option, records_argument
from feecalc.cli.showing import print_exceptions
from feecalc.cli.statuses import DONE, NEEDS_A_PERSON
from feecalc.terminal import Stage, show

if TYPE_CHECKING:
    from datetime import date

    from feecalc.quote import Quote
    from feecalc.read.tables import Table


@click.command()
@records_argument
@agreements_option
@as_of_option
@click.option(
    "--closing",
    "closing_file",
    type=click.Path(path_type=Path, exists=True, readable=False),
    help="A table of its lines.",
)
@click.option("--amount", help="Or the gross proceeds of one line.")
@click.option("--price", help="The price per share of that line.")
@click.option("--investor", default="Investor", help="Its investor.  [default: Investor]")
@click.option("--by", help="The agreement whose agent introduced the investor.")
@quiet_option
def quote(
    records: Path,
    agreement_paths: tuple[Path, ...],
    as_of: str | None,
    closing_file: Path | None,
    amount: str | None,
    price: str | None,
    investor: str,
    by: str | None,
    quiet: bool,
) -> int:
    """What a closing that has not happened yet would cost.

    \b
      feecalc quote records --amount 1,000,000.00 --price 2.00 --by finder
      feecalc quote records --closing next-closing.csv

    By payee and clause, in cash and securities, from today's balances; with sources, wires and the net amount.
    """
    from feecalc.read.records import assumed_line
    from feecalc.write.planning_text import quote_text

    if (closing_file is None) == (amount is None):
        raise click.UsageError("Name the closing: either --closing FILE, or --amount.")
    if closing_file is not None:
        more = _closing_table(closing_file)
    else:
        more = assumed_line(_assumed("--amount", amount or "", price, investor, by, day_of(as_of)))
    found = _quoted(records, agreement_paths, day_of(as_of), more, quiet)
    show(quote_text(found))
    print_exceptions(found.ledger)
    return NEEDS_A_PERSON if found.ledger.needs_a_person else DONE


@click.command()
@records_argument
@agreements_option
@as_of_option
@click.option("--raise", "further", metavar="AMOUNT", help="What a further raise of so much would cost, by agreement.")
@click.option("--price", help="The price per share of that raise.")
@quiet_option
def exposure(
    records: Path,
    agreement_paths: tuple[Path, ...],
    as_of: str | None,
    further: str | None,
    price: str | None,
    quiet: bool,
) -> int:
    """What is still to come under the agreements of RECORDS.

    \b
      feecalc exposure records --raise 1,000,000.00 --price 2.00

    Limits, pools and advances left, open tails, held parts, warrants outstanding.
    """
    from feecalc.read.records import assumed_line
    from feecalc.write.planning_text import exposure_text

    day = day_of(as_of)
    ledger, _ = ledger_at(records, agreement_paths, as_of, quiet)
    raises = []
    for agreement in ledger.agreements if further is not None else ():
        cells = _assumed("--raise", further or "", price, f"Investor of {agreement.id}", agreement.id, day)
        raises.append((agreement.id, _quoted(records, agreement_paths, day, assumed_line(cells), quiet)))
    show(exposure_text(ledger, raises))
    return NEEDS_A_PERSON if ledger.needs_a_person else DONE


def _closing_table(file: Path) -> Table:
    """The lines of a closing that has not happened yet."""
    from feecalc.problems import Problems
    from feecalc.read.tables import read_table

    problems = Problems()
    table = read_table("closings", file, problems)
    problems.refuse_if_any()
    assert table is not None
    return table


def _assumed(option: str, amount: str, price: str | None, investor: str, by: str | None, day: date) -> dict[str, str]:
    """The columns of one assumed line of what `option` says: shares where the price gives whole ones."""
    from feecalc.money import Unreadable, parse_money, parse_price, plain_money, rounded

    cents = None
    try:
        cents = parse_money(amount)
    except Unreadable as unreadable:
        if price is not None:  # else the amount is read as that of any line
            raise click.BadParameter(f"{unreadable.says}. {unreadable.remedy}", param_hint=option) from None
    if cents is not None and cents <= 0:
        raise click.BadParameter(
            f"{amount} is not more than zero: what is raised is a positive amount", param_hint=option
        )
    cells = {"closing": "assumed", "date": day.isoformat(), "investor": investor, "gross_proceeds": amount}
    cells |= {"introduced_by": by} if by else {}
    if price is not None and cents is not None:
        try:
            each = parse_price(price)
        except Unreadable as unreadable:
            raise click.BadParameter(f"{unreadable.says}. {unreadable.remedy}", param_hint="--price") from None
        shares = rounded(cents / (100 * each.ratio), "down") if each.ratio else 0
        cells |= {"shares": str(shares), "price": price}
        cells["gross_proceeds"] = plain_money(rounded(100 * shares * each.ratio, "half up"))
    return cells


def _quoted(records_path: Path, paths: Sequence[Path], day: date, more: Table, quiet: bool) -> Quote:
    """The ledger with a further closing, less the ledger without it, on its day or on the day given if later."""
    import numpy as np

    from feecalc.dates import day_date
    from feecalc.engagement import compute
    from feecalc.linking import linked
    from feecalc.problems import Problems
    from feecalc.quote import quoted
    from feecalc.read.records import read_records

    problems = Problems()
    with Stage("reading", quiet):
        agreements, _ = agreements_at(paths, problems)
        unread = len(problems)
        before = read_records(records_path, problems)
        after = read_records(records_path, problems, more)
        if not unread:
            linked(agreements, after, problems)
    problems.refuse_if_any()
    lines = np.arange(len(before.closings), len(after.closings), dtype=np.int32)
    on = max([day, *(day_date(int(each)) for each in after.closings.day[lines])])
    with Stage("computing", quiet):
        return quoted(compute(agreements, before, on), compute(agreements, after, on), lines)
