"""The synapse: every case of the table that the hardware's simulation gives."""

import numpy as np
import pytest

from ranvier.hardware.chips import odin
from ranvier.hardware.chips.odin import _synapse
from tests.hardware.chips.odin import golden


@golden.needed
def test_every_case_of_the_table():
    trace = golden.read("sdsp_table")
    columns = [str(name) for name in trace["columns"]]
    assert columns == ["syn_pre", "bist_ref", "v_up", "v_down", "w_cur4", "w_new4"]
    for enabled, drifts, up, down, old, new in trace["table"].tolist():
        # The table has the enable of the array, which the mapping bit has already passed.
        if not enabled:
            got = old
        elif drifts:
            got = odin.bistable(old, unmapped=1)
        else:
            got = odin.sdsp(old, up=up, down=down, unmapped=1)
        assert got == new, (enabled, drifts, up, down, old)


@pytest.mark.parametrize("unmapped", [0, 1])
def test_tables_are_the_rule_in_every_case(unmapped):
    learning, drift = _synapse.learning_table(unmapped), _synapse.bistability_table(unmapped)
    for nibble in range(16):
        assert drift[nibble] == odin.bistable(nibble, unmapped=unmapped)
        for flags in range(4):
            expected = odin.sdsp(nibble, up=flags & 1, down=flags >> 1, unmapped=unmapped)
            assert learning[nibble + 16 * flags] == expected
    still = np.arange(8)
    assert (learning[still + 16] == still).all() != unmapped


def test_bistability_leads_to_either_end():
    for start in range(16):
        nibble = start
        for _ in range(8):
            nibble = odin.bistable(nibble)
        end = (15 if start & 7 >= 4 else 8) if start >> 3 else start
        assert nibble == end
