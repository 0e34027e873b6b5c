"""From rectified units to neurons that spike once: exactly, and proven sample by sample."""

from ranvier.convert.ttfs._certificate import Certificate as Certificate
from ranvier.convert.ttfs._certificate import Differing as Differing
from ranvier.convert.ttfs._certificate import LayerReport as LayerReport
from ranvier.convert.ttfs._certificate import certify as certify
from ranvier.convert.ttfs._convert import Converted as Converted
from ranvier.convert.ttfs._convert import to_spike_times as to_spike_times
from ranvier.convert.ttfs._mappings import Mapped as Mapped
from ranvier.convert.ttfs._mappings import alpha_mapping as alpha_mapping
from ranvier.convert.ttfs._mappings import identity_mapping as identity_mapping
from ranvier.convert.ttfs._mappings import scaled as scaled
from ranvier.convert.ttfs._windows import windows_of as windows_of
from ranvier.convert.ttfs._windows import with_windows as with_windows
from ranvier.nets.ttfs import SpikeTimeNetwork as SpikeTimeNetwork
