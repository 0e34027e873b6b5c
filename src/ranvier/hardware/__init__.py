"""Floor 4: substrates that carry networks, as they are measured."""

from ranvier.hardware.crossbar import OnDevices as OnDevices
from ranvier.hardware.crossbar import as_read as as_read
from ranvier.hardware.crossbar import audit as audit
from ranvier.hardware.crossbar import compensate as compensate
from ranvier.hardware.crossbar import drift as drift
from ranvier.hardware.crossbar import fault as fault
from ranvier.hardware.crossbar import program as program
