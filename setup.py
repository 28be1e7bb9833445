"""Builds every ``.pyx`` below ``routeng/`` into an extension of the same dotted name.

``ROUTENG_SANITIZE=address,undefined`` compiles them for the sanitizers (see docs/development.md);
nothing here depends on the processor of the build machine, so wheels run anywhere.
"""

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

sanitize = os.environ.get("ROUTENG_SANITIZE", "")
flags = ["-O1", "-g", f"-fsanitize={sanitize}", "-fno-omit-frame-pointer"] if sanitize else ["-O3", "-g0"]
link = [f"-fsanitize={sanitize}"] if sanitize else []

extensions = [
    Extension(
        ".".join(path.with_suffix("").parts),
        [path.as_posix()],
        include_dirs=[path.parent.as_posix(), "routeng"],
        depends=[h.as_posix() for h in sorted(path.parent.glob("*.h"))],
        extra_compile_args=flags,
        extra_link_args=link,
    )
    for path in sorted(Path("routeng").rglob("*.pyx"))
]

setup(
    ext_modules=cythonize(extensions, language_level=3, nthreads=os.cpu_count() or 1),
    options={"build_ext": {"parallel": os.cpu_count() or 1}},
)
