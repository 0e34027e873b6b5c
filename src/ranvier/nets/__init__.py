"""Floor 2: layers, chains and runners. No update equations live here."""

from ranvier.nets._build import Recurrent as Recurrent
from ranvier.nets._build import chain as chain
from ranvier.nets._build import layer as layer
from ranvier.nets._build import parameter_count as parameter_count
from ranvier.nets._build import recurrent as recurrent
from ranvier.nets._chain import Chain as Chain
from ranvier.nets._layer import Layer as Layer
from ranvier.nets._run import record as record
from ranvier.nets._run import run as run
