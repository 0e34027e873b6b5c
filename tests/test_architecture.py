"""The house: floors, file sizes, and documented public names."""

import ast
import importlib
import inspect
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "ranvier"
CONTRACT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
FLOORS = {
    room.strip().removeprefix("ranvier."): floor
    for floor, rooms in enumerate(reversed(CONTRACT[0]["layers"]))
    for room in rooms.split("|")
}
ROOMS = sorted(path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists())
FILES = sorted(SOURCE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module that a file names in an import, wherever the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; write the whole name."
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room_of(path: Path) -> str | None:
    parts = path.relative_to(SOURCE).parts
    return parts[0] if len(parts) > 1 else None


def test_every_room_has_its_floor():
    assert set(ROOMS) == set(FLOORS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_lower_floors(room):
    for path in (SOURCE / room).rglob("*.py"):
        for name in imports(path):
            package, _, rest = name.partition(".")
            other = rest.split(".")[0]
            if package == "ranvier" and other in FLOORS and other != room:
                assert FLOORS[other] < FLOORS[room], f"{path}: {room} imports {name}"


def test_the_floor_contract_is_kept():
    from importlinter.cli import lint_imports

    config = str(ROOT / "pyproject.toml")
    assert lint_imports(config_filename=config, no_cache=True) == 0


def test_no_file_is_longer_than_four_hundred_lines():
    long = {
        str(p.relative_to(ROOT)): n for p in FILES if (n := len(p.read_text().splitlines())) > 400
    }
    assert not long


@pytest.mark.parametrize("room", ["data", "report", "metrics"])
def test_rooms_that_know_arrays_but_not_jax(room):
    for path in (SOURCE / room).rglob("*.py"):
        heavy = {
            n for n in imports(path) if n.split(".")[0] in ("jax", "jaxlib", "equinox", "optax")
        }
        assert not heavy, f"{path} imports {sorted(heavy)}"


def test_nothing_heavy_at_the_top_of_a_file():
    """Packages that are slow to import wait for the function that needs them."""
    for path in FILES:
        for node in ast.parse(path.read_text()).body:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            heavy = {n.split(".")[0] for n in names} & {"matplotlib", "scipy", "music21", "pooch"}
            assert not heavy, f"{path} imports {heavy} at its top"


def public_names() -> list[tuple[str, object]]:
    """Whatever the rooms offer: names imported as themselves, and public modules' functions."""
    found = {}

    def gather(module: ModuleType) -> None:
        tree = ast.parse(Path(str(module.__file__)).read_text())
        for node in tree.body:
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if alias.asname == alias.name:
                        found[f"{module.__name__}.{alias.name}"] = getattr(module, alias.name)
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[0] != "_":
                found[f"{module.__name__}.{node.name}"] = getattr(module, node.name)

    for room in ROOMS:
        package = importlib.import_module(f"ranvier.{room}")
        for path in sorted((SOURCE / room).rglob("*.py")):
            parts = path.relative_to(SOURCE / room).with_suffix("").parts
            if any(part.startswith("_") and part != "__init__" for part in parts):
                continue
            inner = [part for part in parts if part != "__init__"]
            gather(importlib.import_module(".".join([package.__name__, *inner])))
    return [
        (name, value)
        for name, value in found.items()
        if (inspect.isclass(value) or inspect.isfunction(value))
        and str(value.__module__).startswith("ranvier")
    ]


PUBLIC = public_names()


@pytest.mark.parametrize("value", [v for _, v in PUBLIC], ids=[n for n, _ in PUBLIC])
def test_every_public_name_is_documented(value):
    text = inspect.getdoc(value) or ""
    assert text, "no docstring"
    assert "Example:" in text, "no Example"
    example = text.split("Example:")[1]
    assert ">>>" in example or "See `" in example, "an Example that runs"
    signature = inspect.signature(value)
    named = [p for p in signature.parameters if p not in ("self", "args", "kwargs")]
    if inspect.isfunction(value) and named:
        for parameter in named:
            assert parameter in text, f"{parameter} is not described"


def test_the_public_list_is_not_empty():
    assert len(PUBLIC) > 60
