"""`python -m ranvier.cli` is `ranvier`."""

from ranvier.cli import main

main()
