"""The commands about agreements: `init`, `check`, `describe`, `schema`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from feecalc.cli.loading import agreements_at, priced_problems, records_at, set_aside_at
from feecalc.cli.options import agreements_option, as_of_option, day_of, quiet_option
from feecalc.cli.showing import counted, print_exceptions, print_notes, print_problems
from feecalc.cli.statuses import DONE, NEEDS_A_PERSON
from feecalc.terminal import WIDTH, say, show

if TYPE_CHECKING:
    from feecalc.ledger import Ledger


MOST_CLAIMS = 10  # lines claimed by several agreements that `check` shows


@click.command()
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


@click.command()
@click.argument("records", required=False, type=click.Path(path_type=Path, exists=True, readable=False))
@agreements_option
@as_of_option
@quiet_option
def check(records: Path | None, agreement_paths: tuple[Path, ...], as_of: str | None, quiet: bool) -> int:
    """Check agreements, their worked examples, and RECORDS.

    \b
      feecalc check
      feecalc check examples/neotherapeutics-2002
    """
    from feecalc.agreement_notes import notes_on
    from feecalc.problems import Problems, Refused
    from feecalc.worked import run_examples

    problems = Problems()
    day = day_of(as_of)
    agreements, _ = agreements_at(agreement_paths, problems)
    if any(problem.code == "no-agreements" for problem in problems):
        problems.refuse_if_any()  # there is nothing to check
    print_notes([*set_aside_at(agreement_paths), *notes_on(agreements)])
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
    found = records_at(records, agreements, problems) if records is not None else None
    if len(problems):
        print_problems(priced_problems(problems, agreement_paths, found, day))
        return NEEDS_A_PERSON
    if found is not None:
        from feecalc.engagement import compute

        ledger = compute(agreements, found, day)
        if not quiet:
            _print_coverage(ledger)
            _print_claims(ledger)
        print_exceptions(ledger)
        wrong += ledger.needs_a_person
    return NEEDS_A_PERSON if wrong else DONE


def _print_coverage(ledger: Ledger) -> None:
    """How many lines each answer holds for."""
    import textwrap

    lines, agreement, claims = ledger.attribution.answers()
    bases = ledger.attribution.bases(lines, claims)
    counts: dict[str, int] = {}
    for index, basis in zip(agreement.tolist(), bases, strict=True):
        words = f"owed to {ledger.agreements[index].id}" if index >= 0 else basis.split(":")[0]
        counts[words] = counts.get(words, 0) + 1
    answers = "; ".join(f"{n:,} {words}" for words, n in sorted(counts.items()))
    text = f"records: {counted(len(ledger.table), 'line', 'lines')}; {answers}"
    show(textwrap.fill(text, WIDTH, subsequent_indent="    ", break_on_hyphens=False))


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
        show(textwrap.fill(shown(line.text), WIDTH, subsequent_indent="    ", break_on_hyphens=False))
    if len(found) > MOST_CLAIMS:
        show("And more: see the sheet Claims of the ledger.")


@click.command()
@click.argument("ids", nargs=-1)
@agreements_option
@quiet_option
def describe(ids: tuple[str, ...], agreement_paths: tuple[Path, ...], quiet: bool) -> int:
    """Print agreements as term sheets in plain English.

    \b
      feecalc describe brighton

    All agreements, or those with these IDS.
    """
    from feecalc.describe import term_sheet
    from feecalc.problems import Place, Problems, did_you_mean

    problems = Problems()
    agreements, _ = agreements_at(agreement_paths, problems)
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


@click.command()
def schema() -> int:
    """Print the JSON Schema of an agreement file, for editors.

    \b
      feecalc schema > agreement.schema.json
    """
    import json

    from feecalc.write.schema import agreement_schema

    show(json.dumps(agreement_schema(), indent=2))
    return DONE
