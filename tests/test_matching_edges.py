"""Matching at its edges, each worked by hand: single cents, names, limits of the search, running again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from feecalc.matching import Matching, combinations, subsets
from feecalc.matching.open_items import NOT_KNOWN, Document, Item, Match, Names, Tolerance
from feecalc.matching.subsets import Sums, overlaps, subset

NOBODY = ("", "", "", "")
OF_B = ("b", "", "", "")


def made(
    documents: Sequence[int | Document], items: Sequence[int | Item], tolerances: Sequence[Tolerance] = ()
) -> Matching:
    return Matching(
        [each if isinstance(each, Document) else Document("p", each, NOBODY) for each in documents],
        [each if isinstance(each, Item) else Item("p", each, ("a", "fee", str(n), "")) for n, each in enumerate(items)],
        tolerances,
    )


def matched(
    documents: Sequence[int | Document], items: Sequence[int | Item], tolerances: Sequence[Tolerance] = ()
) -> Matching:
    matching = made(documents, items, tolerances)
    matching.run()
    return matching


def applied(matching: Matching) -> list[tuple[int | None, int | None, int, str]]:
    return [(m.document, m.item, m.amount, m.rule) for m in matching.matches]


def named(amount: int, clause: str = "", closing: str = "", invoice: str = "", agreement: str = "a") -> Document:
    return Document("p", amount, (agreement, clause, closing, invoice), stated=True)


def numbered(amount: int, invoice: str, agreement: str = "") -> Item:
    return Item("p", amount, (agreement, "", "", invoice))


# ---- names ----


@pytest.mark.parametrize(
    ("given", "borne", "fits"),
    [
        (("a", "fee", "1", ""), ("a", "fee", "1", ""), True),
        (("", "", "", ""), ("a", "fee", "1", ""), True),
        (("a", "fee", "2", ""), ("a", "fee", "1", ""), False),
        (("b", "", "", ""), ("a", "fee", "1", ""), False),
        (("a", "fee", "", ""), ("", "", "", "INV-1"), True),  # what an invoice leaves unnamed fits every name
        (("a", "fee", "", ""), ("b", "", "", "INV-1"), False),
        (("a", "fee", "", ""), ("a", "other", "", "INV-1"), False),
        (("a", "fee", "2", ""), ("a", "fee", "1", "INV-1"), False),
        (("a", "fee", "1", ""), ("a", "fee", "", ""), False),
        (("a", "fee", "1", ""), ("a", "", "1", ""), False),
        (("a", "", "", ""), ("", "", "", ""), False),
        (("", "", "", "INV-1"), ("", "", "", "INV-1"), True),
        (("", "", "", ""), ("", "", "", "INV-1"), True),
        (("", "", "", "INV-1"), ("a", "fee", "1", ""), False),
        (("", "", "", "INV-2"), ("", "", "", "INV-1"), False),
        (("", "", "", NOT_KNOWN), ("a", "fee", "1", ""), True),
        (("", "", "", NOT_KNOWN), ("", "", "", "INV-1"), False),
    ],
)
def test_what_a_document_names_must_be_borne(given: Names, borne: Names, fits: bool) -> None:
    assert made([Document("p", 1, given)], [Item("p", 1, borne)]).fits(0, 0) is fits
    assert not made([Document("q", 1, given)], [Item("p", 1, borne)]).fits(0, 0)


def test_an_invoice_is_named_whatever_else_is() -> None:
    """20 of an invoice of 30 that names neither agreement nor clause."""
    assert applied(matched([named(20, "fee", "1", "INV-1")], [numbered(30, "INV-1"), 50])) == [(0, 0, 20, "reference")]


def test_an_invoice_that_is_not_known_leaves_the_other_names() -> None:
    assert applied(matched([named(20, "fee", "0", NOT_KNOWN)], [30, 50])) == [(0, 0, 20, "reference")]


def test_an_agreement_alone_names_what_bears_its_name() -> None:
    """An invoice without the agreement fits, and is not named; so 10 and 30 are a set that adds up."""
    found = matched([named(40)], [10, numbered(30, "INV-1")])
    assert {m.rule for m in found.matches} == {"combination"} and found.left == [0]


def test_an_agreement_that_is_not_stated_is_no_reference() -> None:
    found = matched([Document("p", 40, ("a", "", "", ""))], [10, 30])
    assert {m.rule for m in found.matches} == {"combination"}


def test_a_reference_applies_a_single_cent() -> None:
    assert applied(matched([named(1, "fee", "0")], [30])) == [(0, 0, 1, "reference")]
    assert applied(matched([named(30, "fee", "0")], [1])) == [(0, 0, 1, "reference")]
    assert not matched([named(-5, "fee", "0")], [30]).matches


def test_what_is_held_is_not_touched() -> None:
    for document in (named(20, "fee", "0"), 30, 29):
        matching = made([document], [30], (Tolerance("small", 1),))
        matching.held.add(0)
        matching.run()
        assert not matching.matches and not matching.unclear


# ---- one amount ----


def test_documents_of_one_amount_meet_items_by_their_dates_whatever_their_names() -> None:
    documents = [30, Document("p", 30, ("a", "", "", "")), 30]
    assert applied(matched(documents, [30, 30, 30])) == [(n, n, 30, "amount") for n in range(3)]


def test_of_items_of_one_amount_that_of_the_lower_tier_is_looked_at_first() -> None:
    items = [Item("p", 30, ("a", "", "", ""), tier=1), Item("p", 30, ("a", "", "", ""))]
    assert applied(matched([30], items)) == [(0, 1, 30, "amount")]


def test_what_is_unclear_among_the_lower_tier_is_not_applied_to_a_higher_one() -> None:
    items = [Item("p", 30, ("a", "fee", closing, ""), tier=int(closing == "C")) for closing in "ABC"]
    matching = matched([30], items)
    assert not matching.matches and matching.unclear == {0: ((0,), (1,))}


def test_of_several_documents_and_one_item_the_first_that_fits_is_applied() -> None:
    assert applied(matched([Document("p", 30, OF_B), 30], [30])) == [(1, 0, 30, "amount")]


def test_a_document_that_fits_nothing_keeps_no_other_waiting() -> None:
    found = matched([30, 30, Document("p", 30, OF_B)], [30, 30])
    assert applied(found) == [(0, 0, 30, "amount"), (1, 1, 30, "amount")] and not found.unclear


def test_more_documents_than_items_of_one_amount() -> None:
    found = matched([30, 30, 30], [30, 30])
    assert applied(found) == [(0, 0, 30, "amount"), (1, 1, 30, "amount")] and found.left == [0, 0, 30]


def test_documents_of_one_amount_that_fit_different_items_are_unclear() -> None:
    """Two that bear the clause fee, two of closing 1; one of them is both."""
    items = [Item("p", 30, ("a", clause, closing, "")) for clause, closing in (("fee", "0"), ("fee", "1"), ("x", "1"))]
    found = matched([Document("p", 30, ("a", "fee", "", "")), Document("p", 30, ("a", "", "1", ""))], items)
    assert not found.matches and found.unclear == {0: ((0,), (1,)), 1: ((1,), (2,))}


def test_what_is_unclear_by_its_amount_is_in_no_set() -> None:
    found = matched([30], [30, 30, 10, 20])
    assert not found.matches and found.unclear == {0: ((0,), (1,))}


# ---- sets ----


def test_what_was_applied_is_not_unclear() -> None:
    for documents, items in (([60], [10, 20, 30, 75]), ([20, 20, 23], [63]), ([40, 60], [30, 70])):
        found = matched(documents, items)
        assert found.left == [0] * len(documents) and not found.unclear and not found.unsearched


def test_of_documents_alike_the_first_takes_the_set() -> None:
    found = matched([30, 30], [10, 20])
    assert applied(found) == [(0, 0, 10, "combination"), (0, 1, 20, "combination")] and not found.unclear


def test_documents_alike_make_one_set() -> None:
    """30 is 10 + 20 of the first two, of the last two, and so on: all alike."""
    assert applied(matched([10, 20, 20, 10], [30])) == [(0, 0, 10, "combination"), (1, 0, 20, "combination")]


def test_sets_of_documents_that_fit_alike_are_unclear() -> None:
    found = matched([10, 20, 5, 25], [30])
    assert not found.matches and found.unclear == dict.fromkeys(range(4), ((0,),))
    found = matched([10, 20], [30, 30])
    assert not found.matches and found.unclear == dict.fromkeys(range(2), ((0,), (1,)))


def test_what_is_unclear_in_one_set_is_in_no_other() -> None:
    """35 and 40 both want the 25; so they are neither the 75, nor all five together (35 + 40 = 75 as well)."""
    assert not matched([35, 40], [10, 25, 15, 75]).matches
    assert not matched([35, 40], [10, 25, 15, 12, 13]).matches


def test_sets_are_of_what_fits() -> None:
    assert not matched([10, Document("p", 20, OF_B)], [30]).matches
    assert not matched([40, Document("p", 60, OF_B)], [30, 70]).matches
    assert not matched([Document("p", 40, OF_B), 60], [30, 70]).matches


def test_what_takes_back_is_in_no_crowd() -> None:
    """40 - 10 is no payment of 30; 100 - 20 against 50 + 30, and 50 + 30 against 100 - 20, are left to a person."""
    for documents, items in (([40, -10], [30]), ([100, -20], [50, 30]), ([50, 30], [100, -20])):
        assert not matched(documents, items).matches


def test_a_cent_is_part_of_a_set() -> None:
    for documents, items in (([1, 29], [30]), ([1, 99], [40, 60]), ([40, 60], [1, 99])):
        assert matched(documents, items).left == [0, 0]


def test_sets_that_meet_stand_anywhere() -> None:
    found = matched([40, 60], [5_000, 30, 70])
    assert [(m.document, m.item, m.amount) for m in found.matches] == [(0, 1, 30), (0, 2, 10), (1, 2, 60)]
    found = matched([40, 60, 1_000, 2_500], [1_200, 30, 70, 2_300])
    assert found.left == [0] * 4 and {(m.document, m.item) for m in found.matches} == {
        (0, 1),
        (0, 2),
        (1, 2),
        (2, 0),
        (3, 0),
        (3, 3),
    }


def test_sets_that_share_a_member_are_unclear() -> None:
    found = matched([40, 60], [30, 70, 45, 55])
    assert not found.matches and found.unclear == dict.fromkeys(range(2), ((0, 1), (2, 3)))
    found = matched([40, 60, 45, 55], [30, 70])
    assert not found.matches and found.unclear == dict.fromkeys(range(4), ((0, 1),))


# ---- how far the search goes ----


def test_twenty_of_each_are_searched_and_no_more() -> None:
    twenty, more = [2**n for n in range(20)], [2**n for n in range(21)]
    assert matched(twenty, [sum(twenty)]).unmet == [0] and matched([sum(twenty)], twenty).left == [0]
    assert subset(twenty, sum(twenty)) == tuple(range(20)) and subset(more, sum(more)) is None
    found = matched([sum(more)], more)
    assert not found.matches and found.unsearched == {0}
    found = matched(more, [sum(more)])
    assert not found.matches and found.unsearched == set(range(21))


def test_what_fits_nothing_needs_no_search() -> None:
    assert matched([named(7, "x")], list(range(100, 125))).unsearched == set()


def test_a_pool_is_searched_up_to_its_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two documents and three items are six pairs."""
    for most, unsearched in ((6, set[int]()), (5, {0, 1})):
        monkeypatch.setattr(combinations, "MOST_PAIRS", most)
        found = matched([40, 60], [30, 70, 5_000])
        assert found.unsearched == unsearched and bool(found.matches) is not bool(unsearched)


