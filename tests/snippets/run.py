"""Runs what the pages show: see tests/snippets.sh.

A page is read from top to bottom, and its fenced blocks are run in one folder of their own, which has
links to tests/ and examples/.

- fortran, cpp, c, rust, python: a whole program. It is compiled without warnings, run, and ends with 0.
- sh: commands, run by bash until one fails. The block ends with 0, or with N after a line
  <!-- exits with N -->. Blocks that build or test the project itself, by a command of BUILDS, are
  listed and not run: tests/package.sh and make test do that.
- json: has to be JSON.
- A text block right after one that ran has its standard output, where times may differ and a line
  `...` stands for any lines.
- A block with a file name behind its language, as in ```yaml run.yaml, is written to that file first.

$HOME/.local is the prefix, and the variables that a user would export are set. Links to files and
headings of the repository, and tests that a page names, have to exist."""

import argparse
import difflib
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {"fortran": "f90", "cpp": "cpp", "c": "c", "rust": "rs", "python": "py"}
BUILDS = {"cargo", "cmake", "ctest", "git", "make", "mpirun", "pip", "rustup", "sudo"}
WARNINGS = ["-Wall", "-Werror"]


class Wrong(Exception):
    """What a page shows is not so."""


@dataclass
class Block:
    language: str
    name: str | None  # the file that it is written to
    first: int  # the line behind the opening fence, counted from 0
    exits_with: int = 0
    lines: list[str] = field(default_factory=list)
    output: "Block | None" = None  # the text block that has what it prints

    def text(self):
        return "".join(line + "\n" for line in self.lines)


def blocks_of(lines):
    """The fenced blocks of a page."""
    blocks, inside, exits_with = [], None, 0
    for number, line in enumerate(lines):
        if inside is not None:
            if line == "```":
                inside = None
            else:
                inside.lines.append(line)
        elif opening := re.fullmatch(r"```(\w*)(?: +(\S+))?", line):
            inside = Block(opening[1], opening[2], number + 1, exits_with)
            blocks.append(inside)
            exits_with = 0
        elif line.startswith("```"):
            raise Wrong(f"line {number + 1}: a fence that is not understood: {line}")
        elif comment := re.fullmatch(r"<!-- exits with (\d+) -->", line):
            exits_with = int(comment[1])
    for block, following in zip(blocks, blocks[1:]):
        if following.language == "text" and (block.language in PROGRAMS or block.language == "sh"):
            block.output = following
    return blocks


