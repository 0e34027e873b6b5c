"""The page: one file, nothing fetched, everything escaped, the same bytes every time."""

import base64
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from ranvier.report import Page, _embed, learning_curves, nll_bars, piano_roll, raster

VOID = {"meta", "link", "img", "br", "hr", "input", "area", "base", "col", "embed", "source", "wbr"}
ADDRESSES = {
    "src",
    "href",
    "xlink:href",
    "srcset",
    "action",
    "poster",
    "data",
    "ping",
    "formaction",
}


class Reader(HTMLParser):
    """Checks nesting while reading, and keeps what the tests ask about."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> repeats an attribute"
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def figures():
    rng = np.random.default_rng(0)
    truth = rng.random((20, 88)) < 0.05
    return [
        learning_curves(
            {"SNU": [9.0, 8.5, 8.4], "GRU": [9.5, 8.6, 8.5]},
            ylabel="NLL (nats per time step)",
            title="Curves",
            reference={"published": 8.39},
        ),
        nll_bars([{"name": "SNU", "value": 8.8, "published": 8.7, "kind": "model"}]),
        piano_roll(truth, rng.random((20, 88)), title="Roll"),
        raster(truth[:, :30], membrane=rng.random((20, 30)), thresholds=0.7, title="Raster"),
    ]


def full_page() -> Page:
    page = Page("Chorales <&> more", 'Learned "well" & heard')
    page.text("Opening <b>words</b>.\n\nSecond paragraph & more.").facts([("8.46 nats", "score")])
    page.section("Scores & co").table(
        ["model", "parameters", "NLL (nats)", "published"],
        [["sSNU <i>", 26638, 8.456, 8.39], ["SNU", np.int64(26638), np.float32(8.8), None]],
        "Scores <of> the run",
    )
    page.section("Figures", "figures")
    for number, figure in enumerate(figures()):
        page.figure(figure, f"Caption {number} <x>", f'What "figure" {number} shows')
    page.audio(b"RIFF....", "audio/wav", "A chorale", "chorale").download(
        b"MThd", "audio/midi", "c"
    )
    page.settings({"neuron": "ssnu<", "optimiser": {"name": "adam"}, "clip": None})
    return page


@pytest.fixture(scope="module")
def text() -> str:
    return full_page().html()


@pytest.fixture(scope="module")
def page(text) -> Reader:
    return Reader(text)


def test_nothing_is_fetched_from_anywhere(text, page):
    for tag, attributes in page.elements:
        for name in ADDRESSES & attributes.keys():
            assert attributes[name].startswith(("data:", "#")), (tag, name, attributes[name][:60])
            assert not re.search(r"\s", attributes[name])
        for target in re.findall(r"url\(([^)]*)\)", " ".join(attributes.values())):
            assert target.startswith("#"), target
        assert tag not in {"script", "iframe", "object", "embed", "base"}
        assert not any(name.startswith("on") for name in attributes)
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style and "@import" not in style
    policy = next(m["content"] for m in page.all("meta") if "http-equiv" in m)
    assert policy.startswith("default-src 'none'") and "http" not in policy


def test_no_web_address_but_names_of_namespaces_occurs(text):
    without = re.sub(r'xmlns(:\w+)?="http://www\.w3\.org/[^"]*"', "", text)
    assert "http:" not in without and "https:" not in without


def test_the_document_is_well_formed(text, page):
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
    for tag in ("html", "head", "title", "body", "main", "h1", "header", "footer", "nav"):
        assert len(page.all(tag)) == 1, tag
    assert any(meta.get("charset") == "utf-8" for meta in page.all("meta"))
    assert any(meta.get("name") == "viewport" for meta in page.all("meta"))
    assert "<?xml" not in text and text.count("<!DOCTYPE") == 1


def test_names_are_unique_and_every_reference_finds_its_own(text, page):
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(names) == len(set(names))
    wanted = {a["href"][1:] for _, a in page.elements if a.get("href", "").startswith("#")}
    wanted |= {a["aria-labelledby"] for _, a in page.elements if "aria-labelledby" in a}
    wanted |= set(re.findall(r"url\(#([^)]+)\)", text))
    assert len(wanted) > 20
    assert wanted <= set(names)


def test_inline_figures_bring_no_style_for_the_rest_of_the_page(page):
    assert len(page.all("svg")) == 4
    assert len(page.all("style")) == 1
    assert not page.all("metadata")


def test_what_is_written_is_escaped_and_read_back(page):
    words = " ".join(page.words)
    for phrase in ("Chorales <&> more", "Opening <b>words</b>.", "sSNU <i>", "Scores <of> the run"):
        assert phrase in words
    assert not page.all("b") or all(not attributes for attributes in page.all("b"))
    assert not page.all("i")
    assert 'What "figure" 0 shows' in [svg["aria-label"] for svg in page.all("svg")]
    assert "optimiser.name" in words and "not set" in words


def test_contents_list_the_sections(page):
    links = [a["href"] for a in page.all("a")]
    assert "#scores-co" in links and "#figures" in links


def test_columns_of_numbers_stand_right(page):
    head = [cell.get("class") for cell in page.all("th") if cell.get("scope") == "col"]
    assert head == ["left", "right", "right", "right"]
    words = " ".join(page.words)
    assert "8.456" in words and "26\u202f638" in words and "–" in words


def test_sound_and_files_are_inside_and_named(page):
    (sound,) = page.all("audio")
    assert "controls" in sound
    assert base64.b64decode(sound["src"].split(",")[1]) == b"RIFF...."
    saved = {a["download"]: a["href"] for a in page.all("a") if "download" in a}
    assert set(saved) == {"chorale.wav", "c.mid"}
    assert base64.b64decode(saved["c.mid"].split(",")[1]) == b"MThd"


def test_everything_that_scrolls_can_be_reached_by_keyboard(page):
    scrolling = [a for _, a in page.elements if a.get("class") in ("card", "wide")]
    reached = [a for a in scrolling if a.get("tabindex") == "0" and a.get("role") == "region"]
    assert len(scrolling) - len(reached) <= 1, "only the folded settings may do without"


def test_the_same_page_is_the_same_bytes(text, tmp_path):
    assert full_page().html() == text
    one = full_page().write(tmp_path / "one.html").read_bytes()
    other = full_page().write(tmp_path / "other.html").read_bytes()
    assert one == other == text.encode()


def test_a_large_figure_becomes_a_png_at_twice_the_size(monkeypatch):
    monkeypatch.setattr(_embed, "_LARGEST_SVG", 1000)
    page = Page("Large").figure(figures()[0], "Caption", 'Alt "text"')
    (image,) = Reader(page.html()).all("img")
    data = base64.b64decode(image["src"].split(",")[1])
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(data[16:20], "big") == 2 * int(image["width"])
    assert image["alt"] == 'Alt "text"'
    again = Page("Large").figure(figures()[0], "Caption", 'Alt "text"')
    assert again.html() == page.html()


def test_a_failed_write_leaves_the_old_page(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    page = Page("New").text("a lone surrogate \ud800 cannot be encoded")
    with pytest.raises(UnicodeEncodeError):
        page.write(path)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


def test_sections_of_equal_title_get_different_anchors():
    page = Page("Twice").section("Scores").section("Scores").section("Music ♪").section("12 notes")
    sections = [a["id"] for a in Reader(page.html()).all("section")]
    assert sections == ["scores", "scores-2", "music", "section-12-notes"]


def test_a_page_without_sections_has_no_contents():
    assert not Reader(Page("Bare").text("x").html()).all("nav")


def test_misuse_is_refused():
    with pytest.raises(ValueError, match="no title"):
        Page(" ")
    with pytest.raises(ValueError, match="anchor 'main' is taken"):
        Page("x").section("Main", "main")
    with pytest.raises(ValueError, match="malformed"):
        Page("x").section("Main", "Has Spaces")
    with pytest.raises(ValueError, match="row 1 of the table has 1 cells, expected 2"):
        Page("x").table(["a", "b"], [[1, 2], [3]], "caption")
    with pytest.raises(ValueError, match="align has 1 entries"):
        Page("x").table(["a", "b"], [[1, 2]], "caption", align=["left"])
    with pytest.raises(ValueError, match="no alt text"):
        Page("x").figure(figures()[0], "caption", " ")
    with pytest.raises(ValueError, match="not a MIME type"):
        Page("x").download(b"", 'text"', "name")
