"""`python -m tests.readers [READER ...]`, from the project's root."""

import sys
from pathlib import Path

# what the tests share lies there
sys.path.insert(0, str(Path(__file__).parents[1]))

from readers.table import main

main()
