"""One module per implementation; each runs in its own process and its own environment."""
