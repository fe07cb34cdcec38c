# pkg-config and a bare line of a compiler, shared and static.
# shellcheck shell=bash disable=SC2034,SC2154
# eval: pkg-config escapes the spaces of the prefix for a shell.
bare() { # PREFIX COMPILER SOURCE EXTRA...
  local prefix=$1 compiler=$2 source=$3
  shift 3
  export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
  eval "$compiler -o bare '$source' $(pkg-config --cflags --libs qube_budget)" '"$@"'
  (cd / && "$work/bare" "$version")
}
bare_fortran() { # PREFIX EXTRA...
  local prefix=$1
  shift
  export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
  eval "gfortran -o bare $(pkg-config --variable=fortran_source qube_budget) '$consumer/host.f90'" \
    "$(pkg-config --libs qube_budget)" '"$@"'
  (cd / && "$work/bare" "$version")
}
rpath=-Wl,-rpath,$prefix/lib
check "pkg-config has version $version" \
  same "$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --modversion qube_budget)" "$version"
check "pkg-config and a line of gcc" bare "$prefix" "gcc -std=c11" "$consumer/host.c" "$rpath"
check "pkg-config and a line of g++" bare "$prefix" "g++ -std=c++17" "$consumer/host.cpp" "$rpath"
check "pkg-config and a line of g++ for C++20" bare "$prefix" "g++ -std=c++20" "$consumer/host20.cpp" "$rpath"
check "pkg-config and a line of gfortran" bare_fortran "$prefix" "$rpath"
check "static: pkg-config and a line of gcc" bare "$static" gcc "$consumer/host.c"
check "static: pkg-config and a line of gfortran" bare_fortran "$static"
if has_archive gcc libc.a; then
  check "static: pkg-config and a line of gcc -static" bare "$static" "gcc -static" "$consumer/host.c"
fi
if has_archive gfortran libgfortran.a; then
  check "static: pkg-config and a line of gfortran -static" bare_fortran "$static" -static
fi
