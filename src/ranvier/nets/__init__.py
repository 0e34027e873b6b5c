"""Floor 2: layers, chains, cables and runners. Elementwise dynamics live a floor below."""

from ranvier.nets._attention import SpikingAttention as SpikingAttention
from ranvier.nets._attention import SpikingAttentionState as SpikingAttentionState
from ranvier.nets._build import Recurrent as Recurrent
from ranvier.nets._build import chain as chain
from ranvier.nets._build import layer as layer
from ranvier.nets._build import parameter_count as parameter_count
from ranvier.nets._build import recurrent as recurrent
from ranvier.nets._cable import Cable as Cable
from ranvier.nets._cable import CableState as CableState
from ranvier.nets._calibrate import ByBatch as ByBatch
from ranvier.nets._calibrate import calibrate as calibrate
from ranvier.nets._chain import Chain as Chain
from ranvier.nets._finite import check_finite as check_finite
from ranvier.nets._layer import Layer as Layer
from ranvier.nets._layer import LayerState as LayerState
from ranvier.nets._residual import Residual as Residual
from ranvier.nets._run import record as record
from ranvier.nets._run import run as run
from ranvier.nets._tree import Branch as Branch
from ranvier.nets._tree import Tree as Tree
from ranvier.nets.populations import PoissonInput as PoissonInput
from ranvier.nets.populations import Population as Population
from ranvier.nets.populations import PopulationState as PopulationState
from ranvier.nets.populations import Projection as Projection
from ranvier.nets.populations import Simulation as Simulation
from ranvier.nets.populations import simulate as simulate
