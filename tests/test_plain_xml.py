"""The texts that cells share are read without a parser where they are plain; that must show nowhere."""

from __future__ import annotations

import io
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.reader.strings import read_string_table

from feecalc.read.plain_xml import shared_texts

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><sst xmlns="{MAIN}" count="3">'
TEXTS = ["", "Ann", " a ", "a &amp; b", "&lt;&quot;&apos;&gt;", "&amp;lt;", "_x000D_", "_x005F_x000D_", "é\u20ac😀"]
TEXTS += ["a\nb"]
ODD = ["a\rb", "&#10;", "&x;", "]]>", "\x01", "\x7f", "\ufffe", "\uffff", "<b/>", "a<!-- b -->c", "<![CDATA[<]]>"]
PLAIN = ["<si><t>{}</t></si>", '<si><t xml:space="preserve">{}</t></si>']
OTHERS = ["<si><r><t>{}</t></r><r><t>b</t></r></si>", "<si><t>{}</t><phoneticPr fontId='1'/></si>", "<si/>", "\n{}"]
OTHERS += ["<!-- <si><t>{}</t></si> -->", "<x:si xmlns:x='urn:x'><x:t>{}</x:t></x:si>", "<si><t>{}</t></si></sst>"]
HEADS = [HEAD, HEAD.replace("UTF-8", "iso-8859-1"), HEAD.replace(MAIN, "urn:x"), HEAD + "<!-- ", "\ufeff" + HEAD]
HEADS += [HEAD.partition("?>")[2], HEAD.replace("<sst", "<!DOCTYPE sst><sst"), HEAD + "<g xmlns='urn:x'>"]
HEADS += [HEAD + "<si><t>0</t></si>\n"]
TAILS = ["</sst>", "\n</sst>\n", "<extLst/></sst>", "", " --></sst>", "</g></sst>", "</sst><sst/>"]


def outcome(xml: bytes, plainly: bool) -> list[str] | str:
    try:
        return shared_texts(xml, read_string_table) if plainly else read_string_table(io.BytesIO(xml))
    except Exception as error:  # of damaged XML, the parser raises anything; to the reader it is one fact
        return "damaged" if error else ""


@given(
    head=st.sampled_from([HEAD] * 9 + HEADS),
    items=st.lists(
        st.builds(
            str.format,
            st.sampled_from(PLAIN * 9 + OTHERS),
            st.one_of(st.sampled_from(TEXTS * 4 + ODD), st.text("ab_x05F é;", max_size=9)),
        ),
        max_size=7,
    ),
    tail=st.sampled_from(["</sst>"] * 9 + TAILS),
)
def test_shared_texts_are_read_alike(head: str, items: list[str], tail: str) -> None:
    xml = (head + "".join(items) + tail).encode()
    assert outcome(xml, plainly=True) == outcome(xml, plainly=False)


@pytest.mark.parametrize("text", [*TEXTS, *ODD])
@pytest.mark.parametrize("item", [*PLAIN, *OTHERS])
def test_each_form_among_plain_ones(item: str, text: str) -> None:
    for head in HEADS:
        for tail in TAILS:
            for place in range(3):
                items = [PLAIN[0].format(each) for each in "ab"]
                items.insert(place, item.format(text))
                xml = (head + "".join(items) + tail).encode()
                assert outcome(xml, plainly=True) == outcome(xml, plainly=False), xml


def test_plain_texts_are_not_parsed() -> None:
    given_to: list[int] = []

    def parse(xml: IO[bytes]) -> list[str]:
        found = read_string_table(xml)
        given_to.append(len(found))
        return found

    xml = (HEAD + "".join(PLAIN[n % 2].format(f"{n} &amp; {n}") for n in range(100)) + "</sst>").encode()
    assert shared_texts(xml, parse) == [f"{n} & {n}" for n in range(100)] and given_to == [1]


def test_what_is_in_another_encoding_is_parsed() -> None:
    """`é` is one byte in ISO 8859-1, and no UTF-8."""
    items = "".join(PLAIN[0].format(text) for text in ("é", "b"))
    xml = (HEAD.replace("UTF-8", "iso-8859-1") + items + "</sst>").encode("iso-8859-1")
    assert outcome(xml, plainly=True) == outcome(xml, plainly=False) == ["é", "b"]
