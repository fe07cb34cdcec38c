"""Doxygen's input filter: every topic becomes a group, and no line moves.

C: a banner of include/qube_budget.h begins a group; the opening comment becomes a page.
C++: the contents of a header are a group, named by the first sentence of its @file comment; the
comment of qube_budget.hpp becomes a page. A header that is not part of the interface becomes empty.
"""

import re
import sys
from pathlib import Path


def of_c(text: str) -> str:
    text = text.replace("/**", "/** @page c_conventions Conventions of the C interface", 1)
    comment, rest = text.split("*/", 1)
    comment = re.sub(r"^ \* (\w+)$", r" * ## \1", comment, flags=re.MULTILINE)
    # A table by indentation; and what Doxygen and Markdown read otherwise: @return, _free, <type>.
    comment = re.sub(r"^ \*   (?=(?:Memory|Contractions| {12}) )", " *       ", comment, flags=re.MULTILINE)
    comment = re.sub(r"(?<!\S)(@(?!page)\w+|_\w+|\w*<\w+>\w*(?:\(\))?)", r"`\1`", comment)
    text = f"{comment}*/{rest}"
    # A banner of three lines, or of one between blank ones.
    banner = re.compile(r"^(?:/\* =+\n \* (.*)\n \* =+ \*/|\n/\* === (.*?) =+ \*/\n)$", re.MULTILINE)
    if not banner.search(text):
        sys.exit("doxygen_filter.py: the header has no banners")
    opened = ""

    def group(match: re.Match) -> str:
        nonlocal opened
        closes, opened = opened, "/** @} */ "
        title = match[1] or match[2]
        name = re.sub(r"\W+", "_", title.lower())[:40].strip("_")
        return f"{closes}/** @defgroup c_{name} {title}\n * @ingroup c\n * @{{ */"

    text = banner.sub(group, text)
    body, end = text.rsplit("#ifdef __cplusplus", 1)
    before, blank, _ = body.rpartition("\n")
    return f"{before} {opened}{blank}#ifdef __cplusplus{end}"


def of_cpp(path: Path, text: str) -> str:
    # cpp_plan; cpp_sequant_plan for sequant/plan.hpp, within cpp_sequant.
    inside = path.relative_to(Path(__file__).resolve().parents[1] / "cpp").with_suffix("")
    group = "_".join(("cpp", *inside.parts[1:]))
    lines = text.split("\n")
    count = next(n for n, line in enumerate(lines) if not line.startswith("///"))
    comment = "\n".join(line[3:] for line in lines[1:count])
    if "Not part of the interface." in " ".join(comment.split()):
        return "\n" * text.count("\n")
    if path.name == "qube_budget.hpp":
        begin = "@page cpp_conventions Conventions of the C++ interface"
        end = ""
    else:
        sentence = re.match(r"(.*?)\.(?=\s|$)", comment, re.DOTALL)
        if lines[0] != "/// @file" or not sentence:
            sys.exit(f"doxygen_filter.py: {path} does not begin with /// @file and a sentence")
        title = " ".join(sentence[1].split())
        comment = "\n" * sentence[1].count("\n") + comment[sentence.end() :]
        begin = f"@defgroup {group} {title}"
        end = "@ingroup " + group.rpartition("_")[0]
    # The last line of the comment also closes it.
    comment = f"/** @file */ /** {begin}\n{comment}".rstrip()
    missing = count - 1 - comment.count("\n")
    comment += "\n" * missing + f" {end} */"
    rest = "\n".join(lines[count:])
    # An rvalue gives no view: true, but no function to look up.
    rest = re.sub(r"^.*\) (?:const )?&& = delete;", "", rest, flags=re.MULTILINE)
    # The blank line behind the opening one is taken for the second half.
    opening = re.compile(r"^(namespace qube[:a-z]* \{)\n$", re.MULTILINE)
    rest = opening.sub(rf"\1 /** @addtogroup {group}\n * @{{ */", rest)
    rest = re.sub(r"^(\} // namespace qube[:a-z]*)$", r"/** @} */ \1", rest, flags=re.MULTILINE)
    return f"{comment}\n{rest}"


path = Path(sys.argv[1]).resolve()
text = path.read_text(encoding="utf-8")
out = of_c(text) if path.suffix == ".h" else of_cpp(path, text)
if out.count("\n") != text.count("\n"):
    sys.exit(f"doxygen_filter.py: {path} has other lines than before")
sys.stdout.write(out)
