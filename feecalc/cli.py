"""The commands. Heavy modules are imported only when a command needs them.

Exit statuses: 0 done; 1 done, and something needs a person; 2 bad usage or bad input, nothing written; 3 the machine
refused; 70 a defect in feecalc; 130 interrupted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feecalc import __version__
from feecalc.terminal import Stage, say, show

if TYPE_CHECKING:
    from datetime import date

    from feecalc.agreement import Agreement
    from feecalc.ledger import Ledger
    from feecalc.problems import Problems
    from feecalc.quote import Quote
    from feecalc.read.tables import Table
    from feecalc.records import InputFile, Records

DONE, NEEDS_A_PERSON, NOT_DONE, MACHINE, DEFECT, INTERRUPTED = 0, 1, 2, 3, 70, 130

MOST_CLAIMS = 10  # lines claimed by several agreements that `check` shows

DEFAULT_AGREEMENTS = Path("agreements")

agreements_option = click.option(
    "-a",
    "--agreements",
    "agreement_paths",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="A folder of agreement files, or a file; may be given several times.  [default: agreements/]",
)
as_of_option = click.option("--as-of", metavar="DATE", help="Compute as of this day (YYYY-MM-DD).  [default: today]")
quiet_option = click.option(
    "-q",
    "--quiet",
    is_flag=True,
    help="Print results and problems only.",
    callback=lambda context, _, value: value or bool(context.find_root().params.get("quiet")),
)
records_argument = click.argument("records", type=click.Path(path_type=Path, exists=True))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="feecalc")
@quiet_option
def cli(quiet: bool) -> None:
    """Payout ledgers for placement agents and finders.

    Agreements are YAML files, closings are tables (CSV or Excel); feecalc says who is owed what, and why.

    \b
      feecalc init deal            start a new engagement
      feecalc check records        are agreements and records sound?
      feecalc run records -o ledger.xlsx
    """


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@quiet_option
def init(folder: Path, quiet: bool) -> int:
    """Start a new engagement in FOLDER.

    \b
      feecalc init deal

    Writes a commented agreement, headed record tables with sample rows, and a README.
    """
    from feecalc.write.new_engagement import write_engagement

    written = write_engagement(folder)
    if not quiet:
        for path in written:
            show(str(path))
        say(f"Next: cd {folder}; feecalc check records; feecalc run records -o ledger.xlsx")
    return DONE


@cli.command()
@click.argument("records", required=False, type=click.Path(path_type=Path, exists=True))
@agreements_option
@as_of_option
@quiet_option
def check(records: Path | None, agreement_paths: tuple[Path, ...], as_of: str | None, quiet: bool) -> int:
    """Check agreements, their worked examples, and RECORDS against them.

    \b
      feecalc check
      feecalc check examples/neotherapeutics-2002
    """
    from feecalc.problems import Problems, Refused
    from feecalc.worked import run_examples

    problems = Problems()
    day = _as_of(as_of)
    agreements, _ = _read_agreements(agreement_paths, problems)
    if any(problem.code == "no-agreements" for problem in problems):
        problems.refuse_if_any()  # there is nothing to check
    wrong = len(problems)
    for agreement in agreements if not wrong else ():
        try:
            count, failed = run_examples(agreement)
        except Refused as refused:  # an example whose rows or amounts cannot be used
            problems.found.extend(refused.problems)
            continue
        for disagreement in failed:
            say(str(disagreement))
        wrong += len(failed)
        if not quiet:
            clauses = len(agreement.as_amended().clauses)
            show(f"{agreement.id}: {clauses} clauses, {count} worked amounts, {len(failed)} of them wrong")
    found = _read_records(records, agreements, problems) if records is not None else None
    if len(problems):
        print_problems(_priced(problems, agreement_paths, found, day))
        return NEEDS_A_PERSON
    if found is not None:
        from feecalc.engagement import compute

        ledger = compute(agreements, found, day)
        if not quiet:
            _print_coverage(ledger)
            _print_claims(ledger)
        _print_exceptions(ledger)
        wrong += ledger.needs_a_person
    return NEEDS_A_PERSON if wrong else DONE


@cli.command()
@click.argument("ids", nargs=-1)
@agreements_option
@quiet_option
def describe(ids: tuple[str, ...], agreement_paths: tuple[Path, ...], quiet: bool) -> int:
    """Print agreements as term sheets in plain English: all, or those with these IDS.

    \b
      feecalc describe brighton
    """
    from feecalc.describe import term_sheet
    from feecalc.problems import Place, Problems, did_you_mean

    problems = Problems()
    agreements, _ = _read_agreements(agreement_paths, problems)
    problems.refuse_if_any()
    known = [agreement.id for agreement in agreements]
    for wanted in ids:
        if wanted not in known:
            problems.add(
                Place("describe"), "unknown-agreement", f'there is no agreement "{wanted}"', did_you_mean(wanted, known)
            )
    problems.refuse_if_any()
    show("\n\n\n".join(term_sheet(agreement) for agreement in agreements if not ids or agreement.id in ids))
    return DONE


@cli.command()
@records_argument
@agreements_option
@as_of_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The ledger to write: .xlsx, .json or .csv.")
@quiet_option
def run(records: Path, agreement_paths: tuple[Path, ...], as_of: str | None, output: Path | None, quiet: bool) -> int:
    """Compute the payout ledger of RECORDS.

    \b
      feecalc run examples/neotherapeutics-2002 -o ledger.xlsx

    RECORDS is a folder of tables (closings.csv, ...) or one .xlsx with a sheet for each. Without -o the totals are
    printed.
    """
    if output is not None:
        _check_output(output, records, agreement_paths)
    ledger, inputs = _ledger(records, agreement_paths, as_of, quiet)
    if output is None:
        _print_totals(ledger)
    else:
        with Stage(f"writing {output.name}", quiet):
            from feecalc.write.outputs import write_ledger

            write_ledger(ledger, inputs, output)
        if not quiet:
            say(f"{output}: {_counted(len(ledger.entries), 'entry', 'entries')}, as of {ledger.as_of}")
    _print_exceptions(ledger)
    differs = _documents_differ(ledger)
    if differs:
        say("Invoices or payments differ from what is owed; `feecalc reconcile` says how and why.")
    return NEEDS_A_PERSON if ledger.needs_a_person or differs else DONE


@cli.command()
@records_argument
@agreements_option
@as_of_option
@click.option("--agreement", help="Only entries under this agreement.")
@click.option("--clause", help="Only entries of this clause.")
@click.option("--closing", help="Only entries of this closing.")
@click.option("--payee", help="Only entries of this payee.")
@click.option("--investor", help="Only entries that rest on this investor's lines, and what became of each line.")
@quiet_option
def explain(
    records: Path, agreement_paths: tuple[Path, ...], as_of: str | None, quiet: bool, **filters: str | None
) -> int:
    """Explain amounts of RECORDS, clause by clause and line by line.

    \b
      feecalc explain records --payee "Atwood Capital Ltd."
    """
    import textwrap

    from feecalc.explain import explanation
    from feecalc.selection import selected, selected_lines

    ledger, _ = _ledger(records, agreement_paths, as_of, quiet)
    chosen = selected(ledger, **filters)
    answers = list(selected_lines(ledger, closing=filters["closing"], investor=filters["investor"]))
    for answer in answers:
        show(textwrap.fill(answer, 80, subsequent_indent="    ", break_on_hyphens=False))
    if answers and chosen:
        show()
    show("\n\n".join(explanation(ledger, entry) for entry in chosen))
    if not chosen and not answers:
        say("No entry fits. Leave a filter out, or see `feecalc run RECORDS` for what there is.")
    if ledger.needs_a_person:
        say("There are exceptions or failed checks; `feecalc run RECORDS` names them.")
    return NEEDS_A_PERSON if ledger.needs_a_person else DONE


@cli.command()
@records_argument
@agreements_option
@as_of_option
@quiet_option
def readings(records: Path, agreement_paths: tuple[Path, ...], as_of: str | None, quiet: bool) -> int:
    """What turns on how the words of the agreements are read.

    \b
      feecalc readings examples/neotherapeutics-2002

    For each question that an agreement leaves open: the reading chosen, the others, and what each would change for
    whom.
    """
    from feecalc.readings import account, alternatives

    ledger, _ = _ledger(records, agreement_paths, as_of, quiet)
    with Stage("computing every reading", quiet):
        found = list(alternatives(ledger))
    show(account(found))
    return NEEDS_A_PERSON if ledger.needs_a_person else DONE


@cli.command()
@records_argument
@agreements_option
@as_of_option
@click.option("--amount", required=True, help="The amount to explain, such as 63,000.00.")
@click.option("--payee", help="Who asks for it, or was paid it; left out, every payee is looked at.")
@click.option("--closing", help="The closing it is for; left out, every closing is looked at.")
@quiet_option
def investigate(
    records: Path,
    agreement_paths: tuple[Path, ...],
    as_of: str | None,
    amount: str,
    payee: str | None,
    closing: str | None,
    quiet: bool,
) -> int:
    """Look for what gives an amount to the cent: the contract, or a named departure from it.

    \b
      feecalc investigate examples/third-party-finder --amount 70,500.00

    What gives it only nearly is no explanation. Where nothing gives it, what each agreement would accrue on the closing
    is shown, with what that leaves. Exit status 1 where nothing gives it.
    """
    from feecalc.forensics import account, investigated
    from feecalc.selection import selected

    cents = _amount(amount)
    ledger, _ = _ledger(records, agreement_paths, as_of, quiet)
    selected(ledger, agreement=None, clause=None, closing=closing, payee=payee, investor=None)
    with Stage("computing every departure", quiet):
        findings = investigated(ledger, cents, payee or "", closing or "")
    show(account(ledger, findings))
    return DONE if findings.explanations else NEEDS_A_PERSON


@cli.command()
@records_argument
@agreements_option
@as_of_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The file to write: .xlsx, .json or .csv.")
@quiet_option
def reconcile(
    records: Path, agreement_paths: tuple[Path, ...], as_of: str | None, output: Path | None, quiet: bool
) -> int:
    """Compare what is owed with the invoices and payments of RECORDS.

    \b
      feecalc reconcile examples/clean-month

    Without -o the differences are printed, and where each payee stands. The exit status is 1 where there are
    differences.
    """
    if output is not None:
        _check_output(output, records, agreement_paths)
    ledger, inputs = _ledger(records, agreement_paths, as_of, quiet)
    with Stage("reconciling", quiet):
        from feecalc.forensics import explained
        from feecalc.reconcile import reconcile as reconciled

        found = explained(reconciled(ledger))
    if output is None:
        from feecalc.write.reconcile_sheets import reconciliation_text

        show(reconciliation_text(found))
    else:
        with Stage(f"writing {output.name}", quiet):
            from feecalc.write.outputs import write_reconciliation_to

            write_reconciliation_to(found, inputs, output)
        if not quiet:
            say(f"{output}: {_counted(len(found.differences), 'difference', 'differences')}, as of {ledger.as_of}")
    return NEEDS_A_PERSON if found.differences else DONE


@cli.command()
@records_argument
@agreements_option
@as_of_option
@click.option("--closing", "closing_file", type=click.Path(path_type=Path, exists=True), help="A table of its lines.")
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
        more = assumed_line(_assumed(amount or "", price, investor, by, _as_of(as_of)))
    found = _quoted(records, agreement_paths, _as_of(as_of), more, quiet)
    show(quote_text(found))
    _print_exceptions(found.ledger)
    return NEEDS_A_PERSON if found.ledger.needs_a_person else DONE


@cli.command()
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
      feecalc exposure examples/neotherapeutics-2002 --raise 1,000,000.00 --price 2.00

    Limits, pools and advances left, open tails, held parts, warrants outstanding.
    """
    from feecalc.read.records import assumed_line
    from feecalc.write.planning_text import exposure_text

    day = _as_of(as_of)
    ledger, _ = _ledger(records, agreement_paths, as_of, quiet)
    raises = []
    for agreement in ledger.agreements if further is not None else ():
        cells = _assumed(further or "", price, f"Investor of {agreement.id}", agreement.id, day)
        raises.append((agreement.id, _quoted(records, agreement_paths, day, assumed_line(cells), quiet)))
    show(exposure_text(ledger, raises))
    return NEEDS_A_PERSON if ledger.needs_a_person else DONE


