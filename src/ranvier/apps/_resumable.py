"""A run that can be interrupted and resumed: its folder, and what is written there."""

import contextlib
import dataclasses
import importlib.metadata
import json
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ranvier.core import atomic_path

if TYPE_CHECKING:
    from ranvier.learn import Epoch
    from ranvier.report import Page

OnTraining = Callable[[str, int], Any]
"""Called with a title and its epochs before each training; returns a context of `on_epoch`."""

OnPart = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and out of how much."""


@contextlib.contextmanager
def shown(
    progress: OnTraining | None, title: str, epochs: int
) -> "Iterator[Callable[[Epoch], None] | None]":
    """A context of `on_epoch` for one training; of None where nothing is to be shown.

    Args:
        progress: shows trainings, or None.
        title: of this one.
        epochs: how many it has at most.
    """
    if progress is None:
        yield None
    else:
        with progress(title, epochs) as on_epoch:
            yield on_epoch


def claim(folder: Path, settings: Any, resume: bool) -> None:
    """Write the settings down, or compare them with those that are there.

    Args:
        folder: of the run.
        settings: a dataclass.
        resume: whether a run may be there already.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not given.
        ValueError: it holds a run with other settings.
    """
    path = folder / "settings.json"
    given = json.loads(json.dumps(dataclasses.asdict(settings)))
    if path.exists():
        if not resume:
            raise FileExistsError(
                f"{folder} already holds a run. Add --resume to go on with it, or choose another "
                "folder."
            )
        kept = json.loads(path.read_text())
        changed = [name for name in given if kept.get(name) != given[name]]
        if changed:
            raise ValueError(
                f"{folder} holds a run with other settings: "
                + "; ".join(f"{n} was {kept.get(n)!r}, now {given[n]!r}" for n in changed)
                + ". Resume without options, or choose another folder."
            )
        return
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(given, indent=1))


def kept_settings(folder: Path) -> dict[str, Any]:
    """The settings that a run was started with.

    Args:
        folder: of the run.

    Raises:
        FileNotFoundError: it holds no run.

    Example:
        An experiment makes its settings of them.

        >>> import tempfile
        >>> from ranvier.apps.codes import Settings, build
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     claim(Path(folder), Settings(), resume=False)
        ...     build(**kept_settings(Path(folder))) == Settings()
        True
    """
    path = folder / "settings.json"
    if not path.exists():
        raise FileNotFoundError(f"{folder} holds no run: there is no settings.json in it.")
    return json.loads(path.read_text())


def finished(folder: Path, experiment: str) -> dict[str, Any]:
    """The result of a finished run.

    Args:
        folder: of the run.
        experiment: its name on the command line.

    Raises:
        FileNotFoundError: the run is not finished.
    """
    path = folder / "result.json"
    if not path.exists():
        raise FileNotFoundError(
            f"{folder} has no result.json: the run is not finished. Go on with it: "
            f"ranvier run {experiment} --resume --folder {folder}"
        )
    return json.loads(path.read_text())


def leave(folder: Path, result: dict[str, Any]) -> None:
    """Write `result.json`, whole.

    Args:
        folder: of the run.
        result: everything that was found.
    """
    with atomic_path(folder / "result.json") as temporary:
        temporary.write_text(json.dumps(result, indent=1))


def leave_arrays(path: Path, arrays: Mapping[str, ArrayLike]) -> None:
    """Write arrays by name, compressed and whole.

    Args:
        path: `.npz`.
        arrays: of numbers; nothing is pickled.
    """
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def kept_part(path: Path, compute: Callable[[], Any]) -> Any:
    """A part of the result from its file, computed and written there if there is none.

    Args:
        path: `.json`.
        compute: gives the part, JSON-able.
    """
    if path.exists():
        return json.loads(path.read_text())
    found = compute()
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(found))
    return found


def kept_arrays(path: Path, kind: type[Any], compute: Callable[[], Any]) -> Any:
    """The same of a named tuple of arrays.

    Args:
        path: `.npz`.
        kind: the named tuple.
        compute: gives one.
    """
    if path.exists():
        with np.load(path) as kept:
            return kind(**dict(kept))
    found = compute()
    leave_arrays(path, found._asdict())
    return found


def show(page: "Page", folder: Path, name: str, figure: Any, caption: str, alt: str) -> None:
    """Put a figure on a page, and keep it as a picture in the run's folder.

    Args:
        page: the report.
        folder: of the run.
        name: of the picture.
        figure, caption, alt: as `Page.figure` takes them.
    """
    with atomic_path(folder / "figures" / f"{name}.png") as temporary:
        figure.savefig(temporary, format="png", dpi=150)
    page.figure(figure, caption, alt)


def made_with(libraries: Iterable[str]) -> dict[str, Any]:
    """Versions and machine, for the result.

    Args:
        libraries: packages whose version matters.
    """
    return {
        "versions": {name: importlib.metadata.version(name) for name in libraries},
        "machine": {"python": platform.python_version(), "processor": platform.machine()},
    }
