"""Networks of rectified linear units in a normal form, from which spiking ones are made."""

from ranvier.convert.relu._normal_form import normal_form as normal_form
from ranvier.convert.relu._parts import Pool as Pool
from ranvier.convert.relu._parts import ReLUNetwork as ReLUNetwork
from ranvier.convert.relu._parts import Units as Units
from ranvier.convert.relu._parts import Way as Way
from ranvier.convert.relu._sparse import matrix_of as matrix_of
