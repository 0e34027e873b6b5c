"""A network as a module of PyTorch: its gradients through, its weights in and out."""

import functools
import re
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr

from ranvier.convert.torch._tensors import pytorch, to_array, to_tensor
from ranvier.core import Cell, at_rest, named


def to_torch(cell: Cell, *, batch_first: bool = False, channels_first: bool = False) -> Any:
    """Make a network a `torch.nn.Module` that can be run, trained and asked for the network.

    The module keeps the network's arrays as its parameters, named after where they stand, such as
    `layers_0_synapses_dendrite_weight`; any optimiser of PyTorch trains them. It runs in JAX, and
    tensors pass without copies on a CPU. Gradients are those of the network, surrogates included.
    A parameter or an input that is changed in place between a run and its `backward` is an error,
    as anywhere in PyTorch.

    - `module(xs)` runs from rest and gives the outputs. Whole numbers and truth values become
      floating-point numbers of the weights' precision.
    - `module.run(xs, state=None, seed=None)` gives `(state, ys)`. The state is a tuple of tensors,
      from rest if not given; hand it on to go on from there, with gradients, or `detach` it. A
      seed draws the noise; without one there is none.
    - `module.cell()` gives the network with the weights that the module has now.
    - `module.load_cell(cell)` takes the weights of a network of the same structure.

    Args:
        cell: any cell, a chain for example.
        batch_first: input and output are `[B, T, ...]`, as NeuroBench has them; else `[T, B, ...]`.
        channels_first: units with several axes are `[channels, *space]` in input and output, as
            in PyTorch and Tonic; else `[*space, channels]`, as in ranvier.

    Returns:
        A `torch.nn.Module`.

    Raises:
        ImportError: PyTorch is not installed.
        TypeError: (when run) an input that is no tensor, or of another precision than JAX holds.
        ValueError: (when run) an input or a state of another shape.

    Example:
        [Use with PyTorch](../how-to/pytorch.md) shows more; this needs the extra `torch`.

        >>> import jax, ranvier as rv, torch  # doctest: +SKIP
        >>> net = rv.chain(4, rv.LIF(3), rv.Readout(2), key=jax.random.key(0))  # doctest: +SKIP
        >>> to_torch(net)(torch.ones(10, 5, 4)).shape  # doctest: +SKIP
        torch.Size([10, 5, 2])
    """
    return _module_class()(cell, batch_first, channels_first)


def _outputs(params: Any, moving: Any, static: Any, held: Any, keys: Any) -> tuple[Any, Any]:
    """What derivatives follow and what they do not: `((ys, state), rest of the state)`."""
    cell = eqx.combine(params, static)
    xs, floating = moving
    # Rest may depend on parameters, a resting potential for example.
    state = at_rest(cell, xs) if floating is None else eqx.combine(floating, held)
    state, ys = cell.over_time(state, xs, keys=keys)
    floating, held = eqx.partition(state, eqx.is_inexact_array)
    return (ys, floating), held


@eqx.filter_jit
def _plain(params: Any, moving: Any, static: Any, held: Any, keys: Any) -> Any:
    return _outputs(params, moving, static, held, keys)


@eqx.filter_jit
def _with_pullback(params: Any, moving: Any, static: Any, held: Any, keys: Any) -> Any:
    given, pull, held = jax.vjp(
        lambda p, m: _outputs(p, m, static, held, keys), params, moving, has_aux=True
    )
    return given, held, pull


@eqx.filter_jit
def _pulled(pull: Any, cotangents: Any) -> Any:
    return pull(cotangents)


