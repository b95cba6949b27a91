"""Names that are nearly others."""

from __future__ import annotations

import time

import pytest

from feecalc.names import NearNames, is_end_of_name


@pytest.mark.parametrize(
    "name, near",
    [
        ("Alpha Fund", "Alpha Fund LLC"),
        ("Alpha Fund, L.L.C.", "Alpha Fund LLC"),
        ("Beta & Sons Limited", "Beta and Sons Ltd"),
        ("Gamma Partners Inc.", "Gamma Partners"),
        ("Delta Fund LP", ""),  # the other is its offshore twin
        ("Alpha Found LLC", "Alpha Fund LLC"),
        ("Omega Fund LLC", ""),
        ("LLC", ""),
    ],
)
def test_a_legal_form_is_seen_through(name: str, near: str) -> None:
    names = NearNames(["Alpha Fund LLC", "Beta and Sons Ltd", "Gamma Partners", "Delta Fund Ltd"])
    assert names.nearest(name) == near


def test_thousands_of_names_alike_in_all_words_but_one_do_not_hold_up_a_run() -> None:
    def word(number: int) -> str:
        return "".join("abcdefghij"[number // power % 10] for power in (1, 10, 100, 1000))

    names = NearNames(f"Investor {word(n)}z LLC" for n in range(10_000))
    start = time.process_time()
    for number in range(10_000):
        names.nearest(f"Investor {word(number)}q LLC")
    assert time.process_time() - start < 20


@pytest.mark.parametrize("text", ["LLC", "llc", "L.P.", "Inc.", "Jr.", "N.A.", "Ltd"])
def test_what_is_no_name_alone(text: str) -> None:
    assert is_end_of_name(text)


@pytest.mark.parametrize("text", ["", "II", "NA", "SA", "Company", "Limited Partners", "Co", "LLC Fund"])
def test_what_may_be_a_name_alone(text: str) -> None:
    assert not is_end_of_name(text)
