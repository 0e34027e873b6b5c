"""Networks in the Neuromorphic Intermediate Representation: in, out, and proof of both."""

from ranvier.convert.nir._certificate import Certificate as Certificate
from ranvier.convert.nir._certificate import Difference as Difference
from ranvier.convert.nir._graph import NirGraph as NirGraph
from ranvier.convert.nir._meaning import Meaning as Meaning
from ranvier.convert.nir._nodes import Node as Node
from ranvier.convert.nir._read import FromNIR as FromNIR
from ranvier.convert.nir._read import Inspected as Inspected
from ranvier.convert.nir._read import inspect_nir as inspect_nir
from ranvier.convert.nir._read import read_nir as read_nir
from ranvier.convert.nir._write import certify as certify
from ranvier.convert.nir._write import to_nir as to_nir
from ranvier.convert.nir._write import write_nir as write_nir
