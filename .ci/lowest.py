"""Print the lower bound of every library that feedtool uses as an exact version, for `pip install --constraint`.

What only tests use is left as it comes: it is not feedtool's users who have it.
"""

import re
import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
for_tests = ("test", "heavy", "dev")
extras = [wanted for name, some in project["optional-dependencies"].items() if name not in for_tests for wanted in some]
for wanted in project["dependencies"] + extras:
    found = re.fullmatch(r"([A-Za-z0-9_.-]+)(?:\[.*\])?>=([0-9.]+(?:post[0-9]+)?)", wanted)
    if not found:
        sys.exit(f"{wanted}: no lower bound")
    print(f"{found[1]}=={found[2]}")
