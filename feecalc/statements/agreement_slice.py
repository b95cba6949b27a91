"""An agreement cut down to what concerns one payee: its own clauses, its own part of them, nobody else's names.

The document is cut, not the agreement: what is left is read again like any other file, and stands in the statement as
its input. What an agreement says that moves no figure of the payee is left out: readings, worked examples, sections of
the source, notes. Clauses that only others are paid under are left out as well; a clause of the payee that acts on what
accrues under one of those has its figures put in, since its formula would tell the others' terms.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from collections.abc import Mapping as ReadOnly

from attrs import define, field, frozen

from feecalc.agreement import Agreement
from feecalc.clauses import Advance, Clause, Minimum
from feecalc.money import Ratio, parse_share
from feecalc.names import name_key
from feecalc.problems import Place
from feecalc.read.documents import Mapping, Node, Sequence, Text, Unread, text_at
from feecalc.statements.mentions import Confidential

OTHERS = "Other payees"
NOBODY = "nobody in these records"
NEVER_RECORDED = "figures are put in"
AS_STATED = "as the agreement states it"
_LEFT_OUT = frozenset({"readings", "examples", "sections", "note", "notice", "pages", "evidence"})
_SAID = frozenset({"says", "section", "role", "document", "title"})
_CLAUSES = frozenset({"accrued_under", "less_clauses", "credited_against", "gives_way", "clauses"})
_INVESTORS = frozenset({"investors", "excluded"})


@define
class Neutral:
    """Words of the agreements and records that would tell a name, and the neutral ones that stand for them."""

    confidential: Confidential
    _instead: dict[str, str] = field(factory=dict)

    def word(self, text: str, kind: str = "name") -> str:
        """The text, or, where it tells a name, `kind-1`, the same wherever the text stands."""
        mentions = self.confidential.shorthand if kind in ("agreement", "clause") else self.confidential.names
        if not mentions.found_in(text):
            return text
        return self._instead.setdefault(name_key(text), f"{kind}-{len(self._instead) + 1}")

    def sentence(self, text: str, instead: str) -> str:
        """A free text, or other words for it where it could tell a name."""
        return instead if self.confidential.shorthand.found_in(text) else text


@frozen
class Slice:
    """A document of one payee's terms; `ids` gives the clauses that are left their ids there."""

    agreement_id: str
    document: Mapping
    ids: ReadOnly[str, str]

    def words(self) -> list[str]:
        """Every single text in it."""
        return list(_texts(self.document))


def _texts(node: Node) -> Iterator[str]:
    match node:
        case Text(value=value):
            yield value
        case Sequence(items=items):
            yield from (text for item in items for text in _texts(item))
        case Mapping(entries=entries):
            yield from (text for each in entries.values() for text in _texts(each))


def own_clauses(agreement: Agreement, payee: str) -> list[str]:
    """The ids of the clauses that a payee has a part of, under any of the terms."""
    return list(
        dict.fromkeys(
            clause.id
            for terms in agreement.in_force()
            for clause in terms.clauses
            if any(name_key(share.payee) == name_key(payee) for share in terms.shares(clause))
        )
    )


def cut(document: Mapping, agreement: Agreement, payee: str, neutral: Neutral, visible: frozenset[str]) -> Slice:
    """The document of an agreement cut down to one payee's; `visible` are the keys of investors who may be named."""
    ids = {clause: neutral.word(clause, "clause") for clause in own_clauses(agreement, payee)}
    own_id = neutral.word(agreement.id, "agreement")
    cutting = _Cutting(payee, agreement, neutral, visible, ids, own_id, hanging(agreement, ids))
    return Slice(cutting.agreement_id, cutting.whole(document), ids)


