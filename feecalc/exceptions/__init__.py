"""Exceptions: what was found in the records that needs a person's decision. Each has a code, a severity and a place.

claimed-twice             two agreements claim a line by introduction; nobody is paid for it
award-without-effect      an award to an agreement that does not claim the line, or two that contradict each other
beyond-offering-limit     proceeds past the size an agreement covers; nothing accrues on them
currency-differs          a line in another currency than the agreement that it belongs to
reverses-earlier-records  a rescission of a closing that is not in these records, while balances stand before them
introduced-after-closing  an introduction within the term that came after the closing it is owed on
introduction-contradicted a line that names an agreement whose recorded introduction lies outside the term
price-paid-unknown        warrants at the price paid, and the line does not say what was paid per share
warrants-by-price         what was undone in parts left warrants at one exercise price that belong to another
possible-duplicate        two lines, or two expenses, alike in every column; a line that stands under two closings
similar-closing           two ids of closings that differ in case, spaces, hyphens or letters that look alike
line-before-balance       a line, an expense or a day that accrues, not later than the balance that is to stand before
balance-differs           a balance that is not what the clause gives on the base that the balance states
balance-missing           a clause without a balance, where another's says that lines before these records moved it
balance-after-as-of       a balance later than the day of the ledger, left out
advance-credit-open       balances that do not say how much of an advance had been recouped
advance-expenses-open     an advance of earlier records is returned, and no expenses from before are in these
credit-use-open           balances that do not say how much of a fixed fee was credited, or how credits were cut
limit-use-open            a balance that does not say how far limits, lists or steps were used before these records
first-closing-open        balances of earlier closings, and no day of the first one, from which something counts
first-closing-differs     a first closing that is stated, and dated later than what had accrued at closings
window-open               lines before the balances that count only since something that happened after them
rounding-open             balances that do not say by what fractions the running totals were rounded
given-way-open            balances that do not say how much had given way to a limit over several clauses
expense-payee-differs     an expense of another payee than those paid under its clause
acts-on-what-changed      a clause that acts on what accrued under another, of which part lapsed or was given up
expense-not-used          an expense under a clause or an agreement that takes none
similar-name              an investor whose name is nearly, and not quite, an introduced or an excluded one
similar-word              a security, offering, class of investors, category or event that is nearly an agreement's
signed-after-closing      a line that was signed after its closing
column-unknown            a column that is not used and resembles one that is missing
section-not-modelled      a section of the source about money that the agreement file does not state
decision-too-large        a decision that gives up more than stands; it changes nothing
document-unassigned       an invoice or a payment that no agreement can be told for
overpaid                  more was paid or invoiced under an agreement than is payable to the payee
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

from feecalc import totals
from feecalc.accrual import AgreementAccruals
from feecalc.agreement import Agreement
from feecalc.attribution import Attribution
from feecalc.attribution.awards import AWARD, awarded
from feecalc.attribution.claims import BY_LINE, BY_TABLE
from feecalc.attribution.verdicts import CURRENCY, GIVES_WAY, OWED
from feecalc.closing import MOST_SHOWN, NO_CLOSING, OUTSIDE, ClosingTable
from feecalc.dates import NEVER, day_date
from feecalc.exceptions import look_alikes, of_records
from feecalc.exceptions.before_balances import counted_twice
from feecalc.exceptions.missing_balances import missing_balances
from feecalc.exceptions.resumed import resumed
from feecalc.exceptions.similar_words import similar_words
from feecalc.ledger import LedgerException
from feecalc.line_columns import signed_days
from feecalc.line_prices import NO_PRICE
from feecalc.money import shown_count, shown_money
from feecalc.names import name_key
from feecalc.records import Records

Contested = dict[int, list[tuple[Agreement, dict[str, int]]]]


def found(
    agreements: Sequence[Agreement],
    records: Records,
    attribution: Attribution,
    accrued: Sequence[AgreementAccruals],
    contested: Contested,
    as_of: date,
) -> list[LedgerException]:
    """All exceptions, errors first, then in the order of the list above."""
    table = records.closings
    every = [
        *_claimed_twice(table, contested),
        *_awards(records, attribution, as_of),
        *_beyond_limit(table, accrued),
        *_other_currency(attribution),
        *_introductions(attribution),
        *_unpriced(table, accrued),
        *_astray(table, accrued),
        *look_alikes.duplicates(table),
        *look_alikes.under_two_closings(table),
        *look_alikes.similar_closings(table),
        *counted_twice(records, attribution, accrued, as_of),
        *of_records.balances(agreements, records, as_of),
        *missing_balances(agreements, records, accrued, as_of),
        *of_records.advances_without_expenses(agreements, records, as_of),
        *resumed(agreements, records, attribution, accrued, as_of),
        *of_records.expenses(agreements, records),
        *of_records.expense_payees(agreements, records),
        *_reverses_earlier(table),
        *look_alikes.similar_names(agreements, records, attribution),
        *similar_words(agreements, records),
        *_signed_late(table),
        *of_records.unknown_columns(agreements, records),
        *of_records.unassigned(agreements, records),
        *_sections(agreements),
    ]
    return sorted(every, key=lambda exception: exception.severity != "error")


def _claimed_twice(table: ClosingTable, contested: Contested) -> Iterator[LedgerException]:
    for line, claims in sorted(contested.items()):
        each = "; ".join(f"{agreement.id} would be owed {of_records.shown_amounts(sums)}" for agreement, sums in claims)
        names = " and ".join(agreement.id for agreement, _ in claims)
        yield LedgerException(
            "claimed-twice",
            "error",
            f"{table.investor[line]}, {shown_money(int(table.gross[line]))} at closing {table.closing[line]}, is "
            f"claimed by {names}: {each}. "
            "Nothing is payable on it until a person decides: name the agreement in `introduced_by` of the line, or "
            "record an award in the table decisions.",
            table.rows.place(line, "investor"),
        )


def _awards(records: Records, attribution: Attribution, as_of: date) -> Iterator[LedgerException]:
    """Awards that name nobody who claims a line, or that contradict each other."""
    table = attribution.table
    for award in records.decisions:
        if name_key(award.decision) != AWARD or award.date > as_of:
            continue
        about = awarded(award, table)
        mine = about[attribution.line] & _claims(attribution)
        if award.agreement not in {attribution.agreements[i].id for i in np.unique(attribution.agreement[mine])}:
            why = f"{award.agreement} claims no line that it is about"
        elif (attribution.contested & mine).any():
            why = "another award of the same day, or one to an agreement that does not claim them, speaks of its lines"
        else:
            continue
        message = f"the award to {award.agreement} does not settle its lines: {why}. Correct the table decisions."
        yield LedgerException("award-without-effect", "error", message, award.place)


def _claims(attribution: Attribution) -> npt.NDArray[np.bool_]:
    """Claims by introduction that stand, or that gave way."""
    stands = np.isin(attribution.verdict, [OWED, GIVES_WAY]) & np.isin(attribution.ground, [BY_LINE, BY_TABLE])
    return np.asarray(stands)


def _beyond_limit(table: ClosingTable, accrued: Sequence[AgreementAccruals]) -> Iterator[LedgerException]:
    for result in accrued:
        if result.excess is None:
            continue
        beyond: dict[int, int] = {}
        for code, amount in zip(result.excess.closing.tolist(), result.excess.beyond.tolist(), strict=True):
            beyond[code] = beyond.get(code, 0) + amount
        for code in list(beyond)[:MOST_SHOWN]:
            yield LedgerException(
                "beyond-offering-limit",
                "error",
                f"{shown_money(beyond[code])} of closing {table.closing.words[code]} lies beyond the offering limit of "
                f"{shown_money(result.excess.limit)} that {result.agreement.id} covers; nothing accrues on it. "
                "Decide whether the agreement was extended, and state its new limit.",
                table.rows.place(int(result.excess.first_line[code]), "closing"),
            )


def _other_currency(attribution: Attribution) -> Iterator[LedgerException]:
    table = attribution.table
    for claim in np.flatnonzero(attribution.verdict == CURRENCY)[:MOST_SHOWN].tolist():
        line, agreement = int(attribution.line[claim]), attribution.agreements[attribution.agreement[claim]]
        says = f"the line is in {table.currency[line]} and {agreement.id} pays in {agreement.currency}; "
        if agreement.conversion is not None:
            says += (
                "it converts at the rate in exchange_rate, and none is there, so that nothing accrues. State the rate."
            )
        else:
            says += (
                "nothing is converted and nothing accrues. Record the line in the agreement's currency, at the rate "
                "that the parties agreed."
            )
        yield LedgerException("currency-differs", "error", says, table.rows.place(line, "currency"))


def _introductions(attribution: Attribution) -> Iterator[LedgerException]:
    """Introductions that count by their date or by the line's own word, and that a person should look at."""
    table = attribution.table
    owed = (attribution.verdict == OWED) & ~attribution.contested
    sold = table.effective_day[attribution.line]
    here = table.reverses[attribution.line] == NO_CLOSING
    after = owed & here & (attribution.introduced != NEVER) & (attribution.introduced > sold)
    for claim in np.flatnonzero(after)[:MOST_SHOWN].tolist():
        line, agreement = int(attribution.line[claim]), attribution.agreements[attribution.agreement[claim]]
        yield LedgerException(
            "introduced-after-closing",
            "warning",
            f"{agreement.id} introduced {table.investor[line]} on {day_date(int(attribution.introduced[claim]))}, "
            "within its "
            f"term and after the closing of {day_date(int(sold[claim]))}; the line is owed. Is the date right?",
            table.rows.place(line, "investor"),
        )
    for line in np.flatnonzero(
        (table.reverses >= 0) & ~table.stated_by.is_blank() & table.introduced_by.is_blank() & ~attribution.after_as_of
    ).tolist():
        owed_to = {
            attribution.agreements[a].id for a in attribution.agreement[owed & (attribution.line == line)].tolist()
        }
        if table.stated_by[line] not in owed_to:
            yield LedgerException(
                "introduction-contradicted",
                "warning",
                f"the rescission says {table.stated_by[line]}, and what it undoes is owed to "
                f"{', '.join(sorted(owed_to)) or 'nobody'} by the introductions; it follows what it undoes. "
                "Correct one of the two.",
                table.rows.place(line, "introduced_by"),
            )
    contradicted = (attribution.introduced == NEVER) & (attribution.outside != NEVER) & (attribution.ground == BY_LINE)
    for claim in np.flatnonzero(owed & here & contradicted)[:MOST_SHOWN].tolist():
        line, agreement = int(attribution.line[claim]), attribution.agreements[attribution.agreement[claim]]
        yield LedgerException(
            "introduction-contradicted",
            "warning",
            f"the line says that {agreement.id} introduced {table.investor[line]}, and the introductions date that "
            f"{day_date(int(attribution.outside[claim]))}, outside its term; the line's own word holds and it is owed. "
            "Correct one of the two.",
            table.rows.place(line, "introduced_by"),
        )