def test_a_pool_is_searched_up_to_its_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two by two: 4 sums for each document, 4 for each item, and 4 + 4 for sets against sets, 24 in all."""
    for most, unsearched in ((24, set[int]()), (23, {0, 1})):
        monkeypatch.setattr(subsets, "MOST_SUMS", most)
        found = matched([40, 60], [30, 70])
        assert found.unsearched == unsearched and bool(found.matches) is not bool(unsearched)


@pytest.mark.parametrize(
    ("amounts", "target", "sets"),
    [
        ([-5, 20, 30], 50, [(1, 2)]),
        ([5, -5], 0, [(0, 1)]),
        ([30, 10, 20], 30, [(1, 2)]),
        ([10, 15, 15, 20], 30, [(0, 3), (1, 2)]),
        ([10, 20], 31, []),
        ([30], 30, []),
    ],
)
def test_sets_that_add_up(amounts: list[int], target: int, sets: list[tuple[int, ...]]) -> None:
    """Of two or more, in the order of their places; the empty set is none."""
    assert Sums().adding_up_to(amounts, target) == sets


def test_sets_are_found_whatever_was_searched_before() -> None:
    """The same amounts again, for more and for less, and others in between; each search counts, found or not."""
    sums = Sums()
    assert sums.adding_up_to([10, 20, 25], 30) == [(0, 1)] and sums.adding_up_to([10, 20, 25], 45) == [(1, 2)]
    assert sums.adding_up_to([10, 20, 35], 45) == [(0, 2)] and sums.adding_up_to([10, 20, 35], 46) == []
    assert sums.adding_up_to([10, 20, 25], 45) == [(1, 2)] and sums.tried == 5 * (2 + 4)


def test_overlaps_end_with_the_shorter_side() -> None:
    assert list(overlaps([(0, 40), (1, 5)], [(0, 30)])) == [(0, 0, 30)]
    assert list(overlaps([(0, 10)], [(0, 30), (1, 5)])) == [(0, 0, 10)]


# ---- tolerances ----


def test_a_tolerance_reaches_to_its_edges() -> None:
    for document, item in ((1_025, 1_000), (975, 1_000), (1, 2), (2, 1)):
        assert [m.rule for m in matched([document], [item], (Tolerance("t", 25),)).matches][0] == "tolerance t"
    assert not matched([1_026], [1_000], (Tolerance("t", 25),)).matches
    assert not matched([-1], [1], (Tolerance("t", 25),)).matches


def test_items_of_any_order_are_within_a_tolerance() -> None:
    assert applied(matched([2_999], [3_000, 2_000, 1_000], (Tolerance("t", 5),)))[0] == (0, 0, 2_999, "tolerance t")


def test_the_widest_tolerance_says_how_far_is_looked() -> None:
    found = matched([950], [1_000], (Tolerance("small", 5), Tolerance("large", 100)))
    assert found.matches[0].rule == "tolerance large"


def test_a_tolerance_is_for_what_nothing_was_applied_of() -> None:
    """30 of 35 go to the fee that is named; the other 5 are within 1 of an invoice, and left."""
    found = matched([named(35, "fee")], [30, numbered(6, "INV-1", "a")], (Tolerance("t", 1),))
    assert applied(found) == [(0, 0, 30, "reference")] and found.left == [5]


def test_what_is_unclear_is_within_no_tolerance() -> None:
    found = matched([30], [10, 20, 5, 25], (Tolerance("t", 5),))
    assert not found.matches and found.unclear == {0: ((0, 1), (2, 3))}


def test_what_a_tolerance_leaves_of_an_item_is_open_to_the_next() -> None:
    """600 of 1,000, then 400 of 500; the 100 that are left are within the tolerance too."""
    found = matched([600, 500], [1_000], (Tolerance("t", 500),))
    rule = "tolerance t"
    assert applied(found) == [(0, 0, 600, rule), (1, 0, 400, rule), (1, None, 100, rule)]
    assert found.left == [0, 0] and found.unmet == [0]


def test_of_two_near_ones_that_of_the_lower_tier_is_meant() -> None:
    items = [Item("p", 1_001, ("a", "", "", ""), tier=1), Item("p", 999, ("a", "", "", ""))]
    assert applied(matched([1_000], items, (Tolerance("t", 1),)))[0][:3] == (0, 1, 999)


def test_a_tolerance_of_an_agreement_closes_what_is_left_of_its_items_and_documents() -> None:
    of_a = (Tolerance("t", 25, agreement="a"),)
    assert matched([990], [1_000], of_a).unmet == [0]
    assert matched([named(990, "fee")], [1_000], of_a).unmet == [0]
    found = matched([named(1_010, "fee")], [1_000], of_a)
    assert applied(found) == [(0, 0, 1_000, "reference"), (0, None, 10, "tolerance t")] and found.left == [0]


# ---- again, and what is undone ----


def test_run_again_it_takes_up_what_has_become_clear() -> None:
    matching = matched([30], [30, 30])
    matching.unmet[1] = 0
    matching.run()
    assert applied(matching) == [(0, 0, 30, "amount")] and not matching.unclear
    matching = matched([5], list(range(100, 121)))
    assert matching.unsearched == {0}
    matching.unmet = [0] * 21
    matching.run()
    assert not matching.unsearched


def test_what_is_undone_is_open_again_on_both_sides() -> None:
    """And no tolerance closes what has nothing applied to it any more."""
    matching = matched([named(24, "fee")], [30], (Tolerance("t", 30),))
    assert applied(matching) == [(0, 0, 24, "reference"), (None, 0, 6, "tolerance t")]
    matching.withdraw(0, 10)
    assert matching.matches[0] == Match(0, 0, 14, "reference") and (matching.left, matching.unmet) == ([10], [10])
    matching.withdraw(0, 14)
    matching.held.add(0)
    matching.run()
    assert (matching.left, matching.unmet) == ([24], [24]) and matching.matches[0].amount == 0


def test_oldest_first() -> None:
    """The last in part; what is met is passed over, what does not fit is left alone."""
    matching = made([51, 20, Document("q", 5, NOBODY), 9], [30, 0, Item("p", 7, OF_B), 1, 40, 90])
    matching.documents[0] = Document("p", 51, ("a", "", "", ""))  # type: ignore[index]
    matching.unclear = {0: ((0,),), 1: ((0,),)}
    matching.unsearched = {0, 1}
    matching.oldest_first([0, 2, 1], range(6), "by agreement")
    assert [(m.document, m.item, m.amount, m.rule) for m in matching.matches] == [
        (0, 0, 30, "by agreement"),
        (0, 3, 1, "by agreement"),
        (0, 4, 20, "by agreement"),
        (1, 2, 7, "by agreement"),
        (1, 4, 13, "by agreement"),
    ]
    assert not matching.unclear and not matching.unsearched and matching.left == [0, 0, 5, 9]


def test_oldest_first_takes_nothing_for_what_is_taken_back() -> None:
    matching = made([31, -5], [30, 1, -5, 2])
    matching.oldest_first([0, 1], range(4), "by agreement")
    assert [(m.document, m.item, m.amount) for m in matching.matches] == [(0, 0, 30), (0, 1, 1)]


def test_of_documents_alike_none_is_taken_in_the_place_of_another() -> None:
    """Three payments of 30.00, and 10.00, 20.00, 5.00 and 25.00: two of the three would do, and none says which."""
    matching = matched([30_00, 30_00, 30_00], [10_00, 20_00, 5_00, 25_00])
    assert applied(matching) == []
    assert set(matching.unclear) == {0, 1, 2}
