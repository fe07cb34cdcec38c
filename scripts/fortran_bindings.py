#!/usr/bin/env python3
"""Writes the parts of fortran/qube_budget.f90 that mirror include/qube_budget.h, each between two
comments: the constants, the structs, and the interfaces of the functions.

  fortran_bindings.py            rewrites the file where it differs
  fortran_bindings.py --check    exit status 1 where it differs, with the first line that does
"""

import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = ROOT / "include/qube_budget.h"
MODULE = ROOT / "fortran/qube_budget.f90"
WIDTH = 100

# The module calls none of these: it sets every field of its structs itself.
UNUSED = re.compile(r"qube_(\w+_init|policy_clone)$")

NUMBERS = {
    "size_t": "integer(c_size_t)",
    "int64_t": "integer(c_int64_t)",
    "uint64_t": "integer(c_int64_t)",
    "int32_t": "integer(c_int32_t)",
    "double": "real(c_double)",
}


def fail(message):
    sys.exit(f"fortran_bindings: {message}")


def ours(name):
    """The module's name of a struct or function: qube_plan_get is c_plan_get."""
    return re.sub(r"^qube_", "c_", name)


def wrapped(first, words, indent, comma=", "):
    """One statement over as many lines as it takes: `first` and a list."""
    lines = [first]
    for k, word in enumerate(words):
        piece = word + (comma if k + 1 < len(words) else "")
        if len(lines[-1]) + len(piece.rstrip()) + 2 > WIDTH:
            lines[-1] = lines[-1].rstrip() + " &"
            lines.append(" " * indent)
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def declared(groups, indent):
    """Declarations of (type, names), names of one type that follow each other on one line."""
    lines = []
    for kind, names in groups:
        lines += wrapped(" " * indent + kind + " :: ", names, indent + 2)
    return lines


def grouped(pairs):
    groups = []
    for kind, name in pairs:
        if groups and groups[-1][0] == kind:
            groups[-1][1].append(name)
        else:
            groups.append((kind, [name]))
    return groups


