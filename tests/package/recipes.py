"""Checks the recipes of packaging/ as far as a machine without conda-forge and Spack can.

recipes.py conda: rattler-build reads and renders the recipe, and licence files exist.
recipes.py spack: package.py is run with stand-ins for Spack's own modules, and each setting that it
gives CMake is an option of CMakeLists.txt.
"""

import pathlib
import sys
import types

ROOT = pathlib.Path(__file__).parents[2]


def conda():
    import rattler_build

    recipe = rattler_build.Stage0Recipe.from_file(str(ROOT / "packaging/conda/recipe.yaml"))
    compilers = {"c_compiler": ["gcc"], "c_stdlib": ["sysroot"], "rust_compiler": ["rust"]}
    (rendered,) = recipe.render(rattler_build.VariantConfig(compilers))
    document = rendered.recipe.to_dict()
    assert any("cmake --install" in line for line in document["build"]["script"]), document["build"]
    for name in document["about"]["license_file"]:
        assert (ROOT / name).is_file(), name


def spack():
    said = {}

    def directive(name):
        def note(*arguments, **_):
            said.setdefault(name, []).append(arguments)
            return lambda method: method

        return note

    class CMakePackage:
        def define(self, name, value):
            return name

        def define_from_variant(self, name, variant):
            assert variant in [arguments[0] for arguments in said["variant"]], variant
            return name

    package = types.ModuleType("spack.package")
    names = "license version variant depends_on conflicts run_after on_package_attributes Executable"
    for name in names.split():
        setattr(package, name, directive(name))
    cmake = types.ModuleType("spack_repo.builtin.build_systems.cmake")
    cmake.CMakePackage = CMakePackage
    for module in (package, cmake):
        parts = module.__name__.split(".")
        for n in range(1, len(parts)):
            sys.modules.setdefault(".".join(parts[:n]), types.ModuleType(".".join(parts[:n])))
        sys.modules[module.__name__] = module

    path = ROOT / "packaging/spack/spack_repo/qube/packages/qube_budget/package.py"
    scope = {}
    exec(compile(path.read_text(), str(path), "exec"), scope)
    lists = (ROOT / "CMakeLists.txt").read_text()
    settings = scope["QubeBudget"]().cmake_args()
    assert settings and all(name in lists for name in settings), settings
    manifest = (ROOT / "Cargo.toml").read_text()
    (rust,) = [what[0] for what in said["depends_on"] if what[0].startswith("rust@")]
    assert f'rust-version = "{rust[5:-1]}' in manifest, rust


if __name__ == "__main__":
    {"conda": conda, "spack": spack}[sys.argv[1]]()
