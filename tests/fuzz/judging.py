"""What comes of an engagement, and whether it may: no traceback, no silent change, no row lost, not over a second."""

from __future__ import annotations

import io
import re
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from attrs import frozen

from feecalc.agreement import Agreement
from feecalc.cli.statuses import DEFECT, DONE, MACHINE, NEEDS_A_PERSON, NOT_DONE
from feecalc.describe import term_sheet
from feecalc.engagement import compute
from feecalc.explain import explanation
from feecalc.ledger import Ledger
from feecalc.linking import linked
from feecalc.problems import MachineRefused, Problems, Refused
from feecalc.read.agreements import read_agreements
from feecalc.read.records import read_records
from feecalc.reconcile import reconcile
from feecalc.worked import run_examples
from feecalc.write.ledger_json import write_json

from .changed_agreements import tree_of
from .changed_workbooks import WORKBOOK
from .engagements import Engagement, of_one_agreement
from .mutations import Mutation
from .plain import NotPlain, gross_by_line

MOST_SECONDS = 1.0  # of the processor, for one engagement
STOPPED_AFTER = 10.0
# Columns that say where an entry stands, not what it is.
PLACES = ("source", "row", "part", "instalment", "stage", "rank", "lines")


class TooLong(BaseException):
    """The engagement was stopped: it may take no longer."""


@frozen
class Outcome:
    """What came of an engagement. `amounts` are its entries and totals, `told` the codes of problems, or exceptions."""

    status: int
    amounts: tuple[Any, ...]
    told: tuple[str, ...]
    gross: tuple[int, ...]
    seconds: float
    fault: str = ""  # the traceback of a defect
    agreements: tuple[Agreement, ...] = ()


@frozen
class Finding:
    """A mutation from which something followed that must not."""

    what: str
    mutation: Mutation
    outcome: Outcome

    def __str__(self) -> str:
        m = self.mutation
        return f"{self.what}: {m.family}: {m.before.name}: {m.told}\n{self.outcome.told}\n{self.outcome.fault}"


def outcome(engagement: Engagement, folder: Path, known: tuple[Agreement, ...] | None = None) -> Outcome:
    """Read, compute and write an engagement in a folder; `known` are its agreements, where they were read before."""
    engagement.write(folder)
    start = time.process_time()
    try:
        with _stopped_after(STOPPED_AFTER):
            found = _run(engagement, folder, known)
    except Refused as refused:
        codes = tuple(problem.code for problem in refused.problems)
        texts = [str(problem) for problem in refused.problems]
        fault = "" if all(texts) and codes else "refused without a word"
        return Outcome(NOT_DONE, (), codes, (), time.process_time() - start, fault)
    except (MachineRefused, OverflowError, MemoryError, OSError) as error:
        return Outcome(MACHINE, (), (str(error),), (), time.process_time() - start)
    except TooLong:
        return Outcome(DONE, (), (), (), STOPPED_AFTER)
    except Exception:
        return Outcome(DEFECT, (), (), (), time.process_time() - start, traceback.format_exc())
    status, amounts, told, gross, agreements = found
    return Outcome(status, amounts, told, gross, time.process_time() - start, agreements=agreements)


def _run(engagement: Engagement, folder: Path, known: tuple[Agreement, ...] | None) -> tuple[Any, ...]:
    problems = Problems()
    agreements = known or tuple(read_agreements([folder / "agreements"], problems)[0])
    if not engagement.tables:
        problems.refuse_if_any()
        failed = [str(each) for agreement in agreements for each in run_examples(agreement)[1]]
        sheets = tuple(term_sheet(agreement) for agreement in agreements)
        return NEEDS_A_PERSON if failed else DONE, sheets, tuple(failed), (), agreements
    only = list(engagement.tables) == [WORKBOOK]
    records = read_records(folder / "records" / (WORKBOOK if only else ""), problems)
    if not len(problems):
        linked(agreements, records, problems)
    problems.refuse_if_any()
    ledger = compute(agreements, records, engagement.as_of)
    write_json(ledger, io.StringIO())
    for entry in range(min(2, len(ledger.entries))):
        explanation(ledger, entry)
    codes = [each.code for each in ledger.exceptions]
    if ledger.has_documents:
        found = reconcile(ledger)
        codes += [each.code for each in (*found.exceptions, *found.differences)]
    told = (*sorted(codes), *sorted(check.name for check in ledger.checks if not check.holds))
    status = NEEDS_A_PERSON if ledger.needs_a_person else DONE
    return status, _amounts(ledger), told, tuple(sorted(ledger.table.gross.tolist())), agreements