@cli.command()
def schema() -> int:
    """Print the JSON Schema of an agreement file, for editors.

    \b
      feecalc schema > agreement.schema.json
    """
    import json

    from feecalc.write.schema import agreement_schema

    show(json.dumps(agreement_schema(), indent=2))
    return DONE


def _read_agreements(paths: Sequence[Path], problems: Problems) -> tuple[list[Agreement], list[InputFile]]:
    from feecalc.read.agreements import read_agreements

    return read_agreements(paths or (DEFAULT_AGREEMENTS,), problems)


def _priced(problems: Problems, paths: Sequence[Path], records: Records | None, day: date) -> Problems:
    """Problems that leave a choice open, with what each choice would pay on the records."""
    from feecalc.read.open_questions import priced

    return problems if records is None else priced(problems, paths or (DEFAULT_AGREEMENTS,), records, day)


def _read_records(path: Path, agreements: list[Agreement], problems: Problems) -> Records:
    from feecalc.engagement import linked
    from feecalc.read.records import read_records

    unread = len(problems)
    records = read_records(path, problems)
    if not unread:  # without all agreements, every name of one would seem unknown
        linked(agreements, records, problems)
    return records


def _ledger(
    records_path: Path, agreement_paths: Sequence[Path], as_of: str | None, quiet: bool
) -> tuple[Ledger, list[InputFile]]:
    from feecalc.engagement import compute
    from feecalc.problems import Problems

    problems = Problems()
    day = _as_of(as_of)
    with Stage("reading", quiet):
        agreements, agreement_inputs = _read_agreements(agreement_paths, problems)
        records = _read_records(records_path, agreements, problems)
    if len(problems):
        _priced(problems, agreement_paths, records, day).refuse_if_any()
    with Stage("computing", quiet):
        return compute(agreements, records, day), [*agreement_inputs, *records.inputs]


