"""Experiments in their folders: begun or resumed, interrupted or shown."""

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import typer

from ranvier.cli._shared import LATEST, new_folder, pairs_of, plain_errors, point_latest


def _trainings() -> Any:
    """Progress of experiments that train one network after another."""
    from ranvier.learn import show_progress

    return contextlib.nullcontext(show_progress)


def parts_done() -> Any:
    """Progress of experiments that do one part after another."""
    from rich.console import Console
    from rich.progress import Progress

    @contextlib.contextmanager
    def shown() -> Any:
        with Progress(console=Console(stderr=True), transient=True) as bars:
            bar = bars.add_task("", total=None)

            def on_part(what: str, done: int, total: int) -> None:
                bars.update(bar, description=what, completed=done, total=total)

            yield on_part

    return shown()


class Work(NamedTuple):
    """An experiment and how it is run.

    Attributes:
        command: what is typed after `ranvier`.
        experiment: its room, with `build` and `run`.
        show: prints the result.
        options: what only its own `run` takes.
        progress: a context that gives what `run` calls to show how far it is.
    """

    command: str
    experiment: Any
    show: Callable[[dict[str, Any], Path], None]
    options: dict[str, Any]
    progress: Callable[[], Any] = _trainings


def launch(
    work: Work,
    given: dict[str, Any],
    setting: list[str] | None,
    folder: Path | None,
    resume: bool,
    as_json: bool,
) -> None:
    """Run an experiment in its folder.

    Args:
        work: what is run.
        given: options; None counts as not given.
        setting: further ones, as name=value.
        folder: where; a new one if None.
        resume: go on with what is there.
        as_json: print the result alone.
    """
    chosen = {option: value for option, value in given.items() if value is not None}
    with plain_errors():
        chosen.update(pairs_of(setting or []))
        if resume:
            from ranvier.apps import kept_settings

            folder = folder or LATEST
            kept = kept_settings(folder)
            settings = work.experiment.build(**(chosen or kept))
        else:
            settings = work.experiment.build(**chosen)
            folder = folder or new_folder(work.command.removeprefix("run ").replace(" ", "-"))
        point_latest(folder)
        _compilation_cache()
        try:
            with work.progress() as progress:
                result = work.experiment.run(
                    folder, settings, resume=resume, progress=progress, **work.options
                )
        except KeyboardInterrupt:
            again = f"ranvier {work.command} --resume --folder {folder}"
            typer.echo(f"ranvier: interrupted; go on with: {again}", err=True)
            raise typer.Exit(130) from None
        if as_json:
            typer.echo(json.dumps(result))
            return
        work.show(result, folder)


def _compilation_cache() -> None:
    """Keep compiled programs between runs."""
    import jax
    import platformdirs

    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        cache = Path(platformdirs.user_cache_dir("ranvier")) / "jax"
        jax.config.update("jax_compilation_cache_dir", str(cache))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
