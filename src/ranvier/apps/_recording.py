"""What the small experiments have in common: one run per folder, recorded, then drawn."""

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ranvier.apps._resumable import leave, leave_arrays, made_with, show
from ranvier.core import only_writer
from ranvier.report import Page

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LIBRARIES = ("ranvier", "jax", "equinox", "numpy")


class Recorder:
    """Collects what a run gives; `new_run` makes one.

    Attributes:
        result: what `result.json` will hold, JSON-able.
        arrays: what `recordings.npz` will hold.

    Example:
        See `new_run`.
    """

    def __init__(self) -> None:
        self.result: dict[str, Any] = {}
        self.arrays: dict[str, np.ndarray] = {}


@contextlib.contextmanager
def new_run(
    folder: Path, experiment: str, settings: Mapping[str, Any], source: str
) -> Iterator[Recorder]:
    """Hold a folder for one run; what is recorded is written when the block has ended well.

    Args:
        folder: made if needed.
        experiment: by what name the report is drawn again.
        settings: of the run, JSON-able.
        source: where the experiment was published.

    Raises:
        FileExistsError: the folder holds a finished run.
        RuntimeError: another process holds the folder.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with new_run(folder, "nothing", {}, "nobody") as recorder:
        ...     recorder.result["spikes"] = 3
        >>> read_run(folder)[0]["spikes"]
        3
    """
    with only_writer(folder):
        if (folder / "result.json").exists():
            raise FileExistsError(f"{folder} already holds a run. Choose another folder.")
        began, recorder = time.perf_counter(), Recorder()
        yield recorder
        result = {
            "experiment": experiment,
            "source": source,
            "settings": dict(settings),
            **recorder.result,
            **made_with(_LIBRARIES),
            "seconds": round(time.perf_counter() - began, 1),
        }
        leave_arrays(folder / "recordings.npz", recorder.arrays)
        leave(folder, result)


def read_run(folder: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The result and the arrays of a finished run.

    Args:
        folder: of the run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `new_run`.
    """
    path = folder / "result.json"
    if not path.exists():
        raise FileNotFoundError(f"{folder} has no result.json: the run is not finished.")
    with np.load(folder / "recordings.npz") as arrays:
        return json.loads(path.read_text()), dict(arrays)


class Drawing:
    """A page whose figures are also kept as pictures in the run's folder.

    Args:
        folder: of the run.
        page: to add to.

    Example:
        >>> import tempfile
        >>> drawing = Drawing(Path(tempfile.mkdtemp()), Page("A run"))
        >>> drawing.write({"settings": {}, "seconds": 0.1}).name
        'report.html'
    """

    def __init__(self, folder: Path, page: Page) -> None:
        self.folder = folder
        self.page = page

    def figure(self, name: str, figure: "Figure", caption: str, alt: str) -> None:
        """Put a figure on the page, and keep it as `figures/NAME.png`."""
        show(self.page, self.folder, name, figure, caption, alt)

    def write(self, result: Mapping[str, Any]) -> Path:
        """Close the page with how the run was made, and write `report.html`."""
        self.page.section("How this was made", "about")
        source = [f"Source: {result['source']}."] if result.get("source") else []
        self.page.text(*source, f"The run took {result['seconds']:.1f} s.")
        kept = ("settings", "versions", "machine")
        self.page.settings({key: result[key] for key in kept if key in result})
        return self.page.write(self.folder / "report.html")