def _closing_table(file: Path) -> Table:
    """The lines of a closing that has not happened yet."""
    from feecalc.problems import Problems
    from feecalc.read.tables import read_table

    problems = Problems()
    table = read_table("closings", file, problems)
    problems.refuse_if_any()
    assert table is not None
    return table


def _assumed(amount: str, price: str | None, investor: str, by: str | None, day: date) -> dict[str, str]:
    """The columns of one assumed line: shares where the price gives whole ones."""
    cells = {"closing": "assumed", "date": day.isoformat(), "investor": investor, "gross_proceeds": amount}
    cells |= {"introduced_by": by} if by else {}
    if price is not None:
        from feecalc.money import Unreadable, parse_money, parse_price, plain_money, rounded

        try:
            cents, each = parse_money(amount), parse_price(price)
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
    from feecalc.engagement import compute, linked
    from feecalc.problems import Problems
    from feecalc.quote import quoted
    from feecalc.read.records import read_records

    problems = Problems()
    with Stage("reading", quiet):
        agreements, _ = _read_agreements(paths, problems)
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


def _as_of(text: str | None) -> date:
    from datetime import date

    from feecalc.dates import parse_date
    from feecalc.money import Unreadable

    if text is None:
        return date.today()
    try:
        return parse_date(text)
    except Unreadable as unreadable:
        raise click.BadParameter(f"{unreadable.says}. {unreadable.remedy}", param_hint="--as-of") from None


