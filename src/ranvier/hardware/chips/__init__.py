"""Digital chips as integer machines: the registers and memories of the hardware, bit by bit."""

from ranvier.hardware.chips import morphic as morphic
from ranvier.hardware.chips import odin as odin
from ranvier.hardware.chips import reckon as reckon
from ranvier.hardware.chips import spoon as spoon
from ranvier.hardware.chips import tiny_odin as tiny_odin
from ranvier.hardware.chips._catalogue import catalogue as catalogue
from ranvier.hardware.chips._generators import Generator as Generator
from ranvier.hardware.chips._registers import Register as Register
from ranvier.hardware.chips._registers import check_registers as check_registers
from ranvier.hardware.chips._registers import pack as pack
from ranvier.hardware.chips._registers import register as register
from ranvier.hardware.chips._registers import registers as registers
from ranvier.hardware.chips._registers import unpack as unpack
from ranvier.hardware.chips._streams import cycles_of as cycles_of
from ranvier.hardware.chips._streams import inputs_of as inputs_of
from ranvier.hardware.chips._streams import ticks_of as ticks_of
