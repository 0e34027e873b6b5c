"""Networks whose units fire at most once: layers that map spike times to spike times."""

from ranvier.nets.single_spike._arrivals import Arrivals as Arrivals
from ranvier.nets.single_spike._arrivals import arrivals as arrivals
from ranvier.nets.single_spike._causal import AtLevels as AtLevels
from ranvier.nets.single_spike._causal import BySorting as BySorting
from ranvier.nets.single_spike._causal import CausalSet as CausalSet
from ranvier.nets.single_spike._causal import CausalSums as CausalSums
from ranvier.nets.single_spike._clocked import clocked as clocked
from ranvier.nets.single_spike._mostafa import MostafaLayer as MostafaLayer
from ranvier.nets.single_spike._network import SingleSpikeLayer as SingleSpikeLayer
from ranvier.nets.single_spike._network import SingleSpikeNetwork as SingleSpikeNetwork
from ranvier.nets.single_spike._s4nn import S4NNLayer as S4NNLayer
from ranvier.nets.single_spike._s4nn import first_crossings as first_crossings