def _amount(text: str) -> int:
    from feecalc.money import Unreadable, parse_money

    try:
        cents = parse_money(text)
    except Unreadable as unreadable:
        raise click.BadParameter(f"{unreadable.says}. {unreadable.remedy}", param_hint="--amount") from None
    if not cents:
        raise click.BadParameter("nothing needs no explanation; give an amount", param_hint="--amount")
    return cents


def _check_output(output: Path, records: Path, agreement_paths: Sequence[Path]) -> None:
    """Refuse before any work what could not be written, or would overwrite an input."""
    from feecalc.records import TABLES
    from feecalc.write.files import probe_target
    from feecalc.write.outputs import ENDINGS

    if output.suffix.lower() not in ENDINGS:
        raise click.BadParameter(f"{output.name} ends in none of {', '.join(ENDINGS)}", param_hint="-o")
    if output.is_dir():
        raise click.BadParameter(f"{output} is a folder; name a file", param_hint="-o")
    if output.exists() and any(path.exists() and path.samefile(output) for path in _inputs(records, agreement_paths)):
        raise click.BadParameter(f"{output} is one of the inputs; name another file", param_hint="-o")
    if output.parent.resolve() == records.resolve() and output.suffix != ".json" and output.stem in TABLES:
        raise click.BadParameter(
            f"{output} would be read as a table of the records; name another file", param_hint="-o"
        )
    probe_target(output)


