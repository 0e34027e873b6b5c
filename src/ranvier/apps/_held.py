"""What a report says of the arrays that hold a network: sources, clipping, saturation."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jaxtyping import Array, Float

from ranvier.hardware import audit
from ranvier.hardware.crossbar import arrays, saturation
from ranvier.hardware.devices import Source
from ranvier.report import Page

_SATURATED = {
    "saturated_inputs": "inputs saturated (%)",
    "saturated_outputs": "outputs saturated (%)",
}


def held_told(model: Any, xs: Float[Array, "time ... width"] | None = None) -> list[dict[str, Any]]:
    """What holds a network, as JSON keeps it: `audit`, and what its converters saturate.

    Args:
        model: a network on arrays.
        xs: input that drives the converters, `[T, ..., width]`; needed where there are any.

    Returns:
        One line per array; a saturated share is None where there is no such converter.

    Raises:
        ValueError: arrays behind converters, and no input.
        TypeError: converters in a network that is no chain of layers.

    Example:
        >>> import jax, ranvier as rv
        >>> from ranvier.hardware import devices, program
        >>> net = rv.chain(4, rv.SNU(3), rv.Readout(2), key=jax.random.key(0))
        >>> row = held_told(program(net, devices.pcm(), key=jax.random.key(1)))[0]
        >>> row["devices"], row["clipped"], row["saturated_outputs"]
        (24, 0.0, None)
    """
    around = {array.name: array.periphery for array in arrays(model)}
    driven = {}
    if any(one.dac is not None or one.adc is not None for one in around.values()):
        if xs is None:
            raise ValueError(
                "held_told: got arrays behind converters and no input, expected one. Give the "
                "input whose share beyond the range of the converters is asked for."
            )
        driven = {one.name: one for one in saturation(model, xs)}
    rows = []
    for row in audit(model):
        share: dict[str, float | None] = dict.fromkeys(_SATURATED)
        seen = driven.get(row.name)
        if seen is not None and around[row.name].dac is not None:
            share["saturated_inputs"] = seen.inputs
        if seen is not None and around[row.name].adc is not None:
            share["saturated_outputs"] = seen.outputs
        rows.append({**row._asdict(), **share})
    return rows


def source_told(source: Source) -> dict[str, Any]:
    """Where constants come from, as JSON keeps it beside those of `held_told`.

    Args:
        source: of a device.

    Example:
        >>> from ranvier.hardware.devices import pcm
        >>> source_told(pcm().source)["checked"]
        True
    """
    return {"source": source.text, "checked": source.checked}


def warn_unchecked(page: Page, sources: Iterable[Mapping[str, Any]]) -> None:
    """Add a warning for every source of constants that was not checked, once each.

    Args:
        page: to add to.
        sources: each with `source` and `checked`, as an `audit` and a device have them.

    Example:
        >>> page = Page("A run")
        >>> warn_unchecked(page, [{"source": "hearsay", "checked": False}])
        >>> "not checked (hearsay)" in page.html()
        True
    """
    for text in dict.fromkeys(one["source"] for one in sources if not one["checked"]):
        page.text(
            f"Warning: the constants of a device were not checked ({text}); no published claim "
            "rests on them."
        )


def add_held(
    page: Page,
    held: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    others: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Add the section on the arrays: warnings, clipped weights, saturated converters.

    Args:
        page: to add to.
        held: what a network is called, to its arrays as `held_told` or `audit` describe them.
        others: sources of devices that are in no array, see `warn_unchecked`.
    """
    page.section("What the arrays hold", "held")
    rows = [(name, array) for name, lines in held.items() for array in lines]
    warn_unchecked(page, [*(array for _, array in rows), *others])
    kinds = [kind for kind in _SATURATED if any(array.get(kind) is not None for _, array in rows)]
    clipped = max(array["clipped"] for _, array in rows)
    beyond = [array[kind] for kind in kinds for _, array in rows if array.get(kind) is not None]
    page.text(
        f"Of the weights of an array, at most {100 * clipped:.2g} % lie outside the range of its "
        "devices and are held at its end. "
        + (
            f"Of what converters see, at most {100 * max(beyond):.2g} % lies outside their range "
            "and is cut off there."
            if beyond
            else "No converters stand around the arrays, so that none can saturate."
        )
    )
    page.table(
        [
            *("weights", "array", "columns", "rows", "devices", "tiles", "clipped (%)"),
            *(_SATURATED[kind] for kind in kinds),
        ],
        [
            [
                *(name, array["name"], array["columns"], array["rows"], array["devices"]),
                *(array["tiles"], 100 * array["clipped"]),
                *(None if array.get(kind) is None else 100 * array[kind] for kind in kinds),
            ]
            for name, array in rows
        ],
        "Devices: " + "; ".join(dict.fromkeys(array["source"] for _, array in rows)) + ".",
        decimals=2,
    )