@frozen
class _Cutting:
    payee: str
    agreement: Agreement
    neutral: Neutral
    visible: frozenset[str]
    ids: ReadOnly[str, str]
    agreement_id: str
    put_in: frozenset[str]

    def whole(self, document: Mapping) -> Mapping:
        entries = dict(self._mapping(document, "agreement").entries)
        agent = name_key(self.agreement.agent) == name_key(self.payee)
        entries["id"] = _text(self.agreement_id)
        title = f"Agreement of {self.agreement.term.effective} with {self.agreement.company}"
        entries["title"] = _text(self.neutral.sentence(self.agreement.title, title))
        entries["source"] = _mapping({"document": _text(self.neutral.sentence(self.agreement.source.document, title))})
        entries["agent"] = _text(self.payee)
        entries["role"] = _text(
            self.neutral.sentence(self.agreement.role, "engaged under the agreement") if agent else "paid under it"
        )
        paid = [s.payee for terms in self.agreement.in_force() for c in self._kept(terms) for s in terms.shares(c)]
        alone = all(name_key(name) == name_key(self.payee) for name in paid)
        entries["payees"] = _list([self.payee] if alone else [self.payee, OTHERS])
        return _mapping(entries)

    def _kept(self, terms: Agreement) -> Iterator[Clause]:
        yield from (clause for clause in terms.clauses if clause.id in self.ids)

    # ---- by shape ----------------------------------------------------------------------------------------------------

    def _node(self, node: Node, key: str) -> Node | None:
        """A term as the slice has it, or None where it is left out."""
        if key in _LEFT_OUT or isinstance(node, Unread):
            return None
        if isinstance(node, Text):
            return _text(self._word(node.value, key))
        return self._sequence(node, key) if isinstance(node, Sequence) else self._mapping(node, key)

    def _word(self, text: str, key: str) -> str:
        if key in _SAID:
            return self.neutral.sentence(text, AS_STATED)
        if key in ("payee", "odd_unit"):
            return self._payee(text)
        if key == "company":
            return text
        return (
            self.ids.get(text, text) if key in ("id", "clause", "of") and text in self.ids else self.neutral.word(text)
        )

    def _payee(self, name: str) -> str:
        return self.payee if name_key(name) == name_key(self.payee) else OTHERS

    def _mapping(self, node: Mapping, key: str) -> Mapping:
        if key == "clauses":  # of an amendment: changed terms by the clause's id
            return _mapping(
                {
                    self.ids[name]: self._mapping(each, "changes")
                    for name, each in node.entries.items()
                    if isinstance(each, Mapping) and name in self.ids and name not in self.put_in
                }
            )
        entries = {}
        for name, each in node.entries.items():
            found = self._node(each, name)
            if found is not None:
                entries[name] = found
        if key == "agreement":
            entries.pop("gives_precedence_to", None)
        if key == "clause" and text_at(node, "id") in self.put_in:
            return self._put_in(node)
        return _mapping(entries)

    def _sequence(self, node: Sequence, key: str) -> Sequence | None:
        if key in ("clauses", "new_clauses") and any(isinstance(item, Mapping) for item in node.items):
            mine = [c for c in node.items if isinstance(c, Mapping) and text_at(c, "id") in self.ids]
            return _sequence([self._with_split(self._mapping(c, "clause"), c) for c in mine])
        if key == "amendments":
            amendments = [self._mapping(item, "amendment") for item in node.items if isinstance(item, Mapping)]
            return _sequence([each for each in amendments if _changes(each)])
        if key == "limits" and all(isinstance(i, Mapping) and "gives_way" in i.entries for i in node.items):
            limits = [self._mapping(item, "limit") for item in node.items if isinstance(item, Mapping)]
            return _sequence([each for each in limits if {"clauses", "gives_way"} <= set(each.entries)])
        if key == "split":
            return self._split(node)
        if key == "values":
            own = [i for i in node.items if isinstance(i, Mapping) and text_at(i, "clause") in self.ids]
            return _sequence([self._mapping(item, "value") for item in own])
        if key in _CLAUSES or (key == "of" and self._are_clauses(node)):
            kept = [self.ids[item.value] for item in node.items if isinstance(item, Text) and item.value in self.ids]
            return _list(kept) if kept else None
        if key in _INVESTORS:
            kept = [i.value for i in node.items if isinstance(i, Text) and name_key(i.value) in self.visible]
            return _list(kept or ([NOBODY] if key == "investors" else [])) if kept or key == "investors" else None
        items = [self._node(item, key) for item in node.items]
        return _sequence([item for item in items if item is not None])

    def _are_clauses(self, node: Sequence) -> bool:
        known = {clause.id for terms in self.agreement.in_force() for clause in terms.clauses}
        return bool(node.items) and all(isinstance(item, Text) and item.value in known for item in node.items)

    def _split(self, node: Sequence) -> Sequence:
        """The payee's share, and those of all others as one."""
        shares = [item for item in node.items if isinstance(item, Mapping)]
        own = [text_at(s, "share") for s in shares if name_key(text_at(s, "payee")) == name_key(self.payee)]
        rest = Ratio(1) - sum((parse_share(share) for share in own), Ratio(0))
        parts = [{"payee": _text(self.payee), "share": _text(share)} for share in own]
        if rest:
            parts.append({"payee": _text(OTHERS), "share": _text(f"{rest.numerator}/{rest.denominator}")})
        return _sequence([_mapping(part) for part in parts])

    def _with_split(self, clause: Mapping, stated: Mapping) -> Mapping:
        """A clause whose whole goes to an agent that is not the payee goes to others, until an amendment shares it."""
        agent = name_key(self.agreement.agent) == name_key(self.payee)
        if agent or "split" in stated.entries:
            return clause
        whole = _sequence([_mapping({"payee": _text(OTHERS), "share": _text("1/1")})])
        return _mapping({**clause.entries, "split": whole, "odd_unit": _text(OTHERS)})

    def _put_in(self, stated: Mapping) -> Mapping:
        """In place of a clause: one under which nothing accrues, so that what stands is what was put in."""
        clause = self.agreement.as_amended().clause(text_at(stated, "id"))
        assert clause is not None
        kinds = {"cash": "fixed fee", "warrants": "fixed warrants"}
        kind = kinds.get(clause.unit, "fixed securities")
        entries: dict[str, Node] = {
            "id": _text(self.ids[clause.id]),
            "kind": _text(kind),
            "section": _text(self.neutral.sentence(clause.section, AS_STATED)),
            "says": _text("It rests on terms that are not this payee's; its figures are put in as decisions."),
            "when": _mapping({"event": _text(NEVER_RECORDED)}),
        }
        if kind == "fixed fee":
            entries["amount"] = _text("0.01")
        else:
            entries |= {"fixed securities": {"form": _text(clause.unit), "securities": _text("1")}}.get(
                kind, {"warrants": _text("1")}
            )
            entries |= {"exercise_price": _text("not stated"), "expires": _text("not stated")}
        entries["due"] = _text("when it accrues")
        for name in ("split", "odd_unit"):
            if name in stated.entries:
                node = self._node(stated.entries[name], name)
                assert node is not None
                entries[name] = node
        return _mapping(entries)


