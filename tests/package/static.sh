# The static library, through CMake; and programs that are static altogether, where the machine can.
# shellcheck shell=bash disable=SC2034,SC2154
check "install the static library" install_package "static prefix" -DBUILD_SHARED_LIBS=OFF -DCMAKE_INSTALL_LIBDIR=lib
mv "static prefix" "moved static prefix"
static=$work/moved\ static\ prefix
check "static: find_package" build_hosts static -DCMAKE_PREFIX_PATH="$static"
check "static: add_subdirectory" build_hosts static-sub "${from_source[@]}" -DBUILD_SHARED_LIBS=OFF \
  -DQUBE_BUDGET_FROM=subdirectory
for host in host_c host_cpp host_f; do
  check "static: $host needs no libqube_budget.so" same "$(needed "static/$host" | grep qube || true)" ""
done
check "static: the hosts' stacks are not executable" \
  stack_not_executable static/host_c static/host_cpp static/host_f

# has_archive COMPILER NAME: a compiler prints a path only of what it finds
has_archive() { [[ $("$1" -print-file-name="$2") == */* ]]; }
# A program that is linked with -static leaves nothing to a loader.
whole() {
  build_hosts whole -DCMAKE_PREFIX_PATH="$static" -DHOST_LANGUAGES=C -DCMAKE_EXE_LINKER_FLAGS=-static
  ! readelf -lW whole/host_c | grep INTERP
}
if has_archive gcc libc.a; then
  check "static: a C program that is static altogether" whole
fi
