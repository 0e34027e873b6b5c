"""The network that goes onto the chip: one made for it, or one out of a file."""

from pathlib import Path
from typing import Any

import jax
import jax.random as jr

from ranvier.apps.deployment._settings import Settings
from ranvier.core import load, read_settings
from ranvier.nets import Chain, chain, recurrent
from ranvier.neurons import SNU, LeakyIntegrator, surrogates

CLASSES = 10
_SLOPE = 2.0
EXPERIMENT = "deploy"


def network(settings: Settings) -> Chain:
    """A network of the chip's kind, its weights drawn from the seed.

    The crossbars end in spiking units, whose membranes end at zero as theirs do; ReckOn ends in a
    leaky readout.

    Args:
        settings: of the deployment.

    Example:
        >>> len(network(Settings(chip="reckon", hidden=(5, 4))).layers)
        3
    """
    h = surrogates.fast_sigmoid(_SLOPE)
    inputs, own = settings.side**2, jr.key(settings.seed)
    if settings.chip == "reckon":
        units: list[Any] = [SNU(n, decay=settings.decay, h=h) for n in settings.hidden]
        last: Any = LeakyIntegrator(CLASSES, decay=settings.decay)
    else:
        units = [SNU(n, decay=settings.decay, g=jax.nn.relu, h=h) for n in settings.hidden]
        last = SNU(CLASSES, decay=1.0, g=jax.nn.relu, h=h)
    hidden = [recurrent(unit) if settings.recurrent else unit for unit in units]
    return chain(inputs, *hidden, last, key=own)


def loaded(settings: Settings) -> tuple[Chain, dict[str, Any] | None]:
    """The network in the file that settings name, and the settings that make its structure.

    These are `None` where the structure is in the file itself.

    Args:
        settings: of the deployment.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: another kind of file, a checkpoint of another experiment, or no chain.
    """
    path = Path(settings.model)
    if path.suffix == ".nir":
        from ranvier.convert.nir import read_nir

        cell = read_nir(path).model
        if not isinstance(cell, Chain):
            raise ValueError(
                f"{path} holds a {type(cell).__name__}, expected one layer after another."
            )
        return cell, None
    if path.suffix != ".safetensors":
        raise ValueError(f"{path}: expected a network in a .safetensors or a .nir file.")
    kept = read_settings(path)
    if kept.get("experiment") != EXPERIMENT or kept["settings"] is None:
        raise ValueError(
            f"{path} is no checkpoint of a network that `ranvier deploy` made. Write the network "
            "as NIR (`ranvier.convert.nir.write_nir`), or call "
            "`ranvier.hardware.deployment.deploy` with it."
        )
    return load(path, network(Settings(**kept["settings"]))), kept["settings"]
