# For Spack 1.0 and newer, from the source tree that it lies in:
#   spack repo add packaging/spack/spack_repo/qube
#   spack env create qube && spack env activate qube
#   spack develop --path "$PWD" qube-budget@0.2.0 && spack add qube-budget && spack install
# There is no archive to name as source yet. Cargo fetches the crates of Cargo.lock while it builds.
from spack_repo.builtin.build_systems.cmake import CMakePackage

from spack.package import *


class QubeBudget(CMakePackage):
    """Memory budgets, batch policies and contraction plans for scientific codes that run out of memory.
    A shared library with a C interface, used from Fortran, C++, C and the command line."""

    license("MIT OR Apache-2.0")

    version("0.2.0")

    variant("shared", default=True, description="Build the shared library, else the static one")

    depends_on("c", type="build")
    depends_on("cmake@3.22:", type="build")
    depends_on("rust@1.89:", type="build")

    conflicts("platform=windows")

    def cmake_args(self):
        return [
            self.define_from_variant("BUILD_SHARED_LIBS", "shared"),
            self.define("QUBE_BUDGET_BUILD_TESTING", False),
        ]

    @run_after("install")
    @on_package_attributes(run_tests=True)
    def check_install(self):
        Executable(self.prefix.bin.qube)("--version")
