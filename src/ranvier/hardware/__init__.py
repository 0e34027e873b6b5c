"""Floor 4: substrates that carry networks, as they are measured."""

from ranvier.hardware._area import Area as Area
from ranvier.hardware._area import device_area as device_area
from ranvier.hardware._area import sram_area as sram_area
from ranvier.hardware._cost import Cost as Cost
from ranvier.hardware._cost import Price as Price
from ranvier.hardware._cost import digital_accumulate as digital_accumulate
from ranvier.hardware._cost import digital_mac as digital_mac
from ranvier.hardware._cost import digital_read as digital_read
from ranvier.hardware._cost import estimated as estimated
from ranvier.hardware._cost import float_accumulate as float_accumulate
from ranvier.hardware._cost import float_mac as float_mac
from ranvier.hardware._cost import mac_on_hermes as mac_on_hermes
from ranvier.hardware.crossbar import OnDevices as OnDevices
from ranvier.hardware.crossbar import as_read as as_read
from ranvier.hardware.crossbar import audit as audit
from ranvier.hardware.crossbar import compensate as compensate
from ranvier.hardware.crossbar import drift as drift
from ranvier.hardware.crossbar import fault as fault
from ranvier.hardware.crossbar import program as program
