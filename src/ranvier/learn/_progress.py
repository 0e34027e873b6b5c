"""A progress line for long training."""

import contextlib
from collections.abc import Callable, Iterator

from ranvier.learn._fit import Epoch


@contextlib.contextmanager
def show_progress(title: str, epochs: int) -> Iterator[Callable[[Epoch], None]]:
    """A live line with a bar, the losses and the time left; give it to `fit` as `on_epoch`.

    Args:
        title: what is being trained.
        epochs: how many there are to be.

    Example:
        >>> with show_progress("snu", 2) as on_epoch:
        ...     on_epoch(Epoch(1, 9.0, 8.5, True))
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[losses]}"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(title, total=epochs, losses="")

        def on_epoch(epoch: Epoch) -> None:
            losses = f"train {epoch.train:.4f}  valid {epoch.valid:.4f}"
            bar.update(task, completed=epoch.number, losses=losses)

        yield on_epoch