def _amounts(ledger: Ledger) -> tuple[Any, ...]:
    entries = ledger.entries.drop(columns=[name for name in PLACES if name in ledger.entries])
    rows = sorted(map(str, entries.itertuples(index=False, name=None)))
    return tuple(rows), tuple(map(str, ledger.totals.itertuples(index=False, name=None)))


@contextmanager
def _stopped_after(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


_UNCHANGED: dict[int, Outcome] = {}


def unchanged(engagement: Engagement) -> Outcome:
    """What comes of an engagement before any change, worked out once."""
    if id(engagement) not in _UNCHANGED:
        with TemporaryDirectory(prefix="fuzz-") as folder:
            _UNCHANGED[id(engagement)] = outcome(engagement, Path(folder))
    return _UNCHANGED[id(engagement)]


def tried(mutation: Mutation) -> tuple[Outcome, Finding | None]:
    """What comes of a mutation, and what of it must not be, if anything."""
    before = unchanged(mutation.before)
    known = before.agreements if mutation.after.agreements == mutation.before.agreements else None
    with TemporaryDirectory(prefix="fuzz-") as folder:
        after = outcome(mutation.after, Path(folder), known)
    what = wrong(mutation, before, after)
    return after, Finding(what, mutation, after) if what else None


def wrong(mutation: Mutation, before: Outcome, after: Outcome) -> str:
    """What must not have come of a mutation; empty if all is well."""
    if after.fault:
        return "a defect"
    if after.seconds > MOST_SECONDS:
        return f"{after.seconds:.1f} seconds"
    if any("memory" in each for each in after.told if after.status == MACHINE):
        return "too much memory"
    accepted = after.status in (DONE, NEEDS_A_PERSON)
    if mutation.means == "nothing" and (after.amounts, after.told) != (before.amounts, before.told):
        return "a change that means nothing changed something"
    if mutation.means == "refused" and accepted:
        return "accepted what can not be read"
    if mutation.means == "told" and accepted and after.told == before.told:
        return "nothing was told"
    if accepted and mutation.after.tables:
        try:
            expected = gross_by_line(mutation.after.tables)
        except NotPlain:
            return ""
        if list(after.gross) != expected:
            return f"lines of {list(after.gross)} read where {expected} stand"
    if accepted and mutation.after.agreements != mutation.before.agreements:
        return _of_terms(mutation, before, after)
    return ""


def _of_terms(mutation: Mutation, before: Outcome, after: Outcome) -> str:
    """Terms that say the same must give the same; what says another thing, and unknown keys, may not be passed over."""
    try:
        texts = [next(iter(each.agreements.values())).decode("utf-8-sig") for each in (mutation.before, mutation.after)]
        trees = [tree_of(text) for text in texts]
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        return "accepted what is not YAML"
    if trees[0] == trees[1]:
        same = (after.amounts, after.told) == (before.amounts, before.told)
        return "" if same else "the same terms give other amounts"
    if unknown := _keys(trees[1]) - known_keys():
        return f"accepted the unknown keys {sorted(unknown)}"
    if _meant(trees[0]) != _meant(trees[1]) and _said(before) == _said(after):
        return "passed a change over"
    return ""


def _meant(tree: Any) -> Any:
    """A tree without what is only a matter of writing: spaces, and the marks within numbers."""
    if isinstance(tree, dict):
        return {key: _meant(each) for key, each in tree.items()}
    if isinstance(tree, list):
        return [_meant(each) for each in tree]
    text = " ".join(tree.split())
    number = text.replace(",", "").removesuffix("%")
    return Decimal(number).normalize() if number.replace(".", "", 1).isdecimal() else text


def _said(outcome: Outcome) -> str:
    """The agreements as objects, wherever their files lie."""
    return re.sub(r"fuzz-\w+", "", repr(outcome.agreements))


@cache
def known_keys() -> frozenset[str]:
    """Every key of the agreements that the project ships."""
    trees = [tree_of(content.decode("utf-8")) for each in of_one_agreement() for content in each.agreements.values()]
    return frozenset().union(*(_keys(tree) for tree in trees))


def _keys(tree: Any) -> set[str]:
    """The keys of a tree, those of worked examples left out: their rows are tables, with any columns."""
    if isinstance(tree, dict):
        below = (_keys(each) for key, each in tree.items() if key != "examples")
        return {str(key) for key in tree}.union(*below)
    return set().union(*map(_keys, tree)) if isinstance(tree, list) else set()
