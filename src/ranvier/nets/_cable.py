"""Passive dendrites and axons: the cable equation on a tree."""

from typing import Literal, NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Cell, finite, one_of, positive, precision, scan_steps
from ranvier.nets._tree import Tree, solve

Scheme = Literal["crank_nicolson", "backward_euler"]


class CableState(NamedTuple):
    """Membrane potential `v` of every compartment, mV, `[..., compartments]`.

    Example:
        >>> from ranvier.nets import Branch
        >>> Cable(Tree([Branch(300.0, 1.0, 3)])).init((5,)).v.shape
        (5, 3)
    """

    v: Float[Array, "..."]


class Cable(Cell):
    r"""Passive cable: a tree of compartments, currents in, membrane potentials out.

    $$C_k \dot v_k = -g_k (v_k - E) + \sum_{j \sim k} g_{jk} (v_j - v_k) + I_k$$

    with the capacitance and the leak of the membrane of compartment $k$ and the conductance
    $\pi d^2/(4 R_i\,\Delta x)$ of the core between the middles of two. It discretises the cable
    equation $\tau \partial_t v = \lambda^2 \partial_x^2 v - (v - E)$, with the error
    $O(\Delta x^2)$. Ends are sealed.

    One step is implicit, so stable whatever its length: Crank-Nicolson (error $O(\Delta t^2)$)
    or backward Euler ($O(\Delta t)$, and it damps every mode). The current is held over the step.
    Compartments of one tree feel each other, so that it is a cell, not a neuron; leading axes are
    copies of the tree. Wherever branches meet, one potential holds for all.

    Args:
        tree: the morphology.
        membrane_resistance_Ohm_cm2: $r_m$; a float stays, an array `[compartments]` learns.
        membrane_capacitance_uF_per_cm2: $c_m$, likewise.
        axial_resistivity_Ohm_cm: $R_i$; a float stays, an array `[]` learns.
        rest_mV: $E$.
        time_step_ms: $\Delta t$.
        scheme: `"crank_nicolson"` or `"backward_euler"`.

    Input: the current into each compartment, nA, `[..., compartments]`.
    Output: the potential of each, mV.

    Raises:
        ValueError: a constant that is not positive, or an unknown scheme (the nearest is named).

    Source: Rall, in Handbook of Physiology, The Nervous System (1977), chapter 3; the solver:
        Hines, Int. J. Biomed. Comput. 15 (1984).

    Example:
        A steady current into one end of a cable as long as half its length constant:

        >>> import jax.numpy as jnp, ranvier as rv
        >>> from ranvier.nets import Branch
        >>> cable = Cable(Tree([Branch(204.0, 1.0, 8)]), rest_mV=0.0, time_step_ms=1.0)
        >>> round(cable.length_constant_um(0))
        408
        >>> current = jnp.zeros((100, 8)).at[:, 0].set(0.02)
        >>> [round(float(v), 1) for v in rv.run(cable, current)[1][-1, [0, -1]]]
        [33.3, 30.0]
    """

    tree: Tree
    membrane_resistance_Ohm_cm2: float | Float[Array, "*compartments"]
    membrane_capacitance_uF_per_cm2: float | Float[Array, "*compartments"]
    axial_resistivity_Ohm_cm: float | Float[Array, ""]
    rest_mV: float
    time_step_ms: float
    scheme: Scheme = eqx.field(static=True)

    def __init__(
        self,
        tree: Tree,
        *,
        membrane_resistance_Ohm_cm2: float | Float[Array, "*compartments"] = 1e4,
        membrane_capacitance_uF_per_cm2: float | Float[Array, "*compartments"] = 1.0,
        axial_resistivity_Ohm_cm: float | Float[Array, ""] = 150.0,
        rest_mV: float = -70.0,
        time_step_ms: float = 0.1,
        scheme: Scheme = "crank_nicolson",
    ) -> None:
        positive(
            "Cable",
            membrane_resistance_Ohm_cm2=membrane_resistance_Ohm_cm2,
            membrane_capacitance_uF_per_cm2=membrane_capacitance_uF_per_cm2,
            axial_resistivity_Ohm_cm=axial_resistivity_Ohm_cm,
            time_step_ms=time_step_ms,
        )
        finite("Cable", rest_mV=rest_mV)
        one_of("Cable", "scheme", scheme, ("crank_nicolson", "backward_euler"))
        self.tree = tree
        self.membrane_resistance_Ohm_cm2 = membrane_resistance_Ohm_cm2
        self.membrane_capacitance_uF_per_cm2 = membrane_capacitance_uF_per_cm2
        self.axial_resistivity_Ohm_cm = axial_resistivity_Ohm_cm
        self.rest_mV = float(rest_mV)
        self.time_step_ms = float(time_step_ms)
        self.scheme = scheme

    @property
    def in_size(self) -> int:
        """One current per compartment."""
        return self.tree.compartments

    def length_constant_um(self, branch: int) -> float | Array:
        r"""$\lambda = \sqrt{d\, r_m / (4 R_i)}$ of a branch.

        Args:
            branch: its number in the tree.
        """
        diameter = self.tree.branches[branch].diameter_um
        ratio = self.membrane_resistance_Ohm_cm2 / self.axial_resistivity_Ohm_cm
        return (1e4 * diameter * ratio / 4) ** 0.5

    def init(self, batch: tuple[int, ...] = ()) -> CableState:
        """Every compartment at rest."""
        return CableState(jnp.full((*batch, self.in_size), self.rest_mV, precision(self)))

    def __call__(
        self,
        state: CableState,
        x: Float[Array, "... compartments"],
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[CableState, Array]:
        """Advance one step."""
        if jnp.ndim(x) == 0 or x.shape[-1] != self.in_size:
            raise ValueError(
                f"Cable: got an input of shape {jnp.shape(x)}, expected its last axis to be "
                f"{self.in_size}, one current per compartment."
            )
        dtype = state.v.dtype
        parents, per_cm, places = self.tree.nodes()
        areas = jnp.asarray(self.tree.areas_cm2, dtype)
        # In uS and nF, so that nA give mV and ms.
        leak = 1e6 * areas / self.membrane_resistance_Ohm_cm2
        capacitance = 1e3 * areas * self.membrane_capacitance_uF_per_cm2
        coupling = jnp.asarray(1e6 / per_cm, dtype) / self.axial_resistivity_Ohm_cm

        half = self.scheme == "crank_nicolson"
        held = capacitance / (self.time_step_ms / 2 if half else self.time_step_ms)
        diagonal = coupling.at[parents[1:]].add(coupling[1:]).at[places].add(leak + held)
        above = state.v - self.rest_mV
        drive = held * above + x
        right = jnp.zeros((*drive.shape[:-1], len(parents)), dtype).at[..., places].set(drive)
        found = solve(parents, diagonal, coupling, right)[..., places]
        # Crank-Nicolson is half a backward step, and as much again.
        v = self.rest_mV + (2 * found - above if half else found)
        return CableState(v), v

    def over_time(
        self,
        state: CableState,
        xs: Float[Array, "time ... compartments"],
        *,
        keys: Array | None = None,
    ) -> tuple[CableState, Array]:
        """Advance many steps."""
        return scan_steps(self, state, xs, keys=keys)
