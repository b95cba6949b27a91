"""YAML as text with places: what is kept as typed, and what is refused, where and in which words."""

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from feecalc.problems import MachineRefused, Problem, Problems
from feecalc.read import documents
from feecalc.read.documents import Mapping, Node, Sequence, Text, parse_document, read_document


def read(text: str) -> tuple[Mapping | None, list[Problem]]:
    problems = Problems()
    return parse_document(text, "acme.yaml", problems), list(problems)


def plain(node: Node | None) -> object:
    """The node without its places."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value if isinstance(node, Text) else None


@pytest.fixture(params=["C parser", "Python parser"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    loader = yaml.SafeLoader if request.param == "Python parser" else getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    monkeypatch.setattr(documents, "_LOADER", loader)
    return str(request.param)


# ---- what is kept ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    "NO yes off ~ null 010 0x1F 12:30 1_000 1e3 .inf 2002-03-11 6.5% 150,000.00 true = 19999999999999999.99".split(),
)
def test_scalars_stay_the_text_that_was_typed(typed: str) -> None:
    document, problems = read(f"value: {typed}\n{typed}: key\n")
    assert plain(document) == {"value": typed, typed: "key"}
    assert not problems


def test_nodes_know_their_places(parser: str) -> None:
    document, problems = read("id: acme\nterm:\n  effective: 2002-01-01\nclauses:\n  - id: cash-fee\n    rate: 6.5%\n")
    assert not problems and document
    term, clauses = document.entries["term"], document.entries["clauses"]
    assert isinstance(term, Mapping) and isinstance(clauses, Sequence)
    clause = clauses.items[0]
    assert isinstance(clause, Mapping)
    places = [
        document.keys["term"],
        term.keys["effective"],
        term.entries["effective"].place,
        clause.entries["rate"].place,
    ]
    assert [str(place) for place in places] == ["acme.yaml:2:1", "acme.yaml:3:3", "acme.yaml:3:14", "acme.yaml:6:11"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id:\ncap: ''\n", {"id": "", "cap": ""}),
        ("name: \"Acme: LLC\"\nother: '@acme #2'\n", {"name": "Acme: LLC", "other": "@acme #2"}),
        ("text: >\n  one\n  two\nlast: |\n  a\n  b\n", {"text": "one two\n", "last": "a\nb\n"}),
        ("rate: 6.5%   # under 4(b)\n# a comment\n", {"rate": "6.5%"}),
        ('row: { amount: "150,000.00", to: A, empty: }\n', {"row": {"amount": "150,000.00", "to": "A", "empty": ""}}),
        ("list: [100, 200]\n", {"list": ["100", "200"]}),
        ("---\nid: acme\n...\n", {"id": "acme"}),
        ("\ufeffid: acme\r\nname: Ächme\r\n", {"id": "acme", "name": "Ächme"}),
    ],
)
def test_ordinary_documents(parser: str, text: str, expected: object) -> None:
    document, problems = read(text)
    assert plain(document) == expected
    assert not problems


# ---- what is refused -------------------------------------------------------------------------------------------------

REFUSED = {
    "repeated key": ("a: 1\nrate: 2\nrate: 3\n", "repeated-key", 3, 1, ['"rate"', "line 2"]),
    "repeated key in braces": ("s: {to: A, pct: 50, pct: 60}\n", "repeated-key", 1, 21, ['"pct"', "line 1"]),
    "alias": ("a: 1\nb: *x\n", "alias", 2, 4, ["*x"]),
    "anchor": ("a: &x 1\n", "anchor", 1, 4, ["&x"]),
    "recursive list": ("a: &a [*a]\n", "alias", 1, 8, ["*a"]),
    "merge key": ("a:\n  <<: b\n", "merge-key", 2, 3, ["<<"]),
    "tag that runs code": ("a: !!python/object/apply:os.system [x]\n", "tag", 1, 4, ["os.system"]),
    "own tag": ("a: !money 5\n", "tag", 1, 4, ["!money"]),
    "list as key": ("? [a, b]\n: c\n", "key-not-text", 1, 3, ["a key must be a word"]),
    "alias as key": ("*x : c\n", "key-not-text", 1, 1, ["a key must be a word"]),
    "deep nesting": ("a: " + "[" * 500 + "]" * 500, "nested-too-deep", 1, 23, ["20"]),
    "many nodes": ("a:\n" + "- 1\n" * 50_001, "too-many-nodes", 49_999, 3, ["50,000"]),
    "two documents": ("a: 1\n---\nb: 2\n", "several-documents", 2, 1, ["---"]),
    "nothing": ("", "document-empty", 0, 0, ["empty"]),
    "only comments": ("# later\n\n", "document-empty", 0, 0, ["empty"]),
    "only a marker": ("---\n", "document-empty", None, None, ["empty"]),
    "a list": ("- a\n- b\n", "not-a-mapping", 1, 1, ["a list"]),
    "bare text": ("Acme\n", "not-a-mapping", 1, 1, ['"Acme"']),
    "colon in a value": ("id: a\nname: Acme: LLC\n", "needs-quotes", 2, 11, ["name: Acme: LLC", 'name: "Acme: LLC"']),
    "value with @": ("name: @acme\n", "needs-quotes", 1, 7, ["start with @", 'name: "@acme"']),
    "value with `": ("name: `x`\n", "needs-quotes", 1, 7, ["start with `", 'name: "`x`"']),
    "value with %": ("name: %x\n", "needs-quotes", 1, 7, ["start with %", 'name: "%x"']),
    "value with *": ("name: * x\n", "needs-quotes", 1, 7, ["start with *", 'name: "* x"']),
    "value with &": ("name: & x\n", "needs-quotes", 1, 7, ["start with &", 'name: "& x"']),
    "value with >": ("name: > 5%\n", "needs-quotes", 1, 7, ["start with >", 'name: "> 5%"']),
    "value with ]": ("name: ]x\n", "needs-quotes", 1, 7, ["start with ]", 'name: "]x"']),
    "text after quotes": ("name: 'Acme' LLC\n", "needs-quotes", 1, 14, ["'Acme' LLC"]),
    "open quote": ('a: 1\nname: "Acme\nb: 2\n', "quote-not-closed", 2, 7, ["Acme"]),
    "backslash": ('a: "c:\\qfiles"\n', "backslash", 1, None, ["qfiles", "single quotation marks"]),
    "open brace": ("a: {x: 1\nb: 2\n", "bracket-not-closed", 1, 4, ["a: {x: 1"]),
    "open bracket at the end": ("a: [", "bracket-not-closed", None, None, ["a: ["]),
    "two commas": ("a: {b: c, , d: e}\n", "bracket-not-closed", 1, 11, ["a value is missing"]),
    "no colon": ("a: 1\nrate 5%\nb: 2\n", "colon-missing", 2, 1, ['"rate 5%"']),
    "item on the line of its key": ("clauses: - id\n", "wrong-indentation", 1, 10, ["clauses: - id"]),
    "too deep": ("a: 1\n  b: 2\n", "wrong-indentation", 2, 4, ['"b: 2"']),
    "between": ("a:\n  b: 1\n c: 2\n", "wrong-indentation", 3, 2, ['"c: 2"']),
    "tab as indentation": ("a:\n\tb: 1\n", "tab", 2, 1, ['"b: 1"', "spaces"]),
    "tab in a line": ("a: 1\tx\n", "tab", 1, 5, ["column 5"]),
    "NUL": ("a: x\0y\n", "nul-byte", 1, 5, ["U+0000"]),
    "bell": ("a: x\x07y\n", "control-character", 1, 5, ["U+0007"]),
    "second byte order mark": ("\ufeff\ufeffa: x\n", "control-character", 1, 1, ["U+FEFF"]),
    "hidden direction": ("a: 1\nb: x\u202ey\n", "bidirectional-control", 2, 5, ["U+202E", "RIGHT-TO-LEFT OVERRIDE"]),
    "hidden isolate": ("a: \u2066x\n", "bidirectional-control", 1, 4, ["U+2066"]),
    "code for a control": ('a: 1\nb: "X\\e[2JY"\n', "control-character", 2, 4, ['"X<U+001B>[2JY"', "U+001B", "backslash"]),
    "code for a direction": ('a: "Y\\u202eZ"\n', "bidirectional-control", 1, 4, ['"Y<U+202E>Z"', "RIGHT-TO-LEFT OVERRIDE"]),
    "code for NUL in a list": ('a: [x, "\\0"]\n', "nul-byte", 1, 8, ["U+0000"]),
    "code for a tab": ('a: "x\\ty"\n', "tab", 1, 4, ["x<U+0009>y"]),
    "code for a carriage return": ('a: "x\\ry"\n', "control-character", 1, 4, ["U+000D"]),
    "code for a line separator": ('a: "x\\Ly"\n', "control-character", 1, 4, ["U+2028"]),
    "code for a non-breaking space": ('a: "x\\_y"\n', "non-breaking-space", 1, 4, ["x<U+00A0>y"]),
    "code in a key": ('a: 1\n"b\\u202e": 2\n', "bidirectional-control", 2, 1, ["b<U+202E>"]),
    "code for no character": ('a: 1\nb: "\\UFFFFFFFF"\n', "backslash", 2, None, ["UFFFFFFFF", "single quotation marks"]),
    "non-breaking space": ("a:\u00a0x\n", "non-breaking-space", 1, 3, ["column 3"]),
    "money in braces": ("a: {amount: 150,000.00}\n", "unquoted-money", 1, 17, ["000.00", "{ } or [ ] needs quotes"]),
    "money in brackets": ("a: [150,000.00]\n", "unquoted-money", 1, 5, ["150,000.00", "{ } or [ ] needs quotes"]),
    "key without a value": ("a: {b, c: 1}\n", "key-without-value", 1, 5, ['"b"']),
    "number cut as comment": ("name: Acme #2\n", "cut-by-comment", 1, 7, ['"Acme"', '"Acme #2"']),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code", "line", "column", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(parser: str, text: str, code: str, line: int | None, column: int | None, words: list[str]) -> None:
    """`None` where the two parsers put the place differently."""
    _, problems = read(text)
    found = [problem for problem in problems if problem.code == code]
    assert found, [str(problem) for problem in problems]
    place = found[0].place
    assert place.source == "acme.yaml"
    assert (line is None or place.line == line) and (column is None or place.column == column), str(place)
    for word in words:
        assert word in str(found[0])


def test_all_problems_at_once_and_what_could_be_read() -> None:
    document, problems = read("a: &x 1\na: 2\nb: {c: 1, c: 2}\nd: !t e\nf: g\u202e\n")
    assert [problem.code for problem in problems] == [
        "anchor", "repeated-key", "repeated-key", "tag", "bidirectional-control",
    ]  # fmt: skip
    assert plain(document) == {"a": "1", "b": {"c": "1"}, "d": "e", "f": "g"}


def test_what_codes_hid_is_taken_out_of_the_value() -> None:
    """So that no later message takes it to a terminal."""
    document, problems = read('a: "X\\e[2JY\\u202eZ"\n"b\\0": "\\x41\\n"\n')
    assert [problem.code for problem in problems] == ["bidirectional-control", "control-character", "nul-byte"]
    assert plain(document) == {"a": "X [2JY Z", "b ": "A\n"}


def test_long_digits_and_long_lines_are_no_more_than_text(parser: str) -> None:
    digits = "9" * 5_000
    document, problems = read(f"a: {digits}\nb: [{digits}, '{digits}']\n")
    assert plain(document) == {"a": digits, "b": [digits, digits]} and not problems
    _, problems = read(f"a: 1\n{digits}: b\n")
    assert [problem.code for problem in problems] == ["colon-missing"] and len(str(problems[0])) < 500
    _, problems = read(f"%YAML {digits}.1\n---\na: 1\n")
    assert len(problems) == 1 and len(str(problems[0])) < 500


def test_the_syntax_error_is_not_all_that_is_told() -> None:
    document, problems = read("a: *b\nname: Acme: LLC\n")
    assert document is None
    assert [problem.code for problem in problems] == ["alias", "needs-quotes"]


def test_many_unseen_characters_do_not_bury_the_rest() -> None:
    _, problems = read("a: x\n" + "# \u202e\n" * 50)
    assert len(problems) == 21
    assert "30 more" in problems[-1].says


@pytest.mark.parametrize("bomb", ["aliases", "merge keys", "brackets", "braces", "items"])
def test_bombs_are_refused_quickly(bomb: str) -> None:
    text = {
        "aliases": "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30)),
        "merge keys": "m0: &m0 {k: v}\n" + "".join(f"m{n}: &m{n}\n  <<: [*m{n - 1}]\n" for n in range(1, 30)),
        "brackets": "a: " + "[" * 900_000,
        "braces": "a: " + "{a: " * 200_000,
        "items": "a: [" + "b," * 400_000,
    }[bomb]
    start = time.perf_counter()
    assert read(text)[1]
    assert time.perf_counter() - start < 5


# ---- files -----------------------------------------------------------------------------------------------------------


def read_bytes(folder: Path, data: bytes) -> tuple[Mapping | None, list[Problem]]:
    path = folder / "acme.yaml"
    path.write_bytes(data)
    problems = Problems()
    return read_document(path, "agreements/acme.yaml", problems), list(problems)


@pytest.mark.parametrize("data", ["id: Ä\n".encode(), b"\xef\xbb\xbfid: \xc3\x84\r\n", "id: Ä".encode()])
def test_files_may_have_a_mark_and_any_line_ends(tmp_path: Path, data: bytes) -> None:
    document, problems = read_bytes(tmp_path, data)
    assert plain(document) == {"id": "Ä"}
    assert not problems


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        (b"id: a\r\nname: Soci\xe9t\xe9\r\n", "agreements/acme.yaml:2", "byte 11 of line 2 is 0xE9"),
        ("id: a\n".encode("utf-16"), "agreements/acme.yaml:1", "byte 1 of line 1 is 0xFF"),
    ],
)
def test_files_that_are_not_utf8(tmp_path: Path, data: bytes, place: str, words: str) -> None:
    document, problems = read_bytes(tmp_path, data)
    assert document is None
    assert [problem.code for problem in problems] == ["not-utf-8"]
    assert str(problems[0].place) == place and words in problems[0].says


def test_files_have_a_limit(tmp_path: Path) -> None:
    _, problems = read_bytes(tmp_path, b"#" * 1_000_001)
    assert [problem.code for problem in problems] == ["file-too-large"]
    assert "1,000,000 bytes" in problems[0].says


def test_a_missing_file_is_a_problem_and_an_unreadable_one_the_machine(tmp_path: Path) -> None:
    problems = Problems()
    assert read_document(tmp_path / "none.yaml", "none.yaml", problems) is None
    assert [problem.code for problem in problems] == ["file-missing"]
    with pytest.raises(MachineRefused, match=r"acme\.yaml cannot be read"):
        read_document(tmp_path, "acme.yaml", problems)


# ---- anything at all -------------------------------------------------------------------------------------------------

VALID = """\
id: acme
term: { effective: 2002-01-01, expires: 2002-12-31 }
clauses:
  - id: cash-fee          # the usual
    section: "4(b)"
    text: >
      A fee of 6.5% of the gross proceeds.
    rate: 6.5%
    payees: [Acme, 'Beta: LLC']
"""


@given(st.integers(0, len(VALID) - 1), st.sampled_from(list("\0\t\n :-#&*!|>'\"%@`{}[],?<~\\\u00a0\u202e\ufeffx")))
@example(len("id"), "{")
def test_a_changed_character_never_raises(index: int, character: str) -> None:
    for text in (VALID[:index] + character + VALID[index + 1 :], VALID[:index] + VALID[index + 1 :]):
        document, problems = read(text)
        assert document is not None or problems
        assert all(problem.place.source == "acme.yaml" and problem.says for problem in problems)


@given(st.one_of(st.text(), st.text(alphabet="ab:-#&*!|>'\"%@{}[],? \n\t")))
def test_any_text_is_read_or_refused(text: str) -> None:
    document, problems = read(text)
    assert document is not None or problems


@given(st.dictionaries(st.text(alphabet="abc", min_size=1), st.text(alphabet="ab:'\"# ,[]{}é😀\n", max_size=20)))
def test_quoted_text_comes_back_as_it_was(entries: dict[str, str]) -> None:
    document, problems = read(yaml.safe_dump(entries, default_style='"', allow_unicode=True, default_flow_style=False))
    assert plain(document) == entries or not entries
    assert not problems
