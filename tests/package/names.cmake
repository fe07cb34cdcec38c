# cmake -DVERSION=... -DABI=... -P names.cmake: the names that a system gives the library
include("${CMAKE_CURRENT_LIST_DIR}/../../cmake/library-names.cmake")

# expect(<system> <kind> <name> <file> <soname> <link>...)
function(expect system kind expected_name expected_file expected_soname)
  qube_budget_library_names(${system} ${kind} ${VERSION} ${ABI})
  set(found "${name}|${file}|${soname}|${links}")
  set(wanted "${expected_name}|${expected_file}|${expected_soname}|${ARGN}")
  if(NOT found STREQUAL wanted)
    message(FATAL_ERROR "${system} ${kind}: ${found} is not ${wanted}")
  endif()
endfunction()

foreach(system Linux FreeBSD)
  expect(${system} SHARED libqube_budget.so libqube_budget.so.${VERSION} libqube_budget.so.${ABI}
    libqube_budget.so.${ABI} libqube_budget.so)
endforeach()
expect(Darwin SHARED libqube_budget.dylib libqube_budget.${VERSION}.dylib
  @rpath/libqube_budget.${ABI}.dylib libqube_budget.${ABI}.dylib libqube_budget.dylib)
foreach(system Linux Darwin)
  expect(${system} STATIC libqube_budget.a libqube_budget.a "")
endforeach()