class Host:
    """The machine of a user who has installed the package in ~/.local."""

    def __init__(self, prefix, cargo_target, folder):
        self.folder = folder
        self.crate = cargo_target / "release"
        home = folder / "home"
        home.mkdir()
        (home / ".local").symlink_to(prefix)
        local = home / ".local"
        mine = os.environ
        self.environment = mine | {
            "HOME": str(home),
            "PATH": f"{local}/bin:{Path(sys.executable).parent}:{mine['PATH']}",
            "LD_LIBRARY_PATH": f"{local}/lib",
            "PKG_CONFIG_PATH": f"{local}/lib/pkgconfig",
            "LC_ALL": "C.UTF-8",
            "RUSTUP_HOME": mine.get("RUSTUP_HOME", str(Path.home() / ".rustup")),
            "CARGO_HOME": mine.get("CARGO_HOME", str(Path.home() / ".cargo")),
        }
        self.library = self.flags("--cflags", "--libs")
        self.module = None

    def flags(self, *arguments):
        command = ["pkg-config", *arguments, "qube_budget"]
        return shlex.split(self.run(command, self.folder).replace("\n", " "))

    def run(self, command, folder, exits_with=0):
        """What a command prints."""
        try:
            done = subprocess.run(command, cwd=folder, env=self.environment, timeout=300,
                                  encoding="utf-8", stdin=subprocess.DEVNULL, capture_output=True)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Wrong(str(error)) from None
        if done.returncode != exits_with:
            raise Wrong(f"{shlex.join(map(str, command))}\nends with {done.returncode}, not with "
                        f"{exits_with}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def fortran_module(self):
        """The flags of the module, which is compiled once."""
        if self.module is None:
            self.module = self.folder / "module"
            self.module.mkdir()
            source = self.flags("--variable=fortran_source")
            self.run(["gfortran", "-c", "-o", "module.o", *source], self.module)
        return [f"-I{self.module}", str(self.module / "module.o")]

    def compile(self, language, source, binary, text):
        match language:
            case "fortran":
                line = ["gfortran", "-std=f2008", *WARNINGS, "-Wno-unused-dummy-argument", source,
                        *self.fortran_module()]
            case "cpp":
                standard = "20" if "sequant.hpp" in text else "17"
                line = ["g++", f"-std=c++{standard}", *WARNINGS, source]
            case "c":
                line = ["gcc", "-std=c11", *WARNINGS, source]
            case "rust":
                return ["rustc", "--edition=2024", "-Dwarnings", source, "-o", binary, "-L",
                        f"dependency={self.crate / 'deps'}", "--extern",
                        f"qube_budget={self.crate / 'libqube_budget.rlib'}"]
        return [*line, "-o", binary, *self.library]


def steady(line):
    """A line without the time that a search took."""
    return re.sub(r"\b[0-9.]+ ms$", "some ms", line.rstrip())


def agree(shown, printed):
    """Whether lines are those that are shown, where `...` stands for any."""
    if not shown:
        return not printed
    if shown[0] == "...":
        return any(agree(shown[1:], printed[k:]) for k in range(len(printed) + 1))
    return bool(printed) and steady(shown[0]) == steady(printed[0]) and agree(shown[1:], printed[1:])


def updated(shown, printed):
    """What to show: all that is printed, or the lines that are most like those shown between `...`."""
    if "..." not in shown:
        return printed
    like = lambda line: difflib.get_close_matches(line, printed, n=1, cutoff=0.5) or [line]
    return [line if line == "..." else like(line)[0] for line in shown]


def builds(block):
    """The command with which a block builds or tests the project, if there is one."""
    for line in block.lines:
        if (words := line.split()) and (words[0] in BUILDS or words[0].startswith("tests/")):
            return words[0]
    return None


class Page:
    def __init__(self, path, host, update):
        self.path, self.host, self.update = path, host, update
        self.name = os.path.relpath(path, ROOT)
        self.lines = path.read_text(encoding="utf-8").splitlines()
        self.folder = Path(tempfile.mkdtemp(dir=host.folder))
        for shared in ("tests", "examples"):
            (self.folder / shared).symlink_to(ROOT / shared)

    def checks(self):
        """Pairs of a description and what checks it."""
        blocks = blocks_of(self.lines)
        for block in blocks:
            where = f"{self.name}:{block.first}"
            if block.name:
                (self.folder / block.name).write_text(block.text(), encoding="utf-8")
            if block.language == "sh" and (command := builds(block)):
                print(f"# {where}: not run here: {command}")
            elif block.language in PROGRAMS or block.language == "sh":
                prints = " prints what it shows" if block.output else " runs"
                yield f"{where}: {block.language}{prints}", lambda block=block: self.run(block)
            elif block.language == "json":
                yield f"{where}: json", lambda block=block: self.parse(block)
        if self.update:
            self.write(blocks)
        yield f"{self.name}: links and names of tests", self.links

    def run(self, block):
        if block.language == "sh":
            command = ["bash", "-euo", "pipefail", "-c", block.text()]
        else:
            source = block.name or "program." + PROGRAMS[block.language]
            (self.folder / source).write_text(block.text(), encoding="utf-8")
            if block.language == "python":
                command = [sys.executable, source]
            else:
                line = self.host.compile(block.language, source, "program", block.text())
                self.host.run(line, self.folder)
                command = ["./program"]
        printed = self.host.run(command, self.folder, block.exits_with).rstrip("\n").split("\n")
        if block.output is None or agree(block.output.lines, printed):
            return
        if self.update:
            new = updated(block.output.lines, [line.rstrip() for line in printed])
            if agree(new, printed):
                block.output.new = new
                return
        shown = "\n".join(block.output.lines)
        raise Wrong("The page shows\n" + shown + "\nand it prints\n" + "\n".join(printed))

    def parse(self, block):
        try:
            json.loads(block.text())
        except ValueError as error:
            raise Wrong(str(error)) from None

    def links(self):
        text = "\n".join(self.lines)
        prose = re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M)
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            if re.match(r"https?://", target):
                continue
            file, _, heading = target.partition("#")
            path = (self.path.parent / file).resolve() if file else self.path
            if not path.exists():
                raise Wrong(f"a link to {target}, which is not there")
            if heading and heading not in headings(path):
                raise Wrong(f"a link to {target}: {path.name} has no such heading")
        for test in re.findall(r"--test[ =](\w+)", text):
            if not (ROOT / "tests" / f"{test}.rs").exists():
                raise Wrong(f"it names the test {test}, which is not there")

    def write(self, blocks):
        """The page with what its programs print now."""
        for block in reversed(blocks):
            if hasattr(block, "new"):
                self.lines[block.first : block.first + len(block.lines)] = block.new
        self.path.write_text("\n".join(self.lines) + "\n", encoding="utf-8")


def headings(path):
    """The anchors of a page's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in found}


def main():
    parser = argparse.ArgumentParser(usage="snippets.sh PREFIX [--update] [--cargo-target FOLDER] [PAGE...]")
    parser.add_argument("prefix", type=Path)
    parser.add_argument("pages", nargs="*", type=Path)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--cargo-target", type=Path, default=ROOT / "build/cargo")
    given = parser.parse_intermixed_args()
    pages = [page.resolve() for page in given.pages]
    pages = pages or [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    checks = 0
    with tempfile.TemporaryDirectory() as folder:
        host = Host(given.prefix.resolve(), given.cargo_target.resolve(), Path(folder))
        for path in pages:
            for what, check in Page(path, host, given.update).checks():
                try:
                    check()
                except Wrong as wrong:
                    print(f"not ok - {what}")
                    print("    " + str(wrong).replace("\n", "\n    "))
                    print(f"{checks} checks passed, 1 failed")
                    return 1
                checks += 1
                print(f"ok - {what}", flush=True)
    print(f"{checks} checks passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
