"""Trained ReLU networks from files of other software, as graphs of synapses and ReLU."""

from ranvier.convert.files._chain import from_chain as from_chain
from ranvier.convert.files._equinox import from_equinox as from_equinox
from ranvier.convert.files._imported import Imported as Imported
from ranvier.convert.files._read import read_network as read_network
from ranvier.convert.files._torch_module import from_torch_module as from_torch_module
from ranvier.convert.files._weights import network_from_weights as network_from_weights
