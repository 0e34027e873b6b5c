"""A network becomes a NIR file, and the file is proved to be the network."""

import os
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.convert.nir._certificate import Certificate, compare, observed
from ranvier.convert.nir._export import as_nir, export
from ranvier.convert.nir._meaning import Meaning
from ranvier.convert.nir._read import FromNIR, built, read_nir
from ranvier.core import Cell, atomic_path


def to_nir(cell: Cell, *, time_step_ms: float | None = None) -> Any:
    """A network as a `nir.NIRGraph`, for other software in the same process.

    Times are in seconds, channels first. What NIR has no field for is in the metadata: the time
    step, the discretisation, the kind and time of the reset, and which values learn. Surrogate
    derivatives are not written.

    Args:
        cell: a layer, a chain, a residual cell or a graph.
        time_step_ms: of networks whose neurons state none, such as the SNU.

    Raises:
        ValueError: something that NIR has no node for; the layer is named, and what would help.

    Source: Pedersen et al., "Neuromorphic intermediate representation", Nat. Commun. 15 (2024).

    Example:
        >>> import jax, ranvier as rv
        >>> graph = to_nir(rv.chain(2, rv.LIF(3), key=jax.random.key(0)))
        >>> sorted(graph.nodes)
        ['input', 'layer 1', 'layer 1.linear', 'output']
    """
    return as_nir(export(cell, time_step_ms), cell)


def certify(
    cell: Cell,
    source: str | os.PathLike[str] | Any,
    xs: Float[Array, "time *batch_and_width"],
    *,
    notes: tuple[str, ...] = (),
) -> Certificate:
    """Run a network beside what a NIR file or graph of it says, and count what differs.

    Args:
        cell: the network.
        source: a file or a `nir.NIRGraph` with ranvier's metadata.
        xs: input that makes it fire, `[T, *in_shape]` or `[T, batch, *in_shape]`.
        notes: to be kept with the certificate.

    Raises:
        ValueError: an input that is empty or of another shape, or what `read_nir` refuses.

    Example:
        Reset by subtraction is not in NIR: a reader that does not know better loses spikes.

        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> net = rv.chain(2, rv.LIF(30, reset="subtract"), key=jax.random.key(0))
        >>> proof = certify(net, to_nir(net), 9 * jnp.ones((200, 2)))
        >>> proof.same, proof.portable
        (True, False)
    """
    xs = jnp.asarray(xs, float)
    axes = len(cell.in_shape)
    if xs.ndim == axes + 1:
        xs = xs[:, None]
    if xs.ndim != axes + 2 or xs.shape[2:] != cell.in_shape or not xs.size:
        raise ValueError(
            f"certify: the input has the shape {xs.shape}, expected [T, batch, "
            f"{', '.join(map(str, cell.in_shape))}] with at least one step."
        )
    read, run = read_nir(source), observed(cell, xs)
    layers, output = compare(run, observed(read.model, xs))
    try:
        bare, _ = compare(run, observed(_bare(read), xs))
    except ValueError as error:
        bare, notes = (), (*notes, f"read without its metadata, the file is refused: {error}")
    return Certificate(layers, bare, output, xs.shape[0], xs.shape[1], tuple(notes))


def _bare(read: FromNIR) -> Cell:
    """The network as a reader sees it that knows NIR's equations and nothing else."""
    plain = {name: Meaning(m.time_step_ms, m.time_unit) for name, m in read.meaning.items()}
    return built(read.graph, plain, "the graph")


def write_nir(
    cell: Cell,
    path: str | os.PathLike[str],
    *,
    example: Float[Array, "time *batch_and_width"],
    time_step_ms: float | None = None,
    portable: bool = False,
) -> Certificate:
    """Write a network to a NIR file, read it back, and run both on an example.

    The file appears only where the two agree in every spike. With `portable`, they must also agree
    where a reader takes NIR's equations and ignores the metadata, as other frameworks do.

    Args:
        cell: a layer, a chain, a residual cell or a graph.
        path: where the file shall stand; one that is there is replaced.
        example: input that makes it fire, `[T, *in_shape]` or `[T, batch, *in_shape]`.
        time_step_ms: of networks whose neurons state none, such as the SNU.
        portable: as above.

    Returns:
        What was compared; print it.

    Raises:
        ValueError: something that NIR has no node for (the layer is named), or spikes that differ;
            no file is written then.
        OSError: the file cannot be written.

    Source: Pedersen et al., "Neuromorphic intermediate representation", Nat. Commun. 15 (2024).

    Example:
        >>> from pathlib import Path
        >>> import jax, jax.numpy as jnp, ranvier as rv, tempfile
        >>> net = rv.chain(2, rv.LIF(3), key=jax.random.key(0))
        >>> proof = write_nir(net, Path(tempfile.mkdtemp()) / "net.nir",
        ...                   example=4 * jnp.ones((50, 2)))
        >>> proof.lost, proof.portable
        (0, True)
    """
    import nir

    drawn = export(cell, time_step_ms)
    with atomic_path(path) as temporary:
        nir.write(temporary, as_nir(drawn, cell))
        found = certify(cell, temporary, example, notes=tuple(drawn.notes))
        if not found.same:
            raise ValueError(
                f"{path} was not written: {found.lost} of {found.spikes} spikes would be lost and "
                f"{found.added} added.\n{found}"
            )
        if portable and not found.portable:
            wrong = [layer for layer in found.bare if layer.lost or layer.added]
            told = ", ".join(f"{w.name}: {w.lost} of {w.spikes} lost" for w in wrong) or "all"
            raise ValueError(
                f"{path} was not written: a reader that ignores metadata would change spikes "
                f"({told}). Use reset='zero' at the spike and the exact discretisation, or leave "
                "portable out."
            )
    return found
