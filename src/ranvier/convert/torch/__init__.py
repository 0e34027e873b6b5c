"""Networks as modules of PyTorch, and layers of PyTorch as synapses; needs the extra `torch`."""

from ranvier.convert.torch._layers import from_torch as from_torch
from ranvier.convert.torch._module import to_torch as to_torch
from ranvier.convert.torch._tensors import to_array as to_array
from ranvier.convert.torch._tensors import to_tensor as to_tensor
