"""`python -m feedtool` is `feedtool`."""

from feedtool.cli import main

main()