def _changes(amendment: Mapping) -> bool:
    """Whether anything is left of what an amendment changes."""
    changes = amendment.entries.get("changes")
    return isinstance(changes, Mapping) and any(
        not isinstance(each, Mapping | Sequence) or bool(each.entries if isinstance(each, Mapping) else each.items)
        for each in changes.entries.values()
    )


def hanging(agreement: Agreement, ids: Container[str]) -> frozenset[str]:
    """The clauses among `ids` that act on others which are not: their formulas would tell terms of others."""
    return frozenset(
        clause.id
        for terms in agreement.in_force()
        for clause in terms.clauses
        if clause.id in ids and _hangs(clause, ids)
    )


def _hangs(clause: Clause, ids: Container[str]) -> bool:
    missing = [name for name in clause.refers_to if name not in ids]
    if isinstance(clause, Minimum | Advance):  # what is left of their clauses is enough to state them
        return bool(missing) and len(missing) == len(clause.refers_to)
    return bool(missing)


_NOWHERE = Place("")


def _text(value: str) -> Text:
    return Text(value, _NOWHERE)


def _list(values: list[str]) -> Sequence:
    return _sequence([_text(value) for value in values])


def _sequence(items: Iterable[Node]) -> Sequence:
    return Sequence(tuple(items), _NOWHERE)


def _mapping(entries: ReadOnly[str, Node]) -> Mapping:
    return Mapping(dict(entries), {}, _NOWHERE)
