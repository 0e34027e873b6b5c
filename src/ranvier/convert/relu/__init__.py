"""Networks of rectified units, whatever they are made of, in one normal form."""

from ranvier.convert.relu._normal_form import normal_form as normal_form
