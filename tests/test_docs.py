"""The documentation: complete, without dead links, and true to the Makefile and the commands."""

import importlib
import inspect
import os
import pkgutil
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import yaml

import ranvier

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
OUTSIDE = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
WRITTEN = [*PAGES, *OUTSIDE]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


# Public names


def rooms() -> list[str]:
    """Every package of ours that is not private; `cli` has commands for its public side."""
    found = pkgutil.walk_packages(ranvier.__path__, "ranvier.")
    return [module.name for module in found if module.ispkg and "._" not in module.name]


def public_names(room: str) -> list[str]:
    """The names that a room's `__init__` gives away, written `X as X` or defined there."""
    source = inspect.getsource(importlib.import_module(room))
    handed_on = re.findall(r"^from \S+ import (\w+) as \1$", source, re.MULTILINE)
    defined = re.findall(r"^(?:def|class) ([a-zA-Z]\w*)", source, re.MULTILINE)
    return [*handed_on, *defined]


def resolve(path: str) -> Any:
    """The object at a dotted path."""
    module, _, name = path.rpartition(".")
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        return getattr(importlib.import_module(module), name)


def directives() -> list[str]:
    pages = sorted((DOCS / "reference").glob("*.md"))
    return [d for page in pages for d in re.findall(r"^::: (\S+)$", page.read_text(), re.MULTILINE)]


def test_reference_lists_only_what_exists():
    for path in directives():
        resolve(path)


def test_reference_has_no_name_twice():
    paths = directives()
    assert sorted(set(paths)) == sorted(paths)


@pytest.mark.parametrize("room", rooms())
def test_every_public_name_is_in_the_reference(room):
    documented = directives()
    shown = [id(resolve(path)) for path in documented]
    names = public_names(room)
    assert names, f"{room} gives no public name"
    for name in names:
        thing = getattr(importlib.import_module(room), name)
        if isinstance(thing, ModuleType):
            inside = any(path.startswith(f"{thing.__name__}.") for path in documented)
            assert id(thing) in shown or inside, f"{thing.__name__} is not in the reference"
        else:
            assert id(thing) in shown, f"{room}.{name} is not in the reference"


def test_every_top_level_name_is_on_the_overview():
    overview = (DOCS / "reference" / "index.md").read_text()
    missing = [name for name in ranvier.__all__ if f"`rv.{name}`" not in overview]
    assert not missing


@pytest.mark.parametrize("room", rooms())
def test_every_public_thing_has_a_docstring(room):
    module = importlib.import_module(room)
    for name in public_names(room):
        thing = getattr(module, name)
        if inspect.isclass(thing) or inspect.isfunction(thing) or isinstance(thing, ModuleType):
            assert inspect.getdoc(thing), f"{room}.{name} has no docstring"


def test_every_command_and_option_is_on_its_page():
    import typer.main

    from ranvier.cli._app import app

    page = (DOCS / "reference" / "cli.md").read_text()

    def walk(command: Any, path: str) -> None:
        for name, below in getattr(command, "commands", {}).items():
            walk(below, f"{path} {name}")
        if hasattr(command, "commands"):
            return
        assert f"`{path}" in page, f"{path} is not documented"
        for parameter in command.params:
            for option in (*parameter.opts, *parameter.secondary_opts):
                if option.startswith("--"):
                    assert f"`{option}" in page, f"{path} {option} is not documented"

    walk(typer.main.get_command(app), "ranvier")


# Navigation and words


class _Loader(yaml.SafeLoader):
    """YAML as mkdocs writes it: tags of Python names are not followed."""


_Loader.add_multi_constructor("", lambda loader, suffix, node: None)


def test_every_page_is_in_the_navigation():
    configuration = yaml.load((ROOT / "mkdocs.yml").read_text(), _Loader)

    def pages(entry: Any) -> list[str]:
        if isinstance(entry, str):
            return [entry]
        parts = entry.values() if isinstance(entry, dict) else entry
        return [page for part in parts for page in pages(part)]

    listed = pages(configuration["nav"])
    assert sorted(listed) == sorted(str(page.relative_to(DOCS)) for page in PAGES)


@pytest.mark.parametrize("page", WRITTEN, ids=relative)
def test_make_commands_exist(page):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    code = re.findall(r"```bash\n(.*?)```|`([^`\n]+)`", page.read_text(), re.DOTALL)
    lines = [line for block in code for part in block for line in part.splitlines()]
    for line in lines:
        command = re.match(r"\s*make ([a-z-]+)", line)
        assert not command or command[1] in targets, f"the Makefile has no target {command[1]}"


def test_readme_names_the_test_command():
    assert "make test" in OUTSIDE[0].read_text()
    assert "make demo" in OUTSIDE[0].read_text()


@pytest.mark.parametrize("page", [*WRITTEN, *sorted(DOCS.rglob("*.json"))], ids=relative)
def test_no_page_mentions_a_place_on_a_machine(page):
    place = re.search(
        r"(?<![\w.<~])/(?:home|root|work|tmp|opt|usr|mnt|Users|var)/\S*|[A-Z]:\\\S*",
        page.read_text(),
    )
    assert place is None, f"{page.name} mentions {place}"


@pytest.mark.parametrize("page", OUTSIDE, ids=relative)
def test_links_between_files_resolve(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if not urlsplit(target).scheme:
            assert (page.parent / target.split("#")[0]).exists(), f"{target} does not exist"


def test_pictures_are_small():
    for picture in (DOCS / "assets").iterdir():
        assert picture.stat().st_size < 200_000, picture.name


# The built site


class _Page(HTMLParser):
    """What a page offers (anchors), where it points (links), and what it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = {""}
        self.links: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "link" and given.get("rel") not in ("canonical", "prev", "next"):
            self.loads.append(given["href"])
        if tag in ("script", "img", "iframe", "audio", "source") and "src" in given:
            self.loads.append(given["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> tuple[Path, dict[Path, _Page]]:
    """The site, built strictly; with `--quiet` mkdocs would not see its own warnings."""
    pytest.importorskip("mkdocs", reason="the docs extra is not installed")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(folder)]
    built = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    assert "WARNING" not in built.stderr, built.stderr
    pages = {}
    for path in folder.rglob("*.html"):
        pages[path] = _Page()
        pages[path].feed(path.read_text())
    return folder, pages


def test_every_link_and_anchor_of_the_site_resolves(site):
    folder, pages = site
    for path, page in pages.items():
        if path.name == "404.html":  # served at any depth, so its links are absolute
            continue
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            where = f"{path.relative_to(folder)}: {link}"
            assert target.exists(), f"{where} leads nowhere"
            if target.suffix == ".html":
                assert unquote(parts.fragment) in pages[target].anchors, f"{where} has no anchor"


def test_the_site_loads_nothing_from_elsewhere(site):
    folder, pages = site
    for path, page in pages.items():
        for address in page.loads:
            parts = urlsplit(address)
            assert not parts.scheme and not parts.netloc, f"{path.name} loads {address}"
            if path.name != "404.html":
                assert (path.parent / parts.path).exists(), f"{path.name} loads {address}"
    for style in folder.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(?:https?:)?//", style.read_text()), style.name


def test_equations_are_drawn(site):
    folder, _ = site
    page = (folder / "explanation" / "gradients" / "index.html").read_text()
    assert page.count("<math") > 10
    assert all("arithmatex" not in p.read_text() for p in folder.rglob("*.html"))


def test_no_example_is_left_as_plain_text(site):
    folder, _ = site
    for page in (folder / "reference").rglob("*.html"):
        assert "<blockquote>" not in page.read_text(), f"{page.parent.name} shows prompts as quotes"
