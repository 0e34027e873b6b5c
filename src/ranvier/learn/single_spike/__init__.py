"""Rules of networks whose units fire at most once."""

from ranvier.learn.single_spike._counted import Counted as Counted
from ranvier.learn.single_spike._mostafa import FirstSpike as FirstSpike
from ranvier.learn.single_spike._mostafa import limit_rows as limit_rows
from ranvier.learn.single_spike._mostafa import mostafa as mostafa
from ranvier.learn.single_spike._mostafa import weight_sum_cost as weight_sum_cost
from ranvier.learn.single_spike._s4nn import S4NN as S4NN
from ranvier.learn.single_spike._targets import relative_targets as relative_targets
