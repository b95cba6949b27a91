"""The rules of matching, each worked by hand: what is applied, what is unclear, what is not searched."""

from __future__ import annotations

import pytest

from feecalc.matching import Matching
from feecalc.matching.open_items import Document, Item, Tolerance
from feecalc.matching.subsets import MOST_ITEMS, overlaps, subset

NOBODY = ("", "", "", "")


def matched(
    documents: list[int | Document], items: list[int | Item], tolerances: tuple[Tolerance, ...] = ()
) -> Matching:
    matching = Matching(
        [each if isinstance(each, Document) else Document("p", each, NOBODY) for each in documents],
        [each if isinstance(each, Item) else Item("p", each, ("a", "fee", str(n), "")) for n, each in enumerate(items)],
        tolerances,
    )
    matching.run()
    return matching


def applied(matching: Matching) -> list[tuple[int | None, int | None, int, str]]:
    return sorted((m.document or 0, m.item or 0, m.amount, m.rule) for m in matching.matches)


def named(amount: int, clause: str = "", closing: str = "", invoice: str = "", agreement: str = "a") -> Document:
    return Document("p", amount, (agreement, clause, closing, invoice), stated=True)


def test_by_the_only_amount_that_fits() -> None:
    assert applied(matched([30], [10, 20, 30])) == [(0, 2, 30, "amount")]


def test_of_two_equal_amounts_neither() -> None:
    found = matched([30], [30, 30])
    assert not found.matches and found.unclear == {0: ((0,), (1,))}


def test_two_documents_and_two_items_of_one_amount_meet_by_their_dates() -> None:
    found = matched([30, 30], [30, 30])
    assert (
        applied(found) == [(0, 0, 30, "amount"), (1, 1, 30, "amount")] and "which meets which" in found.matches[0].note
    )


def test_of_two_documents_of_one_amount_the_first_is_applied() -> None:
    found = matched([30, 30], [30])
    assert applied(found) == [(0, 0, 30, "amount")] and found.left == [0, 30] and not found.unclear


def test_what_one_document_takes_makes_another_clear() -> None:
    """The first fits both items, the second names one of them; so the first has the other."""
    found = matched([30, Document("p", 30, ("", "fee", "", ""))], [30, Item("p", 30, ("a", "allowance", "1", ""))])
    assert applied(found) == [(0, 1, 30, "amount"), (1, 0, 30, "reference")]


def test_a_reference_applies_in_part() -> None:
    found = matched([named(20, "fee", "0"), named(25, "fee", "0")], [30])
    assert applied(found) == [(0, 0, 20, "reference"), (1, 0, 10, "reference")]
    assert found.left == [0, 15] and found.unmet == [0]


def test_a_reference_to_several_needs_their_sum() -> None:
    assert applied(matched([named(60, "fee")], [10, 20, 30])) == [(0, n, 10 * n + 10, "reference") for n in range(3)]
    assert not matched([named(25, "fee")], [10, 20, 30]).matches


def test_an_agreement_alone_names_no_single_amount() -> None:
    assert applied(matched([named(40)], [10, 30])) == [(0, 0, 10, "reference"), (0, 1, 30, "reference")]
    assert not matched([named(35)], [40]).matches


def test_a_name_keeps_a_document_from_everything_else() -> None:
    assert not matched([named(30, "fee", "9")], [30]).matches


def test_one_document_for_several_items() -> None:
    assert applied(matched([60], [10, 20, 30, 75])) == [(0, n, 10 * n + 10, "combination") for n in range(3)]


def test_two_sets_that_fit_leave_both_open() -> None:
    """30 is 10 + 20 and 5 + 25."""
    found = matched([30], [10, 20, 5, 25])
    assert not found.matches and found.unclear == {0: ((0, 1), (2, 3))}


def test_a_set_that_contains_one_that_fits_is_no_other() -> None:
    """40 is 10 + 30; with what cancels out, 10 + 30 + 7 - 7 is 40 too."""
    assert applied(matched([40], [10, 30, 7, -7])) == [(0, 0, 10, "combination"), (0, 1, 30, "combination")]


def test_a_net_amount_takes_what_is_to_be_returned() -> None:
    assert applied(matched([42], [63, -21])) == [(0, 0, 63, "combination"), (0, 1, -21, "combination")]


def test_several_documents_for_one_item() -> None:
    assert applied(matched([20, 20, 23], [63])) == [(n, 0, (20, 20, 23)[n], "combination") for n in range(3)]


