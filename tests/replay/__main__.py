"""`python -m tests.replay --steps 300 --seed 1`, from the project's root."""

from .table import main

main()
