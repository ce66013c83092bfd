"""`python -m tests.benchmarks`, from the project's root."""

from .compare import main

main()