def _unpriced(table: ClosingTable, accrued: Sequence[AgreementAccruals]) -> Iterator[LedgerException]:
    for result in accrued:
        for line in result.unpriced[:MOST_SHOWN].tolist():
            yield LedgerException(
                "price-paid-unknown",
                "warning",
                f"{result.agreement.id} gives warrants at the price paid, and the line has no price: they stand "
                "without exercise price. Add the price to the line.",
                table.rows.place(line, "price"),
            )


def _astray(table: ClosingTable, accrued: Sequence[AgreementAccruals]) -> Iterator[LedgerException]:
    """Exercise prices at which warrants remain though no proceeds do, or fewer than none remain.

    A closing at several prices that filled the pool, undone in parts in another order than its prices came, releases
    the pool's places at other prices than it took them: the total is right, the prices are not.
    """
    for result in accrued:
        for accrual in result.accruals:
            if accrual.groups is None or accrual.opening or not accrual.prices:
                continue
            priced = np.flatnonzero(accrual.price != NO_PRICE)
            price, count = accrual.price[priced].astype(np.int64), len(accrual.prices)
            base = totals.summed(accrual.base[priced], price, count)
            warrants = totals.summed(accrual.accrued[priced], price, count)
            astray = ((base == 0) & (warrants != 0)) | ((base > 0) & (warrants < 0))
            for index in np.flatnonzero(astray)[:MOST_SHOWN].tolist():
                last = int(accrual.groups.members(int(priced[price == index][-1]))[0])
                yield LedgerException(
                    "warrants-by-price",
                    "warning",
                    f'after what was undone, clause "{accrual.clause.id}" of {result.agreement.id} has '
                    f"{shown_count(int(warrants[index]))} warrants at {accrual.prices[index]} on proceeds of "
                    f"{shown_money(int(base[index]))}: its maximum was reached between prices. The total is right; "
                    "decide with the agent at which price they stand.",
                    table.rows.place(last, "gross_proceeds"),
                )