class Header:
    def __init__(self, text):
        self.documented = text
        self.text = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)
        self.callbacks = set(re.findall(r"typedef \w+ \(\*(\w+)\)\(", self.text))
        self.structs = dict(
            re.findall(r"typedef struct (\w+) \{(.*?)\n\} \1;", self.text, flags=re.S))
        functions = re.sub(r"^(typedef|#).*?(;|$)", "", self.text, flags=re.M)
        self.functions = [
            (result, name, parameters) for result, name, parameters in
            re.findall(r"^(int32_t|void|const char \*) ?(qube_\w+)\(([^;]*?)\);", functions,
                       flags=re.M | re.S)
            if not UNUSED.match(name)]

    def constants(self):
        """Parameters with the header's comments."""
        lines = []
        words = []
        for line in re.sub(r"\n    ///< ", " ", self.documented).splitlines():
            comment = re.match(r"/// ?(.*)", line)
            found = re.match(r"#define (QUBE_\w+) (\d+)(?: ///< (.*))?$", line)
            if comment:
                words.append(comment[1])
                continue
            if found and not found[1].startswith(("QUBE_VERSION_", "QUBE_ABI_")):
                about = " ".join(words + ([found[3]] if found[3] else []))
                about = re.sub(r"\b_?QUBE_[A-Z_]+|(?<= )_[A-Z_]+", lambda m: m[0].lower(), about)
                line = f"  integer, parameter, public :: {found[1].lower()} = {found[2]}"
                if len(line) + len(" !! ") + len(about) <= WIDTH:
                    lines.append(f"{line} !! {about}")
                    words = []
                    continue
                marks = ["  !> "] + ["  !! "] * 9
                for mark, text in zip(marks, textwrap.wrap(about, WIDTH - 5)):
                    lines.append(mark + text)
                lines.append(line)
            elif found and found[1] == "QUBE_ABI_VERSION":
                lines.append(f"  integer(c_int32_t), parameter :: abi_version = {found[2]}")
            words = []
        return lines

    def field(self, declaration):
        declaration = " ".join(declaration.split())
        found = re.match(r"\w+ \(\*(\w+)\)\(", declaration)
        if found:
            return "type(c_funptr)", found[1] + " = c_null_funptr"
        kind, name = re.match(r"(.*?)(\w+)$", declaration).groups()
        kind = kind.strip()
        if kind.endswith("*"):
            return "type(c_ptr)", name + " = c_null_ptr"
        if kind in self.callbacks:
            return "type(c_funptr)", name + " = c_null_funptr"
        if kind in self.structs:
            return f"type({ours(kind)})", name
        return NUMBERS[kind], name + " = 0"

    def types(self):
        lines = []
        for name, body in self.structs.items():
            fields = [self.field(one) for one in body.split(";") if one.strip()]
            lines += [f"  type, bind(c) :: {ours(name)}"]
            lines += declared(grouped(fields), 4)
            lines += [f"  end type {ours(name)}"]
        return lines

    def parameter(self, declaration, names):
        declaration = " ".join(declaration.split())
        kind, name = re.match(r"(.*?)(\w+)$", declaration).groups()
        base = kind.replace("const", "").replace("*", "").strip()
        stars = kind.count("*")
        many = "n_" + name in names
        if base in self.callbacks:
            return "type(c_funptr), value", name
        if stars == 0:
            return NUMBERS[base] + ", value", name
        if stars == 2:
            return ("type(c_ptr), intent(in)", name + "(*)") if many else (
                "type(c_ptr), intent(out)", name)
        if base in NUMBERS:
            intent = "in" if kind.startswith("const") else "inout"
            return f"{NUMBERS[base]}, intent({intent})", name + ("(*)" if many else "")
        if base in self.structs and not kind.startswith("const"):
            return f"type({ours(base)}), intent(inout)", name
        return "type(c_ptr), value", name  # handles; text and structs, which may be NULL

    def interfaces(self):
        lines = ["  interface"]
        for result, name, text in self.functions:
            declarations = [] if text.strip() == "void" else text.split(",")
            names = [re.search(r"(\w+)$", one.strip())[1] for one in declarations]
            pairs = [self.parameter(one, names) for one in declarations]
            prefix, word = {
                "void": ("", "subroutine"),
                "int32_t": ("integer(c_int32_t) ", "function"),
                "const char *": ("type(c_ptr) ", "function"),
            }[result]
            head = f"    {prefix}{word} {ours(name)}("
            tail = f"bind(c, name='{name}')"
            statement = wrapped(head, [one + ("" if k + 1 < len(names) else ")") for k, one in
                                       enumerate(names)] or [")"], 6)
            if len(statement[-1]) + len(tail) + 1 > WIDTH:
                statement[-1] += " &"
                statement.append("      " + tail)
            else:
                statement[-1] += " " + tail
            order = grouped(sorted(pairs, key=lambda pair: pair[0]))
            lines += statement + ["      import"] + declared(order, 6)
            lines.append(f"    end {word} {ours(name)}")
        return lines + ["  end interface"]


def rendered(module, header):
    for what, lines in (("constants", header.constants()), ("structs", header.types()),
                        ("functions", header.interfaces())):
        begin, end = f"  ! begin of {what}: ", f"  ! end of {what}"
        pattern = re.compile(rf"^({re.escape(begin)}[^\n]*\n).*?^({re.escape(end)}\n)",
                             flags=re.M | re.S)
        if len(pattern.findall(module)) != 1:
            fail(f"{MODULE} has no place for {what}")
        block = "\n".join(lines) + "\n"
        module = pattern.sub(lambda found: found[1] + block + found[2], module)
    for number, line in enumerate(module.splitlines(), 1):
        if len(line) > WIDTH:
            fail(f"{MODULE.name}, line {number} has {len(line)} columns; use at most {WIDTH}")
    names = re.findall(r"^  type, bind\(c\) :: (\w+)|^    [^'!]*?(?:function|subroutine) (c_\w+)\(",
                       module, flags=re.M)
    names = [one or other for one, other in names]
    for name in names:
        if names.count(name) > 1:
            fail(f"two things are called {name}")
    return module


def main():
    module = MODULE.read_text(encoding="utf-8")
    expected = rendered(module, Header(HEADER.read_text(encoding="utf-8")))
    if sys.argv[1:] == ["--check"]:
        if module != expected:
            pairs = enumerate(zip(module.splitlines(), expected.splitlines()), 1)
            line, (found, wanted) = next((pair for pair in pairs if pair[1][0] != pair[1][1]),
                                         (0, ("", "")))
            fail(f"{MODULE.name}, line {line} is\n  {found}\nbut the header says\n  {wanted}\n"
                 "run scripts/fortran_bindings.py")
    elif sys.argv[1:]:
        fail("arguments: none, or --check")
    elif module != expected:
        MODULE.write_text(expected, encoding="utf-8")


if __name__ == "__main__":
    main()
