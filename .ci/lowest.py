"""Print the lower bound of every dependency as an exact version, for `pip install --constraint`."""

import re
import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
for wanted in project["dependencies"] + project["optional-dependencies"]["test"]:
    found = re.fullmatch(r"([A-Za-z0-9_.-]+)(?:\[.*\])?>=([0-9.]+(?:post[0-9]+)?)", wanted)
    if not found:
        sys.exit(f"{wanted}: no lower bound")
    print(f"{found[1]}=={found[2]}")
