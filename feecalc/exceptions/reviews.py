"""Reviews: exceptions that a person has looked at and lets stand, with who did and why.

A row of the table `reviews` names an exception by its code, its place and its words, as the ledger shows them. All
three must be as they stand: where a row is moved or a figure changes, what was looked at is no longer what is there,
and it has to be looked at anew. Nothing is hidden and no amount changes; what is reviewed is shown with its review, and
asks for nobody. An exception of severity error stands for something that is open, such as an amount that is owed to
nobody yet; it is settled where its message says, and no review does it.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from feecalc.ledger import LedgerException
from feecalc.names import name_key
from feecalc.problems import Problem
from feecalc.records import Review


def with_reviews(
    found: Sequence[LedgerException], reviews: Sequence[Review]
) -> tuple[list[LedgerException], list[Problem]]:
    """The exceptions with the reviews that are of them, and a note on each review that is of none."""
    of: dict[int, list[Review]] = {}
    notes = []
    for review in reviews:
        same = [number for number, each in enumerate(found) if _is_of(review, each)]
        if any(found[number].severity == "error" for number in same):
            says = f"{review.code} is open until what its message asks for is done; a review does not settle it."
            notes.append(Problem(review.place, "review-of-an-error", says))
            continue
        for number in same:
            of.setdefault(number, []).append(review)
        if not same:
            notes.append(Problem(review.place, "review-of-nothing", _astray(review, found)))
    return [evolve(each, reviews=tuple(of.get(number, ()))) for number, each in enumerate(found)], notes


def _is_of(review: Review, exception: LedgerException) -> bool:
    return (
        name_key(review.code) == exception.code
        and _is_at(review, exception)
        and name_key(review.message) == name_key(exception.message)
    )


def _is_at(review: Review, exception: LedgerException) -> bool:
    """Whether they are of one place, whatever folders are named before the file."""
    at, within = name_key(review.at.replace("\\", "/")), name_key(exception.place.within)
    return at == within or at.endswith("/" + within)


def _astray(review: Review, found: Sequence[LedgerException]) -> str:
    """Why a review is of no exception: what is nearest to what it names."""
    alike = [each for each in found if each.code == name_key(review.code)]
    moved = [each.place.within for each in alike if name_key(each.message) == name_key(review.message)]
    if moved:
        return f"what it reviews is not found at {review.at} but at {', '.join(moved)}. Look at that, and correct `at`."
    here = [each for each in alike if _is_at(review, each)]
    if here:
        return f'{review.code} at {review.at} now says: "{here[0].message}" Look at that, and correct `message`.'
    return f"{review.code} is not found at {review.at} as of this day; the row has no effect."
