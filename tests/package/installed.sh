# What an installation has, after it was moved.
# shellcheck shell=bash disable=SC2034,SC2154
check "the library is libqube_budget.so -> .so.$abi -> .so.$version" \
  same "$(readlink "$library") $(readlink "$library.$abi")" \
  "libqube_budget.so.$abi libqube_budget.so.$version"
check "the soname is libqube_budget.so.$abi" same "$(soname "$library")" "libqube_budget.so.$abi"
check "interface $abi is frozen in tests/abi" [ -f "$root/tests/abi/qube_budget_$abi.h" ]
check "the exported symbols are those of tests/abi/symbols.txt" diff -u "$symbols" <(exported_symbols "$library")
installed() { local file; for file in "$@"; do [ -s "$prefix/share/$file" ] || { echo "no $file"; return 1; }; done; }
check "man pages and completions are installed" installed \
  man/man1/{qube,qube-budget,qube-budget-harmonic,qube-fit,qube-plan}.1 \
  bash-completion/completions/qube zsh/site-functions/_qube fish/vendor_completions.d/qube.fish
check "the library's stack is not executable" stack_not_executable "$library"
check "no compiled module is installed" same "$(find "$prefix" -name '*.mod')" ""
check "nothing installed names the place it was built or installed first" \
  bash -c '! grep -rlF -e "first prefix" -e "$1" "$2/lib/cmake" "$2/lib/pkgconfig" "$2/share" "$2/include"' \
  - "$root" "$prefix"
check "the headers for C, C++ and SeQuant are installed" \
  same "$(cd "$prefix/include" && find . -type f | sort | tr '\n' ' ')" \
  "./qube_budget.h ./qube_budget.hpp $(cd "$root/cpp" && find ./qube_budget -type f | sort | tr '\n' ' ')"
check "the installed command runs" "$prefix/bin/qube" --version