@functools.cache
def _module_class() -> Any:
    """The class, made once PyTorch is there to inherit from."""
    torch = pytorch()

    class Run(torch.autograd.Function):
        """One run as PyTorch's autograd sees it: flat tensors in, flat tensors out."""

        @staticmethod
        def forward(ctx: Any, call: Any, follow: bool, *tensors: Any) -> Any:
            params, moving = jax.tree.unflatten(call["tree"], [to_array(t) for t in tensors])
            arguments = (params, moving, call["static"], call["held"], call["keys"])
            if follow:
                given, held, ctx.pull = _with_pullback(*arguments)
            else:
                given, held = _plain(*arguments)
            # A tensor may be changed once it is back in PyTorch's hands.
            arrays, ctx.structure = jax.tree.flatten(jax.block_until_ready(given))
            call["after"] = _parts(given[1], jax.block_until_ready(held))
            known = {t.data_ptr() for t in tensors}
            outputs = [to_tensor(array) for array in arrays]
            # What JAX handed through unchanged must not be the same memory twice.
            outputs = [t.clone() if t.data_ptr() in known else t for t in outputs]
            if follow:
                # Kept for their version counters: changes in place are then told.
                ctx.save_for_backward(*tensors, *outputs)
            return tuple(outputs)

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx: Any, *gradients: Any) -> Any:
            _ = ctx.saved_tensors
            arrays = [to_array(gradient) for gradient in gradients]
            found = _pulled(ctx.pull, jax.tree.unflatten(ctx.structure, arrays))
            leaves = jax.block_until_ready(jax.tree.leaves(found))
            return None, None, *(to_tensor(leaf) for leaf in leaves)

    class RanvierModule(torch.nn.Module):
        """A network of ranvier; see `ranvier.convert.torch.to_torch`."""

        def __init__(self, cell: Cell, batch_first: bool, channels_first: bool) -> None:
            super().__init__()
            learning, static = eqx.partition(cell, eqx.is_inexact_array)
            found, structure = jax.tree_util.tree_flatten_with_path(learning)
            self.kept = _Kept(static, structure)
            self.names = _distinct([named(path) for path, _ in found])
            for name, (_, array) in zip(self.names, found, strict=True):
                # PyTorch changes parameters in place, and JAX never its arrays.
                self.register_parameter(name, torch.nn.Parameter(to_tensor(array).clone()))
            self.batch_first, self.channels_first = batch_first, channels_first
            self.in_shape = cell.in_shape

        def _learning(self) -> list[Any]:
            return [getattr(self, name) for name in self.names]

        def cell(self) -> Cell:
            """The network with the weights of now, which later training leaves alone."""
            shared = [to_array(parameter) for parameter in self._learning()]
            arrays = jax.block_until_ready([jnp.array(array) for array in shared])
            return eqx.combine(jax.tree.unflatten(self.kept.structure, arrays), self.kept.static)

        def load_cell(self, cell: Cell) -> None:
            """Take the weights of a network of the same structure."""
            learning, _ = eqx.partition(cell, eqx.is_inexact_array)
            found, structure = jax.tree_util.tree_flatten_with_path(learning)
            shapes = [array.shape for _, array in found]
            own = [tuple(parameter.shape) for parameter in self._learning()]
            if structure != self.kept.structure or shapes != own:
                raise ValueError(
                    f"the network has arrays of shapes {shapes}, expected {own}, in a network of "
                    "the same structure. Make a new module with to_torch."
                )
            with torch.no_grad():
                for parameter, (_, array) in zip(self._learning(), found, strict=True):
                    parameter.copy_(to_tensor(array))

        def forward(self, xs: Any) -> Any:
            """The outputs of a run from rest, noiseless."""
            return self.run(xs)[1]

        def run(self, xs: Any, state: Any = None, seed: int | None = None) -> tuple[Any, Any]:
            """The last state, a tuple of tensors, and the outputs."""
            leading = xs.ndim - len(self.in_shape) if isinstance(xs, torch.Tensor) else 0
            xs = self._arranged(xs)
            learning = jax.tree.unflatten(self.kept.structure, self._learning())
            floating, held = (None, None) if state is None else self._taken(state, xs)
            tensors, tree = jax.tree.flatten((learning, (xs, floating)))
            keys = None if seed is None else jr.split(jr.key(seed), len(xs))
            call = {"tree": tree, "static": self.kept.static, "held": held, "keys": keys}
            follow = torch.is_grad_enabled() and any(t.requires_grad for t in tensors)
            ys, *moved = Run.apply(call, follow, *tensors)
            moving = iter(moved)
            after = tuple(
                next(moving) if part is None else to_tensor(part).clone() for part in call["after"]
            )
            return after, self._given_back(ys, leading)

        def _taken(self, state: Any, xs: Any) -> tuple[Any, Any]:
            """A state as trees: what derivatives follow, and what they do not."""
            params = [jax.ShapeDtypeStruct(p.shape, str(p.dtype)[6:]) for p in self._learning()]
            like = jax.eval_shape(
                lambda p, x: at_rest(
                    eqx.combine(jax.tree.unflatten(self.kept.structure, p), self.kept.static), x
                ),
                params,
                jax.ShapeDtypeStruct(xs.shape, jnp.float32),
            )
            return _checked_state(state, like)

        def _arranged(self, xs: Any) -> Any:
            """The input in ranvier's order of axes, and in numbers."""
            if not isinstance(xs, torch.Tensor):
                raise TypeError(f"got a {type(xs).__name__}, expected a tensor of PyTorch.")
            own = self.in_shape
            shown = (own[-1], *own[:-1]) if self.channels_first else own
            if xs.ndim < 2 + len(own) or tuple(xs.shape[-len(own) :]) != shown or 0 in xs.shape:
                first = "[B, T, " if self.batch_first else "[T, B, "
                raise ValueError(
                    f"got an input of shape {list(xs.shape)}, expected "
                    f"{first}{', '.join(map(str, shown))}] with at least one step. The options "
                    "batch_first and channels_first of to_torch say in which order the axes are."
                )
            if not xs.is_floating_point():
                kinds = [p.dtype for p in self._learning()]
                xs = xs.to(kinds[0] if kinds else torch.float32)
            if self.batch_first:
                xs = xs.transpose(0, 1)
            return xs.movedim(-len(own), -1) if self.channels_first and len(own) > 1 else xs

        def _given_back(self, ys: Any, leading: int) -> Any:
            """The output in the order that was asked for."""
            if self.channels_first and ys.ndim - leading > 1:
                ys = ys.movedim(-1, leading)
            return ys.transpose(0, 1) if self.batch_first else ys

    return RanvierModule


