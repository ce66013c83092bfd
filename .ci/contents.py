"""Fail unless a wheel holds the package, and a source distribution all that is versioned; and neither anything else.

`git ls-files -z | python contents.py DIR`; DIR holds the two.
"""

import sys
import tarfile
import zipfile
from pathlib import Path

versioned = set(filter(None, sys.stdin.read().split("\0")))
(wheel,) = Path(sys.argv[1]).glob("*.whl")
(source,) = Path(sys.argv[1]).glob("*.tar.gz")
with zipfile.ZipFile(wheel) as archive:
    installed = {name for name in archive.namelist() if not name.partition("/")[0].endswith(".dist-info")}
with tarfile.open(source) as archive:
    unpacked = {member.name.partition("/")[2] for member in archive.getmembers() if not member.isdir()}

wrong = [f"{source.name}: {name} is missing" for name in sorted(versioned - unpacked)]
wrong += [f"{source.name}: {name} is not versioned" for name in sorted(unpacked - versioned - {"PKG-INFO"})]
package = {name for name in versioned if name.startswith("feedtool/")}
wrong += [f"{wheel.name}: {name} is missing" for name in sorted(package - installed)]
wrong += [f"{wheel.name}: {name} is not of the package" for name in sorted(installed - package)]
if wrong:
    sys.exit("\n".join(wrong))
print(f"{len(installed)} files in the wheel, {len(unpacked)} in the source distribution")
