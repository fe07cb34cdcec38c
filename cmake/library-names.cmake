# qube_budget_library_names(<system> <kind> <version> <abi>): how the library is called on a system.
# Sets in the caller, for kind SHARED or STATIC:
#   name    what cargo builds, and what a linker looks for
#   file    the file itself: with the version where the library is shared
#   soname  the name that a program keeps, with the number of the ABI; build.rs gives it to the library
#   links   the names that are symbolic links, each to the one before it, the first to the file
# A library on macOS is found through the rpath of the program, as install_name @rpath/... says.
# tests/package/names.cmake compares the names.
function(qube_budget_library_names system kind version abi)
  if(system STREQUAL "Windows")
    message(FATAL_ERROR "qube_budget: Windows is not supported; "
      "Linux, macOS and other Unix systems with ELF libraries are")
  endif()
  set(soname)
  set(links)
  if(kind STREQUAL "STATIC")
    set(name libqube_budget.a)
    set(file ${name})
  elseif(system STREQUAL "Darwin")
    set(name libqube_budget.dylib)
    set(file libqube_budget.${version}.dylib)
    set(soname @rpath/libqube_budget.${abi}.dylib)
    set(links libqube_budget.${abi}.dylib ${name})
  else()
    set(name libqube_budget.so)
    set(file ${name}.${version})
    set(soname ${name}.${abi})
    set(links ${soname} ${name})
  endif()
  foreach(result name file soname links)
    set(${result} "${${result}}" PARENT_SCOPE)
  endforeach()
endfunction()
