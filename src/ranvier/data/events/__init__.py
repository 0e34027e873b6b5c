"""Events of cameras, cochleas and chips: one form, and files in many formats."""

from ranvier.data.events._catalogue import catalogue as catalogue
from ranvier.data.events._catalogue import recognise as recognise
from ranvier.data.events._events import Account as Account
from ranvier.data.events._events import Events as Events
from ranvier.data.events._events import concatenate as concatenate
from ranvier.data.events._evt2 import Evt2 as Evt2
from ranvier.data.events._format import Format as Format
from ranvier.data.events._format import Limits as Limits
from ranvier.data.events._nmnist import NMnist as NMnist
from ranvier.data.events._read import read as read
from ranvier.data.events._read import stream as stream
from ranvier.data.events._statistics import Statistics as Statistics
from ranvier.data.events._statistics import rate as rate
from ranvier.data.events._statistics import statistics as statistics
from ranvier.data.events._write import convert as convert
from ranvier.data.events._write import write as write
