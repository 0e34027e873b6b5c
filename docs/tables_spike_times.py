"""The tables of networks whose neurons spike once."""

from typing import Any

_EFFECTS = {
    "time_bits": "clock, bits",
    "weight_bits": "weights, bits",
    "jitter": "jitter, time constants",
    "quantiles": "windows for a quantile",
}


def spike_times(result: dict[str, Any]) -> str:
    """Conversions, training beside the twin, and fine-tuning, each as a table.

    Args:
        result: `conversions`, what `ranvier convert` wrote, and `trained`, what `ranvier run
            spike-times` wrote, each with its `command` and a `label`.

    Example:
        >>> print(spike_times({"conversions": [], "trained": []}).splitlines()[0])
        | network | data | same answer | logit error | spikes per neuron | right, % | latency |
    """
    return "\n".join([*_conversions(result), "", *_trained(result), "", *_tuned(result)])


def _conversions(result: dict[str, Any]) -> list[str]:
    lines = [
        "| network | data | same answer | logit error | spikes per neuron | right, % | latency |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for one in result["conversions"]:
        proof = one["certificate"]
        lines.append(
            f"| {one['label']} | {one['settings']['data']} "
            f"| {proof['agreeing']} of {proof['samples']} "
            f"| {proof['largest_logit_error']:.1e} | {proof['spikes_per_neuron']:.4f} "
            f"| {one['accuracy']:.2f} | {proof['latency']:.3g} |"
        )
    for one in result["trained"]:
        for found in one["seeds"]:
            proof = found["certificate"]
            lines.append(
                f"| {one['label']} | {one['settings']['data']} "
                f"| {proof['agreeing']} of {proof['samples']} "
                f"| {proof['largest_logit_error']:.1e} | {proof['spikes_per_neuron']:.4f} "
                f"| {found['rectified']['accuracy']:.2f} | {proof['latency']:.3g} |"
            )
    return lines


def _trained(result: dict[str, Any]) -> list[str]:
    lines = [
        "| network | data | spiking, % | twin, % | apart after an epoch | apart at the end "
        "| moved meanwhile | spikes per neuron |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for one in result["trained"]:
        for found in one["seeds"]:
            lines.append(
                f"| {one['label']} | {one['settings']['data']} "
                f"| {found['spiking']['accuracy']:.2f} | {found['rectified']['accuracy']:.2f} "
                f"| {found['apart_after_one_epoch']:.0e} | {found['apart']:.0e} "
                f"| {found['moved']:.2f} | {found['spikes_per_neuron']:.3f} |"
            )
            for cheap in found["activity"]:
                lines.append(
                    f"| {one['label']}, activity costs {cheap['cost']:g} "
                    f"| {one['settings']['data']} | {cheap['accuracy']:.2f} | | | | "
                    f"| {cheap['spikes_per_neuron']:.3f} |"
                )
    return lines


def _tuned(result: dict[str, Any]) -> list[str]:
    lines = ["| network | on hardware with | as it came, % | fine-tuned, % |", "|---|---|--:|--:|"]
    for one in result["trained"]:
        for line in one["seeds"][0]["tuned"]:
            lines.append(
                f"| {one['label']} | {_EFFECTS[line['effect']]}: {line['value']:g} "
                f"| {line['before']:.2f} | {line['after']:.2f} |"
            )
    return lines