def _inputs(records: Path, agreement_paths: Sequence[Path]) -> Iterator[Path]:
    """Every file that may be read."""
    for path in (records, *(agreement_paths or (DEFAULT_AGREEMENTS,))):
        yield path
        if path.is_dir():
            yield from path.iterdir()


def _documents_differ(ledger: Ledger) -> bool:
    """Whether invoices or payments differ from what is owed; that something is not billed or paid yet is no difference
    here.
    """
    from feecalc.reconcile import has_documents
    from feecalc.reconcile import reconcile as reconciled

    if not has_documents(ledger):
        return False
    found = reconciled(ledger)
    return bool(found.exceptions) or any(each.code not in ("unpaid", "unbilled") for each in found.differences)


def _print_totals(ledger: Ledger) -> None:
    from feecalc.write.ledger_sheets import totals_columns
    from feecalc.write.text import terminal_table

    show(f"Who is owed what, as of {ledger.as_of}\n")
    show(terminal_table(totals_columns(ledger)))


def _print_coverage(ledger: Ledger) -> None:
    """How many lines each answer holds for."""
    lines, agreement, claims = ledger.attribution.answers()
    bases = ledger.attribution.bases(lines, claims)
    counts: dict[str, int] = {}
    for index, basis in zip(agreement.tolist(), bases, strict=True):
        words = f"owed to {ledger.agreements[index].id}" if index >= 0 else basis.split(":")[0]
        counts[words] = counts.get(words, 0) + 1
    show(
        f"records: {_counted(len(ledger.table), 'line', 'lines')}; "
        + "; ".join(f"{n:,} {words}" for words, n in sorted(counts.items()))
    )


def _print_claims(ledger: Ledger) -> None:
    """The first lines that several agreements claim."""
    import textwrap
    from itertools import islice

    from feecalc.claims import claims
    from feecalc.write.text import shown

    found = list(islice(claims(ledger), MOST_CLAIMS + 1))
    if found:
        show("\nLines that several agreements claim:")
    for line in found[:MOST_CLAIMS]:
        show(textwrap.fill(shown(line.text), 80, subsequent_indent="    ", break_on_hyphens=False))
    if len(found) > MOST_CLAIMS:
        show("And more: see the sheet Claims of the ledger.")


def _print_exceptions(ledger: Ledger) -> None:
    """Exceptions and failed checks, on stderr."""
    import textwrap

    from feecalc.write.text import shown

    for exception in ledger.exceptions:
        say(f"{shown(str(exception.place))}: {exception.severity}: {exception.code}")
        say(textwrap.fill(shown(exception.message), 80, initial_indent="    ", subsequent_indent="    "))
    for failed in ledger.checks:
        if not failed.holds:
            say(f"check fails: {failed.name}: must be {failed.expected}, is {failed.found} ({failed.detail})")


def print_problems(problems: Problems, ending: str = "") -> None:
    from feecalc.write.text import shown

    for problem in problems:
        say("\n".join(shown(line) for line in str(problem).splitlines()))
    say(f"\n{_counted(len(problems), 'problem', 'problems')}.{ending}")


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
