"""Builds the compiled engine where there is a C compiler; without one plainweave runs on NumPy."""

import sys
from pathlib import Path

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
    """Marks the wheel as good for every Python from 3.11 on, and without the engine for every machine."""

    def finalize_options(self) -> None:
        """Set the stable interface's version."""
        self.py_limited_api = "cp311"
        super().finalize_options()

    def get_tag(self) -> tuple[str, str, str]:
        """Return the tag of what was built: a wheel without the engine must not pass for one with it."""
        if any(Path(output).exists() for output in self.get_finalized_command("build_ext").get_outputs()):
            return super().get_tag()
        self.root_is_pure = True
        return "py3", "none", "any"


setup(
    ext_modules=[
        Extension(
            "plainweave.engine._compiled",
            ["src/plainweave/engine/c/python.c"],
            depends=sorted(map(str, Path("src/plainweave/engine/c").glob("*.h"))),
            define_macros=[("Py_LIMITED_API", "0x030B0000")],
            extra_compile_args=[
                "-O3",
                "-g0",
                "-fno-math-errno",
                "-fno-trapping-math",
                "-ffp-contract=off",
                "-pthread",
            ],
            extra_link_args=["-pthread"],
            py_limited_api=True,
            optional=True,
        )
    ],
    cmdclass={"build_ext": BuildIfPossible, "bdist_wheel": StableInterface},
)
