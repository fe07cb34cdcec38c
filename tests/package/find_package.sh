# find_package from each language, with components and versions.
# shellcheck shell=bash disable=SC2034,SC2154
check "find_package from C, C++ and Fortran, twice in one tree" build_hosts all "${with_package[@]}"
for host in host_c host_cpp host_f; do
  check "$host needs libqube_budget.so.$abi" \
    same "$(needed "all/$host" | grep qube)" "libqube_budget.so.$abi"
done
check "the hosts' stacks are not executable" stack_not_executable all/host_c all/host_cpp all/host_f
check "the package has version $version" \
  grep -x -- "-- package version: $version" <(configure all "${with_package[@]}")
for language in C CXX Fortran; do
  check "find_package in a project of $language only" \
    build_hosts "only-$language" "${with_package[@]}" -DHOST_LANGUAGES=$language
done

# find LANGUAGES ARGUMENT...: configures a project of one line
find_line() {
  rm -rf line
  mkdir line
  printf 'cmake_minimum_required(VERSION 3.22)\nproject(line LANGUAGES %s)\nfind_package(qube_budget %s)\n' \
    "$1" "$2" >line/CMakeLists.txt
  cmake -S line -B line/build "${with_package[@]}"
}
refuses() { # SAYING LANGUAGES ARGUMENTS
  if find_line "$2" "$3" >line.log 2>&1; then
    cat line.log
    return 1
  fi
  tr -s ' \n' ' ' <line.log | grep -F -- "$1" || { cat line.log; return 1; }
}
check "component Fortran is found where Fortran is enabled" find_line Fortran "REQUIRED COMPONENTS Fortran"
check "component Fortran says what it needs where Fortran is not enabled" \
  refuses "needs a project that has enabled Fortran" C "REQUIRED COMPONENTS Fortran"
minor=${version%.*}
check "a project may ask for version $minor" find_line C "$minor REQUIRED"
check "a project that asks for the next minor version is refused" \
  refuses "compatible with requested version" C "${version%%.*}.$((${minor#*.} + 1)) REQUIRED"