class _Kept:
    """What of a network does not learn; copies of a module share it, for it never changes."""

    def __init__(self, static: Any, structure: Any) -> None:
        self.static, self.structure = static, structure

    def __deepcopy__(self, memo: Any) -> "_Kept":
        return self


def _parts(floating: Any, held: Any) -> list[Any]:
    """Of every entry of a state, `None` if derivatives follow it, else the entry."""

    def entries(tree: Any) -> list[Any]:
        return jax.tree.leaves(tree, is_leaf=lambda leaf: leaf is None)

    both = zip(entries(floating), entries(held), strict=True)
    return [two for one, two in both if one is not None or two is not None]


def _checked_state(state: Any, like: Any) -> tuple[Any, Any]:
    """The entries of a state in the tree that they belong to, once they fit."""
    leaves, structure = jax.tree.flatten(like)
    shapes = [list(leaf.shape) for leaf in leaves]
    got = [list(entry.shape) for entry in state] if isinstance(state, (tuple, list)) else state
    if got != shapes:
        raise ValueError(
            f"got a state of shapes {got}, expected {shapes}: what an earlier run of as many "
            "examples gave."
        )
    moves = [jnp.issubdtype(leaf.dtype, jnp.inexact) for leaf in leaves]
    floating = [entry if m else None for entry, m in zip(state, moves, strict=True)]
    held = [None if m else to_array(entry) for entry, m in zip(state, moves, strict=True)]
    return jax.tree.unflatten(structure, floating), jax.tree.unflatten(structure, held)


def _distinct(places: list[str]) -> list[str]:
    """Names for places that PyTorch allows, which are none of a module's own, each once."""
    found: list[str] = []
    for place in places:
        plain = re.sub(r"\W+", "_", place).strip("_") or "weight"
        name, count = plain, 1
        while name in found or name in ("kept", "names", "cell", "run", "in_shape"):
            count += 1
            name = f"{plain}_{count}"
        found.append(name)
    return found