def _reverses_earlier(table: ClosingTable) -> Iterator[LedgerException]:
    for line in np.flatnonzero(table.reverses == OUTSIDE)[:MOST_SHOWN].tolist():
        yield LedgerException(
            "reverses-earlier-records",
            "error",
            f'closing "{table.reverses_word[line]}" is not in these records, and balances stand before them: '
            "what undoes it is taken back under the terms as they are, without its date and its rounding. "
            "Check that it is not a misspelling; to be exact, run over all closings.",
            table.rows.place(line, "reverses"),
        )


def _sections(agreements: Sequence[Agreement]) -> Iterator[LedgerException]:
    for agreement in agreements:
        for section in agreement.sections:
            if section.not_modelled:
                yield LedgerException(
                    "section-not-modelled",
                    "warning",
                    f"section {section.section} of {agreement.id} is not modelled: "
                    f"{section.not_modelled.rstrip('.')}. What it moves is in no figure here.",
                    section.place(),
                )


def _signed_late(table: ClosingTable) -> Iterator[LedgerException]:
    """Lines that were signed after they closed: the day of signing may decide what they count for."""
    signed = signed_days(table)
    for line in np.flatnonzero(signed > table.effective_day)[:MOST_SHOWN].tolist():
        yield LedgerException(
            "signed-after-closing",
            "warning",
            f"the line was signed on {day_date(int(signed[line]))}, and its closing is of "
            f"{day_date(int(table.effective_day[line]))}. Correct one of the two.",
            table.rows.place(line, "signed_on"),
        )
