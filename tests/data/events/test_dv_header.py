"""The header of AEDAT 4: the expression takes out of it what a parser of XML does, or nothing."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ranvier.data.events._dv_header import as_dv_writes_it, by_parser, streams_of
from ranvier.data.events._flatbuffer import Table

words = st.text(st.sampled_from("abc 019_&<>\"'/\n\té"), max_size=6)
named = st.one_of(st.sampled_from(["0", "1", "12", "outInfo", "info", ""]), words)


def attribute(key: str, text: str) -> str:
    return f'<attr key="{key}" type="string">{text}</attr>'


def node(name: str, *inside: str) -> str:
    return f'<node name="{name}" path="/{name}/">{"".join(inside)}</node>'


trees = st.recursive(
    st.builds(attribute, st.sampled_from(["sizeX", "typeIdentifier", "a b"]), words),
    lambda inner: st.builds(lambda name, inside: node(name, *inside), named, st.lists(inner)),
    max_leaves=8,
)
headers = st.lists(trees, max_size=3).map(
    lambda inside: f'<dv version="2.0">{node("outInfo", *inside)}\n</dv>\n'
)


def agrees(header: bytes) -> bool:
    """Whether the expression has taken it, and then as the parser does."""
    quick = as_dv_writes_it(header)
    if quick is not None:
        assert quick == by_parser(header)
    return quick is not None


@settings(max_examples=60, deadline=None, derandomize=True)
@given(headers)
@example('<dv version="2.0"></dv>')
@example(f'<dv version="2.0">{node("outInfo", node("0"), node("0", attribute("a", "b")))}</dv>')
@example(f'<dv version="2.0">{node("other", node("0", attribute("a", "b")))}</dv>')
@example(f'<dv version="2.0">{node("outInfo", attribute("a", "b"), node("0"))}</dv>')
def test_it_agrees_with_a_parser(header):
    agrees(header.encode())


def test_what_dv_writes_is_taken_by_the_expression(real_data):
    content = (real_data / "events/formats/sample.aedat4").read_bytes()[14:]
    header = bytes(Table(content[: 4 + int.from_bytes(content[:4], "little")]).vector(2, 1))
    assert agrees(header)
    assert {k: v["typeIdentifier"] for k, v in streams_of(header).items()} == {
        **{0: "EVTS", 2: "IMUS", 3: "TRIG"}
    }
    # Changed in some place, it is left to the parser, or is the same to both.
    for place in range(0, len(header), 3):
        for byte in b'<>"/ 9\x00':
            agrees(header[:place] + bytes([byte]) + header[place + 1 :])
        agrees(header[:place] + header[place + 1 :])


@pytest.mark.parametrize(
    "header",
    [
        '<!-- by hand --><dv version="2.0">{}</dv>',
        '<dv version="2.0">{}<node name="empty" path="/"/></dv>',
        "<dv version='2.0'>{}</dv>",
        '<other version="2.0">{}</other>',
    ],
)
def test_other_xml_is_left_to_the_parser(header):
    said = header.format(node("outInfo", node("3", attribute("typeIdentifier", "EVTS"))))
    assert as_dv_writes_it(said.encode()) is None
    assert streams_of(said.encode()) == {3: {"typeIdentifier": "EVTS"}}


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ('<dv version="2.0"><node name="outInfo" path="/"></dv>', "its header is no XML"),
        ('<dv version="2.0"></node></dv>', "its header is no XML"),
        ("", "its header is no XML"),
        (f'<dv version="2.0">{node("outInfo", node("one"))}</dv>', "names a stream 'one'"),
    ],
)
def test_bad_headers(header, message):
    with pytest.raises(ValueError, match=message):
        streams_of(header.encode())
