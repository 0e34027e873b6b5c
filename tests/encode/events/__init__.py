"""Events as frames, grids and surfaces."""
