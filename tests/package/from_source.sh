# The source tree in another project: add_subdirectory and FetchContent.
# shellcheck shell=bash disable=SC2034,SC2154
check "add_subdirectory" build_hosts sub "${from_source[@]}" -DQUBE_BUDGET_FROM=subdirectory
check "FetchContent" build_hosts fetch "${from_source[@]}" -DQUBE_BUDGET_FROM=fetch
relink() {
  cmake --build sub >again.log
  cat again.log
  ! grep -i linking again.log
}
check "building again links nothing" relink