def test_contested_sets_leave_all_open() -> None:
    """35 is 10 + 25, 40 is 15 + 25; 25 cannot be in both."""
    found = matched([35, 40], [10, 25, 15])
    assert not found.matches and set(found.unclear) == {0, 1}


def test_several_documents_for_several_items_divide_by_running_totals() -> None:
    """40 and 60 against 30 and 70: 30 of the first is the first item, 10 and 60 are the second."""
    found = matched([40, 60], [30, 70])
    assert applied(found) == [(0, 0, 30, "combination"), (0, 1, 10, "combination"), (1, 1, 60, "combination")]


def test_two_groups_that_share_nothing_are_both_applied() -> None:
    found = matched([40, 60, 1_000, 2_500], [30, 70, 1_200, 2_300])
    assert found.left == [0] * 4 and found.unmet == [0] * 4


def test_beyond_the_limit_it_says_so() -> None:
    found = matched([10**6 + 3], [2 * n + 1 for n in range(MOST_ITEMS + 1)])
    assert found.unsearched == {0} and not found.matches


def test_twenty_items_are_searched() -> None:
    items = [2**n for n in range(MOST_ITEMS)]
    assert len(matched([sum(items)], items).matches) == MOST_ITEMS


def test_payees_and_currencies_do_not_mix() -> None:
    assert not matched([30], [Item("q", 30, ("a", "fee", "0", ""))]).matches
    assert not matched([Document("", 30, NOBODY)], [Item("", 30, ("a", "fee", "0", ""))]).matches


def test_a_tolerance_has_a_name_and_closes_the_rest() -> None:
    """63,000.00 owed and 62,975.00 paid, wire charges up to 25.00 allowed."""
    wire = Tolerance("wire charge", 25_00)
    found = matched([62_975_00], [63_000_00], (wire,))
    assert [(m.document, m.item, m.amount, m.rule) for m in found.matches] == [
        (0, 0, 62_975_00, "tolerance wire charge"),
        (None, 0, 25_00, "tolerance wire charge"),
    ]
    assert not matched([62_974_99], [63_000_00], (wire,)).matches
    assert not matched([62_975_00], [63_000_00]).matches


def test_a_tolerance_closes_what_a_reference_left() -> None:
    found = matched([named(62_975_00, "fee")], [63_000_00], (Tolerance("wire charge", 25_00),))
    assert [m.rule for m in found.matches] == ["reference", "tolerance wire charge"] and found.unmet == [0]


def test_a_tolerance_closes_no_more_than_it_allows() -> None:
    """A cent beyond the wire charge stays open; what is allowed under another agreement widens nothing."""
    found = matched([named(62_974_99, "fee")], [63_000_00], (Tolerance("wire charge", 25_00),))
    assert [m.rule for m in found.matches] == ["reference"] and found.unmet == [25_01]
    found = matched([named(63_025_01, "fee")], [63_000_00], (Tolerance("wire charge", 25_00),))
    assert [m.rule for m in found.matches] == ["reference"] and found.left == [25_01]
    assert not matched([990], [1_000], (Tolerance("wide", 100, agreement="b"), Tolerance("small", 5))).matches
    assert not matched([990], [1_000], (Tolerance("wide", 100, frozenset({"q"})), Tolerance("small", 5))).matches


def test_the_smallest_tolerance_that_suffices_is_used() -> None:
    allowed = (Tolerance("large", 100), Tolerance("small", 5), Tolerance("of another", 1, frozenset({"q"})))
    assert matched([999], [1_000], allowed).matches[0].rule == "tolerance small"


def test_two_items_within_a_tolerance_are_unclear() -> None:
    found = matched([1_000], [1_001, 999], (Tolerance("rounding", 1),))
    assert not found.matches and found.unclear == {0: ((0,), (1,))}


def test_overlaps_of_two_running_totals() -> None:
    assert list(overlaps([(0, 40), (1, 60)], [(0, 30), (1, 70)])) == [(0, 0, 30), (0, 1, 10), (1, 1, 60)]


@pytest.mark.parametrize(
    ("amounts", "target", "expected"),
    [
        ([50, 30, 20], 70, (0, 2)),
        ([50, 30, 20], 50, (0,)),  # the single one before 30 + 20
        ([50, 30, 20], 60, None),
        ([20, 20, 50], 20, None),  # two of them
        ([10, 20, 5, 25], 30, None),
    ],
)
def test_the_only_set(amounts: list[int], target: int, expected: tuple[int, ...] | None) -> None:
    assert subset(amounts, target) == expected
