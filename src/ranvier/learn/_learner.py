"""A learner that never stops to look back: one time step at a time, for ever."""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
from jaxtyping import Array, Float

from ranvier.core import Cell, load, save
from ranvier.learn._moment import Moving, as_chain, at_start, pass_moment, per_layer
from ranvier.learn.eligibility import Eligibility
from ranvier.learn.losses import Loss
from ranvier.learn.signals import Signal
from ranvier.learn.signals import exact as exact_signal
from ranvier.nets import Chain


class LearnerState(NamedTuple):
    """Everything a learner is: what it knows, where it stands, and what it will credit.

    Attributes:
        model: the network with its present weights.
        optimiser: state of the optimiser.
        moving: states of the layers and traces, per stream.
        gradients: collected since the last update.
        steps: taken so far.
        key: draws noise and random signs.

    Example:
        See `Learner`.
    """

    model: Chain
    optimiser: Any
    moving: Moving
    gradients: Any
    steps: Array
    key: Array


class Learner:
    r"""Predict, hear what was right, learn, go on: online learning without sequences.

    $$\theta \leftarrow \theta - \eta\, u\Big(\sum_{t \in \text{the last } k \text{ steps}}
    L^t e^t\Big) \quad \text{every } k \text{ steps}$$

    The forward operation is never interrupted: states and traces run on through every update, in
    memory that does not grow. Gradients are those of `online` as long as the weights stand still.

    Args:
        model: a layer or a chain of layers.
        loss: one number per step, from output and target.
        optimiser: of Optax.
        eligibility: the temporal half; `local()` if not given; one for all layers, or one each.
        signal: the spatial half.
        every: $k$, steps from one update to the next.
        streams: how many independent streams learn together, as leading axes; `()` is one stream
            without such an axis.
        seed: of noise and random signs.

    Raises:
        TypeError: a cell that is not a layer, or a layer that the eligibility cannot follow.
        ValueError: updates that are not at least one step apart.

    Source: the scheme, Williams, Zipser, Neural Comput. 1 (1989), "real-time recurrent learning";
    Bohnstingl, Woźniak, Pantazi, Eleftheriou, IEEE TNNLS 34 (2023).

    Example:
        >>> import jax, jax.numpy as jnp, optax, ranvier as rv
        >>> from ranvier.learn import Learner, losses
        >>> network = rv.chain(1, rv.SNU.soft(8), rv.Readout(1), key=jax.random.key(0))
        >>> learner = Learner(network, losses.squared_error, optax.adam(1e-2))
        >>> for _ in range(200):
        ...     prediction = learner.learn(jnp.ones(1), jnp.array([0.5]))
        >>> round(float(prediction[0]), 1), learner.steps
        (0.5, 200)
    """

    def __init__(
        self,
        model: Cell,
        loss: Loss,
        optimiser: optax.GradientTransformation,
        *,
        eligibility: Eligibility | Sequence[Eligibility] | None = None,
        signal: Signal = exact_signal,
        every: int = 1,
        streams: tuple[int, ...] = (),
        seed: int = 0,
    ) -> None:
        if every < 1:
            raise ValueError(f"Learner: every is {every}, expected at least 1 step.")
        chain = as_chain(model)
        temporal = per_layer(eligibility, chain)
        learning = eqx.filter(chain, eqx.is_inexact_array)
        self._streams, self._temporal = tuple(streams), temporal
        self._given = model
        self.state = LearnerState(
            model=chain,
            optimiser=optimiser.init(learning),
            moving=at_start(chain, temporal, self._streams),
            gradients=jax.tree.map(jnp.zeros_like, learning),
            steps=jnp.zeros((), jnp.int32),
            key=jr.key(seed),
        )

        def step(state: LearnerState, x: Array, target: Array, valid: Array) -> Any:
            key, now = jr.split(state.key)
            share = valid / jnp.maximum(valid.sum(), 1)
            moving, value, found = pass_moment(
                state.model,
                temporal,
                signal,
                loss,
                state.moving,
                x,
                target,
                share,
                state.model.split(now),
            )
            found = eqx.tree_at(lambda c: c.layers, state.gradients, found)
            gradients = jax.tree.map(jnp.add, state.gradients, found)
            learning, rest = eqx.partition(state.model, eqx.is_inexact_array)

            def update(_: Any) -> Any:
                change, kept = optimiser.update(gradients, state.optimiser, learning)
                nothing = jax.tree.map(jnp.zeros_like, gradients)
                return optax.apply_updates(learning, change), kept, nothing

            steps = state.steps + 1
            learning, kept, gradients = jax.lax.cond(
                steps % every == 0, update, lambda _: (learning, state.optimiser, gradients), None
            )
            after = LearnerState(eqx.combine(learning, rest), kept, moving, gradients, steps, key)
            # A weight that is no number would show in the loss of the next step only.
            sound = [jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(learning)]
            value = jnp.where(jnp.stack(sound).all(), value, jnp.nan)
            return after, (moving.states[-1].y, value)

        self._step = eqx.filter_jit(step)

        def many(state: LearnerState, xs: Array, targets: Array, valid: Array) -> Any:
            arrays, rest = eqx.partition(state, eqx.is_array)

            def body(arrays: Any, at: Any) -> Any:
                after, out = step(eqx.combine(arrays, rest), *at)
                return eqx.filter(after, eqx.is_array), out

            arrays, outs = jax.lax.scan(body, arrays, (xs, targets, valid))
            return eqx.combine(arrays, rest), outs

        self._many = eqx.filter_jit(many)

    @property
    def model(self) -> Cell:
        """The network with its present weights."""
        chain = self.state.model
        return chain if isinstance(self._given, Chain) else chain.layers[0]

    @property
    def steps(self) -> int:
        """How many steps have been taken."""
        return int(self.state.steps)

    def learn(
        self,
        x: Float[Array, "*streams width"],
        target: Float[Array, "*streams answers"] | None = None,
    ) -> Float[Array, "*streams answers"]:
        """Take one step: the prediction, made before the target is used.

        Args:
            x: input of this step.
            target: what the output should have been; `None`, or NaN for single streams, where
                there is none: nothing is learned from that step, and traces go on.

        Raises:
            ValueError: an input or a target of another shape, or an input that is not finite.
            FloatingPointError: the loss or the weights are not finite; the step is named, and the
                learner stands where it stood before it.
        """
        x = self._input(x, ())
        given = None if target is None else jnp.asarray(target)[None]
        after, (y, value) = self._step(
            self.state, x, *(array[0] for array in self._targets(given, (1,), x.dtype))
        )
        self._check(np.asarray(value), self.steps)
        self.state = after
        return y

    def run(
        self,
        xs: Float[Array, "time *streams width"],
        targets: Float[Array, "time *streams answers"] | None = None,
    ) -> Float[Array, "time *streams answers"]:
        """Take many steps in one program: the same as `learn`, one after another.

        Args:
            xs: inputs, time first.
            targets: as of `learn`; `None` learns nothing.

        Raises:
            ValueError, FloatingPointError: as `learn`; the learner then stands where it stood
                before all of these steps.
        """
        xs = self._input(xs, np.shape(xs)[:1])
        after, (ys, values) = self._many(
            self.state, xs, *self._targets(targets, xs.shape[:1], xs.dtype)
        )
        self._check(np.asarray(values), self.steps)
        self.state = after
        return ys

    def rest(self) -> None:
        """Let every stream start anew: states and traces are at rest, what was learned stays.

        Example:
            >>> import jax, optax, ranvier as rv
            >>> from ranvier.learn import Learner, losses
            >>> network = rv.chain(1, rv.LIF(3), rv.Readout(1), key=jax.random.key(0))
            >>> learner = Learner(network, losses.squared_error, optax.sgd(0.1))
            >>> one = learner.learn(jnp.ones(1) * 9)
            >>> learner.rest()
            >>> two = learner.learn(jnp.ones(1) * 9)
            >>> bool((one == two).all()), learner.steps
            (True, 2)
        """
        moving = at_start(self.state.model, self._temporal, self._streams)
        self.state = self.state._replace(moving=moving)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything that goes on, mid-stream: weights, states, traces, optimiser, key.

        Args:
            path: of the file, which appears only when it is whole.
        """
        save(path, self.state)

    def restore(self, path: str | os.PathLike[str]) -> None:
        """Go on where a learner of the same making was saved; the continuation is identical.

        Args:
            path: of the file.

        Raises:
            FileNotFoundError, ValueError: as `load`.
        """
        self.state = load(path, self.state)

    def _input(self, x: Any, time: tuple[int, ...]) -> Array:
        expected = (*time, *self._streams, *self.state.model.in_shape)
        if np.shape(x) != expected:
            raise ValueError(
                f"Learner, step {self.steps}: got an input of shape {np.shape(x)}, expected "
                f"{expected}. A stream keeps its width; for another one make another learner."
            )
        if not np.isfinite(np.asarray(x)).all():
            raise ValueError(f"Learner, step {self.steps}: the input is not finite.")
        return jnp.asarray(x, self.state.moving.states[0].y.dtype)

    def _targets(self, targets: Any, time: tuple[int, ...], dtype: Any) -> tuple[Array, Array]:
        answers = self.state.moving.states[-1].y.shape
        if targets is None:
            return jnp.zeros((*time, *answers), dtype), jnp.zeros((*time, *self._streams), dtype)
        if np.shape(targets)[: len(time) + len(self._streams)] != (*time, *self._streams):
            raise ValueError(
                f"Learner, step {self.steps}: got targets of shape {np.shape(targets)}, expected "
                f"{(*time, *answers)}."
            )
        targets = jnp.asarray(targets)
        own = tuple(range(len(time) + len(self._streams), targets.ndim))
        valid = ~jnp.isnan(targets).any(own)
        shaped = valid.reshape(*valid.shape, *[1] * len(own))
        return jnp.where(shaped, targets, 0), valid.astype(dtype)

    def _check(self, values: np.ndarray, before: int) -> None:
        bad = np.flatnonzero(~np.isfinite(np.atleast_1d(values)))
        if bad.size:
            raise FloatingPointError(
                f"Learner: step {before + int(bad[0])} gives a loss or weights that are not "
                "finite. The learner stands where it stood before; take a smaller learning rate, "
                "or clip gradients."
            )
