# Programs of the tests and the examples: one source file, one program, compiled with all warnings.

# Not the default: a newer compiler, with new warnings, shall not stop who only wants to build.
option(QUBE_BUDGET_WERROR "Warnings in the tests and examples of qube_budget are errors" OFF)

include(CheckLanguage)
enable_language(CXX)
check_language(Fortran)
if(CMAKE_Fortran_COMPILER)
  enable_language(Fortran)
else()
  message(WARNING "qube_budget: no Fortran compiler, so the Fortran tests and examples are left out")
endif()
find_package(Threads REQUIRED)
include("${CMAKE_CURRENT_LIST_DIR}/test-mpi.cmake")

# For GNU; Clang understands those of C and C++.
set(warnings -Wall -Wextra -Wpedantic $<$<BOOL:${QUBE_BUDGET_WERROR}>:-Werror>)
set(c_flags -std=c11 -g ${warnings})
# -Wconversion, -Wshadow: hosts compile our C++ headers with them.
set(cxx_flags -std=c++17 -g ${warnings} -Wconversion -Wshadow)
set(fortran_flags -g)
if(CMAKE_Fortran_COMPILER_ID STREQUAL "GNU")
  # -Wtrampolines: a procedure on the stack would make the host's stack executable.
  list(APPEND fortran_flags -std=f2008 ${warnings} -Wtrampolines -fcheck=all
    -ffpe-trap=invalid,zero,overflow)
  # What a host that widens its default kinds passes to every file, our module included.
  set(fortran_wide_flags ${fortran_flags} -fdefault-integer-8 -fdefault-real-8)
endif()

# qube_fortran_module(<target> <flag>...): the module, compiled with these flags
function(qube_fortran_module target)
  add_library(${target} STATIC "${qube_budget_FORTRAN_SOURCE}")
  set_target_properties(${target} PROPERTIES
    Fortran_MODULE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/${target}")
  target_compile_options(${target} PRIVATE ${ARGN})
  target_include_directories(${target} PUBLIC "${CMAKE_CURRENT_BINARY_DIR}/${target}")
  target_link_libraries(${target} PUBLIC qube_budget::qube_budget)
endfunction()

# qube_program(<target> <source> <library> <flag>...): a program that links <library>
function(qube_program target source library)
  add_executable(${target} "${source}")
  set_target_properties(${target} PROPERTIES
    Fortran_MODULE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/${target}-modules"
    NO_SYSTEM_FROM_IMPORTED ON) # warnings in our headers count
  target_compile_options(${target} PRIVATE ${ARGN})
  target_link_libraries(${target} PRIVATE ${library} Threads::Threads m)
endfunction()
