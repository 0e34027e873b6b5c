"""Simulation of sparsely connected populations in a compiled loop."""

from ranvier.nets.populations._population import PoissonInput as PoissonInput
from ranvier.nets.populations._population import Population as Population
from ranvier.nets.populations._population import PopulationState as PopulationState
from ranvier.nets.populations._population import Projection as Projection
from ranvier.nets.populations._simulate import Simulation as Simulation
from ranvier.nets.populations._simulate import simulate as simulate
