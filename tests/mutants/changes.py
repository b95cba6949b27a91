"""The rules by which code is changed, one place at a time: comparisons, signs, whole numbers, roundings, conditions.

Words for people (docstrings, messages, whatever is raised or asserted), annotations, types and decorators are left
alone. A change replaces the text of one node of the syntax tree; the rest of the file stays as it is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from attrs import field, frozen

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "+",
    ast.FloorDiv: "*",
    ast.Div: "*",
    ast.Mod: "*",
    ast.BitAnd: "|",
    ast.BitOr: "&",
    ast.LShift: ">>",
    ast.RShift: "<<",
}
NAMES = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "minimum": "maximum",
    "maximum": "minimum",
    "running": "before",
    "before": "running",
    "append": "remove",
    "reversed": "list",
    "sorted": "list",
}
WORDS = {
    "half up": "down",
    "half even": "half up",
    "down": "up",
    "up": "down",
    "left": "right",
    "right": "left",
    "agreement": "closing",
    "closing": "agreement",
}


@frozen
class Mutant:
    """One change: in which line of a file, what stood there and what stands there now, and the whole text with it."""

    line: int
    old: str
    new: str
    source_line: str
    text: str = field(repr=False)

    @property
    def told(self) -> str:
        return f"{self.old} -> {self.new}".strip()


@frozen
class _Edit:
    start: int
    end: int
    new: str


def mutants(text: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    rows = text.splitlines(keepends=True)
    starts = [0]
    for row in rows:
        starts.append(starts[-1] + len(row.encode()))
    encoded = text.encode()
    found = []
    for edit in sorted(set(_Changes(encoded, starts).of(ast.parse(text))), key=lambda e: (e.start, e.end, e.new)):
        old = encoded[edit.start : edit.end].decode()
        changed = (encoded[: edit.start] + edit.new.encode() + encoded[edit.end :]).decode()
        line = encoded.count(b"\n", 0, edit.start) + 1
        try:
            compile(changed, "mutant", "exec")
        except SyntaxError:
            continue
        found.append(Mutant(line, " ".join(old.split()), " ".join(edit.new.split()), rows[line - 1].strip(), changed))
    return found


@frozen
class _Changes:
    source: bytes
    starts: list[int]

    def of(self, node: ast.AST) -> Iterator[_Edit]:
        yield from self._here(node)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "type_comment", "ctx", "bases"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not _is_words(child):
                    yield from self.of(child)

    def _at(self, line: int, column: int) -> int:
        return self.starts[line - 1] + column

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)

    def _between(self, left: ast.expr, right: ast.expr, new: str) -> _Edit:
        """The sign between two operands, without the brackets around them."""
        start, end = self._span(left)[1], self._span(right)[0]
        gap = self.source[start:end].decode()
        sign = gap.strip().strip("()").strip()
        first = start + len(gap[: gap.index(sign)].encode())
        return _Edit(first, first + len(sign.encode()), new)

    def _here(self, node: ast.AST) -> Iterator[_Edit]:
        match node:
            case ast.Compare(left=left, ops=ops, comparators=others):
                for one, sign, other in zip([left, *others], ops, others):
                    yield self._between(one, other, COMPARISONS[type(sign)])
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in SIGNS:
                yield self._between(left, right, SIGNS[type(sign)])
            case ast.BoolOp(op=sign, values=values):
                for one, other in zip(values, values[1:]):
                    yield self._between(one, other, "or" if isinstance(sign, ast.And) else "and")
            case ast.UnaryOp(op=ast.Not() | ast.Invert() | ast.USub(), operand=operand):
                start, _ = self._span(node)
                yield _Edit(start, self._span(operand)[0], "")
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
                if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
                    yield _Edit(*self._span(test), f"(not ({self._text(test)}))")
            case ast.comprehension(ifs=ifs):
                for test in ifs:
                    yield _Edit(*self._span(test), "True")
            case ast.Constant(value=bool(value)):
                yield _Edit(*self._span(node), str(not value))
            case ast.Constant(value=int(value)):
                yield _Edit(*self._span(node), str(value + 1))
            case ast.Constant(value=str(value)) if value in WORDS:
                yield _Edit(*self._span(node), repr(WORDS[value]))
            case ast.Call(func=ast.Name(id=name)) if name in NAMES:
                yield _Edit(*self._span(node.func), NAMES[name])
            case ast.Call(func=ast.Attribute(attr=name, value=value)) if name in NAMES:
                start = self._span(value)[1]
                yield _Edit(start, self._span(node.func)[1], f".{NAMES[name]}")
            case ast.AugAssign(op=sign, target=target, value=value) if type(sign) in SIGNS:
                yield self._between(target, value, f"{SIGNS[type(sign)]}=")
            case ast.Expr(value=ast.Call()) | ast.Continue() | ast.Break():
                yield _Edit(*self._span(node), "pass")

    def _text(self, node: ast.expr) -> str:
        start, end = self._span(node)
        return self.source[start:end].decode()


def _is_words(node: ast.AST) -> bool:
    """What is there for people or for the checker of types."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Name) and node.value.id == "Literal"
    return isinstance(node, ast.JoinedStr | ast.Raise | ast.Assert)
