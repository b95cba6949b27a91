"""What was found about an amount, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from feecalc.clauses import Reimbursement
from feecalc.forensics import Findings
from feecalc.forensics.unexplained import MOST_CLOSINGS
from feecalc.forensics.ways import Explanation
from feecalc.ledger import Ledger
from feecalc.money import shown_money

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
