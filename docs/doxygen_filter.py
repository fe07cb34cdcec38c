"""Doxygen's input filter: every topic becomes a group, and no line moves.

C: a banner of include/qube_budget.h begins a group; the opening comment becomes a page.
C++: the contents of a header are a group, named by the first sentence of its @file comment; the
comment of qube_budget.hpp becomes a page.
"""

import re
import sys
from pathlib import Path


def of_c(text: str) -> str:
    text = text.replace("/**", "/** @page c_conventions Conventions of the C interface", 1)
    comment, rest = text.split("*/", 1)
    comment = re.sub(r"^ \* (\w+)$", r" * ## \1", comment, flags=re.MULTILINE)
    # Markdown reads _free and <type> otherwise.
    comment = re.sub(r"(?<!\S)(_\w+|\w*<\w+>\w*(?:\(\))?)", r"`\1`", comment)
    text = f"{comment}*/{rest}"
    banner = re.compile(r"^/\* =+\n \* (.*)\n \* =+ \*/$", re.MULTILINE)
    if not banner.search(text):
        sys.exit("doxygen_filter.py: the header has no banners")
    opened = ""

    def group(match: re.Match) -> str:
        nonlocal opened
        closes, opened = opened, "/** @} */ "
        name = re.sub(r"\W+", "_", match[1].lower())[:40].strip("_")
        return f"{closes}/** @defgroup c_{name} {match[1]}\n * @ingroup c\n * @{{ */"

    text = banner.sub(group, text)
    body, end = text.rsplit("#ifdef __cplusplus", 1)
    before, blank, _ = body.rpartition("\n")
    return f"{before} {opened}{blank}#ifdef __cplusplus{end}"


def of_cpp(path: Path, text: str) -> str:
    lines = text.split("\n")
    count = next(n for n, line in enumerate(lines) if not line.startswith("///"))
    comment = "\n".join(line[3:] for line in lines[1:count])
    if path.name == "qube_budget.hpp":
        begin = "@page cpp_conventions Conventions of the C++ interface"
        end = ""
    else:
        sentence = re.match(r"(.*?)\.(?=\s|$)", comment, re.DOTALL)
        if lines[0] != "/// @file" or not sentence:
            sys.exit(f"doxygen_filter.py: {path} does not begin with /// @file and a sentence")
        title = " ".join(sentence[1].split())
        comment = "\n" * sentence[1].count("\n") + comment[sentence.end() :]
        begin = f"@defgroup cpp_{path.stem} {title}"
        end = "\n@ingroup cpp"
    # The last line of the comment also closes it.
    comment = f"/** @file */ /** {begin}\n{comment}".rstrip()
    missing = count - 1 - comment.count("\n")
    comment += "\n" * missing + f" {end.strip()} */"
    rest = "\n".join(lines[count:])
    # An rvalue gives no view: true, but no function to look up.
    rest = re.sub(r"^.*\) (?:const )?&& = delete;", "", rest, flags=re.MULTILINE)
    # The blank line behind the opening one is taken for the second half.
    opening = re.compile(r"^(namespace qube[:a-z]* \{)\n$", re.MULTILINE)
    rest = opening.sub(rf"\1 /** @addtogroup cpp_{path.stem}\n * @{{ */", rest)
    rest = re.sub(r"^(\} // namespace qube[:a-z]*)$", r"/** @} */ \1", rest, flags=re.MULTILINE)
    return f"{comment}\n{rest}"


path = Path(sys.argv[1])
text = path.read_text(encoding="utf-8")
out = of_c(text) if path.suffix == ".h" else of_cpp(path, text)
if out.count("\n") != text.count("\n"):
    sys.exit(f"doxygen_filter.py: {path} has other lines than before")
sys.stdout.write(out)
