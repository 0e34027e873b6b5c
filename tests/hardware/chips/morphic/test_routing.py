"""Packets of MorphIC: where they go, how many there are, and what full queues lose."""

from typing import Any

import pytest

from ranvier.hardware.chips import morphic

NEITHER: Any = 3
FIRES = morphic.LIFNeuron(thr=1)


def listener(*lines):
    """A core whose neuron 0 fires at these external lines."""
    synapses = [[0]] * 1024
    for line in lines:
        synapses[512 + line] = [1]
    return morphic.Core([FIRES], synapses)


def sender(**route):
    return morphic.Core([FIRES], routes={0: morphic.Route(**route)})


def heard(chip, events):
    _, output = chip.run(chip.init(), events)
    return output.events.value.tolist(), output.counts


def test_a_packet_reaches_the_line_of_every_core_that_is_named():
    cores = [sender(cores=0b1110, line=9), listener(9), listener(8), listener(9, 8)]
    fired, counts = heard(morphic.MorphIC(cores), [morphic.virtual(0, 1)])
    assert fired == [0, 512, 1536]
    assert (counts.packets_between_cores, counts.packets_between_chips) == (3, 0)
    # A row for the spike in its core, three for its packets, two for the answers in theirs.
    assert counts.spikes == 3
    assert counts.line_events == 6 and counts.synaptic_operations == 6 * 512


def test_a_core_can_hear_itself_through_the_router():
    synapses = [[0, 0]] * 512 + [[0, 1]]
    core = morphic.Core([FIRES, FIRES], synapses, routes={0: morphic.Route(cores=1, line=0)})
    fired, counts = heard(morphic.MorphIC([core]), [morphic.virtual(0, 1)])
    assert fired == [0, 1] and counts.packets_between_cores == 1


def test_chips_are_counted_once_each_and_their_cores_apart():
    chips = [
        [sender(cores=0b11, chips=0b111, line=4), listener(4)],
        [listener(4), listener(4)],
        [listener(5), listener(4)],
    ]
    fired, counts = heard(morphic.MorphIC.joined(chips), [morphic.virtual(0, 1)])
    assert fired == [0, 512, 2048, 2048 + 512, 4096 + 512]
    assert (counts.packets_between_cores, counts.packets_between_chips) == (6, 2)


def test_without_chips_a_packet_stays_at_home():
    chips = [[listener(4)], [sender(cores=0b10, line=4), listener(4)]]
    fired, counts = heard(morphic.MorphIC.joined(chips), [morphic.virtual(0, 1, chip=1)])
    assert fired == [2048, 2048 + 512]
    assert (counts.packets_between_cores, counts.packets_between_chips) == (1, 0)


def test_a_chain_of_cores_takes_a_round_each():
    cores = [
        morphic.Core([FIRES], [[0]] * 512 + [[1]], routes=[morphic.Route(cores=2, line=0)]),
        morphic.Core([FIRES], [[0]] * 512 + [[1]], routes=[morphic.Route(cores=4, line=0)]),
        listener(0),
    ]
    chip = morphic.MorphIC(cores)
    _, output = chip.run(chip.init(), [morphic.line(0)])
    assert output.events.value.tolist() == [0, 512, 1024]
    # One cycle for the input, 1024 for each round; a neuron is written in its second cycle.
    assert output.events.cycle.tolist() == [2, 2 + 1024, 2 + 2048]


def test_packets_that_find_a_queue_full_are_lost_and_told():
    many = morphic.Core(
        [FIRES] * 40,
        [[0] * 40] * 512 + [[1] * 40],
        morphic.Configuration(open_loop=1),
        routes=[morphic.Route(cores=0b10, line=i) for i in range(40)],
    )
    chip = morphic.MorphIC([many, listener(31, 32)], queue=32)
    _, output = chip.run(chip.init(), [morphic.line(0)])
    # Nothing is being served when packets come: all 32 places are free.
    assert output.counts.lost == 8 and output.counts.packets_between_cores == 40
    assert output.dropped.value.tolist() == [1024 + 512 + line for line in range(32, 40)]
    assert output.events.value.tolist() == [*range(40), 512]


def test_an_open_loop_keeps_routes():
    core = morphic.Core(
        [FIRES],
        [[1]],
        morphic.Configuration(open_loop=1),
        routes=[morphic.Route(cores=0b10, line=3)],
    )
    fired, counts = heard(morphic.MorphIC([core, listener(3)]), [morphic.virtual(0, 1)])
    assert fired == [0, 512] and counts.line_events == 2


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: morphic.line(512), "line: number is 512, expected 0 to 511"),
        (lambda: morphic.line([3, -1]), "line: number is -1, expected 0 to 511"),
        (lambda: morphic.line(0, core=(0, 4)), "line: core is 4, expected 0 to 3"),
        (lambda: morphic.line(0, core=()), r"line: core is \(\), expected at least one"),
        (lambda: morphic.spike(0, chip=16), "spike: chip is 16, expected 0 to 15"),
        (lambda: morphic.virtual(0, 8), "weight is 8, expected 0 to 7"),
        (lambda: morphic.time_reference(512), "neuron is 512, expected 0 to 511"),
        (lambda: morphic.Route(cores=16), "register cores is 4 bits wide"),
        (lambda: morphic.Configuration(seed=0), "seed is 0, expected another"),
        (lambda: morphic.Configuration(sdsp_n=2, sdsp_p_down=5), "is 5, expected at most 4"),
        (
            lambda: morphic.MorphIC([morphic.Core({512: FIRES})]),
            "chip 0, core 0: neurons has index 512, expected 0 to 511: a core has 512 neurons",
        ),
        (
            lambda: morphic.MorphIC([morphic.Core([], [[2]])]),
            r"synapse \(0, 0\) is 1 bit wide and holds 0 to 1 \(a weight\), got 2",
        ),
        (
            lambda: morphic.MorphIC([morphic.Core([], [[0]] * 1025)]),
            r"shape \(1025, 1\), expected .* at most 1024 and 512",
        ),
        (lambda: morphic.MorphIC([morphic.Core([])] * 5), "given 5 cores, expected at most 4"),
        (lambda: morphic.MorphIC.joined([]), "there are 0 chips, expected 1 to 16"),
        (
            lambda: morphic.MorphIC([sender(cores=1, chips=0b10)]),
            "neuron 0 has chips 0b10, expected bits 0 to 0 alone: 1 is joined",
        ),
        (lambda: morphic.MorphIC([sender(line=3)]), "has cores 0, which sends nothing"),
        (lambda: morphic.MorphIC([], queue=0), "queue"),
        (
            lambda: heard(morphic.MorphIC([]), [morphic.line(0, chip=1)]),
            "event 0 is for chip 1, expected 0 to 0: so many are joined",
        ),
        (lambda: heard(morphic.MorphIC([]), [1 << 24]), "event 0 is 0x1000000, expected an add"),
    ],
)
def test_what_there_is_not_is_refused(made, said):
    with pytest.raises(ValueError, match=said):
        made()


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: morphic.line(0.5), "number is 0.5, expected an integer"),
        (lambda: morphic.MorphIC([NEITHER]), "core 0 is .*, expected a Core"),
        (lambda: morphic.MorphIC([morphic.Core([NEITHER])]), "neuron 0 is 3, expected a LIFNeuron"),
        (
            lambda: morphic.MorphIC([morphic.Core([], routes=[NEITHER])]),
            "neuron 0 is 3, expected",
        ),
    ],
)
def test_what_is_something_else_is_refused(made, said):
    with pytest.raises(TypeError, match=said):
        made()
