"""Arrays of memory devices that take the place of weights."""

from ranvier.hardware.crossbar._audit import ArrayAudit as ArrayAudit
from ranvier.hardware.crossbar._audit import Saturation as Saturation
from ranvier.hardware.crossbar._audit import arrays as arrays
from ranvier.hardware.crossbar._audit import audit as audit
from ranvier.hardware.crossbar._audit import saturation as saturation
from ranvier.hardware.crossbar._compensate import compensate as compensate
from ranvier.hardware.crossbar._crossbar import Crossbar as Crossbar
from ranvier.hardware.crossbar._fault import fault as fault
from ranvier.hardware.crossbar._periphery import Converter as Converter
from ranvier.hardware.crossbar._periphery import IRDrop as IRDrop
from ranvier.hardware.crossbar._periphery import Periphery as Periphery
from ranvier.hardware.crossbar._periphery import absolute_maximum as absolute_maximum
from ranvier.hardware.crossbar._periphery import as_it_comes as as_it_comes
from ranvier.hardware.crossbar._periphery import inference_8_bit as inference_8_bit
from ranvier.hardware.crossbar._periphery import standard as standard
from ranvier.hardware.crossbar._program import drift as drift
from ranvier.hardware.crossbar._program import program as program
from ranvier.hardware.crossbar._scaling import Deviations as Deviations
from ranvier.hardware.crossbar._scaling import PerArray as PerArray
from ranvier.hardware.crossbar._scaling import PerColumn as PerColumn
from ranvier.hardware.crossbar._scaling import Scaling as Scaling
from ranvier.hardware.crossbar._unit_cell import BinaryPair as BinaryPair
from ranvier.hardware.crossbar._unit_cell import DifferentialPair as DifferentialPair
from ranvier.hardware.crossbar._unit_cell import MultiDevice as MultiDevice
from ranvier.hardware.crossbar._unit_cell import UnitCell as UnitCell
