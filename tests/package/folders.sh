# Folders that a packager gives as absolute paths, inside the prefix and outside of it.
# shellcheck shell=bash disable=SC2034,SC2154

# folders PREFIX LIBDIR SETTING...: installs, and builds a host by pkg-config and one by find_package
folders() {
  local prefix=$1 libdir=$2
  shift 2
  install_package "$prefix" "$@"
  export PKG_CONFIG_PATH=$libdir/pkgconfig
  cat "$PKG_CONFIG_PATH/qube_budget.pc"
  local source
  source=$(pkg-config --variable=fortran_source qube_budget | sed 's/\\//g')
  [ -f "$source" ]
  eval "gcc -o bare '$consumer/host.c' $(pkg-config --cflags --libs qube_budget)" "'-Wl,-rpath,$libdir'"
  (cd / && "$work/bare" "$version")
  configure "hosts of $prefix" -Dqube_budget_DIR="$libdir/cmake/qube_budget" -DHOST_LANGUAGES="C;Fortran"
  cmake --build "hosts of $prefix" --target host_c
  (cd / && "$work/hosts of $prefix/host_c" "$version")
}
inside=$work/inside/packaged
check "absolute folders inside the prefix, as openSUSE gives them" folders inside/packaged "$inside/lib64" \
  -DCMAKE_INSTALL_LIBDIR="$inside/lib64" -DCMAKE_INSTALL_INCLUDEDIR="$inside/include" \
  -DCMAKE_INSTALL_DATADIR="$inside/share"
check "absolute folders outside the prefix, as Nix gives them" folders outside "$work/nix lib/lib" \
  -DCMAKE_INSTALL_LIBDIR="$work/nix lib/lib" -DCMAKE_INSTALL_INCLUDEDIR="$work/nix-dev/include" \
  -DCMAKE_INSTALL_DATADIR="$work/nix-share"
check "only the headers in an absolute folder" folders headers "$work/headers/lib/deep" \
  -DCMAKE_INSTALL_LIBDIR=lib/deep -DCMAKE_INSTALL_INCLUDEDIR="$work/other headers"
