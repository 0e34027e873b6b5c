"""Events as frames, grids and surfaces; cleaned, cut and varied. NumPy in, NumPy out."""

from ranvier.encode.events._augment import affine as affine
from ranvier.encode.events._augment import drop as drop
from ranvier.encode.events._augment import event_drop as event_drop
from ranvier.encode.events._augment import flip as flip
from ranvier.encode.events._augment import jitter_time as jitter_time
from ranvier.encode.events._augment import random_affine as random_affine
from ranvier.encode.events._clean import crop as crop
from ranvier.encode.events._clean import denoise as denoise
from ranvier.encode.events._clean import downsample as downsample
from ranvier.encode.events._clean import refractory as refractory
from ranvier.encode.events._clean import without_hot_pixels as without_hot_pixels
from ranvier.encode.events._frames import frames_of_count as frames_of_count
from ranvier.encode.events._frames import frames_of_time as frames_of_time
from ranvier.encode.events._grids import event_spike_tensor as event_spike_tensor
from ranvier.encode.events._grids import triangle as triangle
from ranvier.encode.events._grids import voxel_grid as voxel_grid
from ranvier.encode.events._surface import time_surface as time_surface
