"""Builds the compiled engine where there is a C compiler; without one plainweave runs on NumPy."""

import sys

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools.errors import CCompilerError, PlatformError


class BuildIfPossible(build_ext):
    """Says in one line that the engine could not be built, instead of failing."""

    def build_extension(self, extension: Extension) -> None:
        """Build it, or go on without."""
        try:
            super().build_extension(extension)
        except (CCompilerError, PlatformError):
            print("plainweave: no C compiler built the engine; training runs on NumPy.", file=sys.stderr)


class StableInterface(bdist_wheel):
    """Marks the wheel as good for every Python from 3.11 on."""

    def finalize_options(self) -> None:
        """Set the stable interface's version."""
        self.py_limited_api = "cp311"
        super().finalize_options()


setup(
    ext_modules=[
        Extension(
            "plainweave.engine._compiled",
            ["src/plainweave/engine/_compiled.c"],
            depends=["src/plainweave/engine/_arguments.h", "src/plainweave/engine/_kernels.h"],
            define_macros=[("Py_LIMITED_API", "0x030B0000")],
            extra_compile_args=["-O3", "-fno-math-errno", "-fno-trapping-math"],
            py_limited_api=True,
            optional=True,
        )
    ],
    cmdclass={"build_ext": BuildIfPossible, "bdist_wheel": StableInterface},
)
