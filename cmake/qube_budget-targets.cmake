# Makes qube_budget::qube_budget, qube_budget::sequant and, where Fortran is enabled,
# qube_budget::fortran. Read by the installed package and by CMakeLists.txt of the source tree, which
# say what is where:
#   qube_budget_KIND (SHARED or STATIC), qube_budget_LIBRARY, qube_budget_SONAME,
#   qube_budget_NATIVE_LIBS, qube_budget_INCLUDE_DIRS, qube_budget_FORTRAN_SOURCE
# The targets are visible everywhere in a project, and made once however often the package is found.

# The C++ header needs C++17, the C header nothing: a C++ target that has chosen no standard gets C++17,
# one that has chosen keeps it (and is told by the C++ header, should it include that).
if(NOT TARGET qube_budget::qube_budget)
  add_library(qube_budget::qube_budget ${qube_budget_KIND} IMPORTED GLOBAL)
  set_target_properties(qube_budget::qube_budget PROPERTIES
    IMPORTED_LOCATION "${qube_budget_LIBRARY}"
    IMPORTED_SONAME "${qube_budget_SONAME}"
    INTERFACE_INCLUDE_DIRECTORIES "${qube_budget_INCLUDE_DIRS}"
    INTERFACE_LINK_LIBRARIES "${qube_budget_NATIVE_LIBS}"
    INTERFACE_COMPILE_FEATURES "$<$<STREQUAL:$<TARGET_PROPERTY:CXX_STANDARD>,>:cxx_std_17>")
endif()

# For programs that include <qube_budget/sequant.hpp>, which needs C++20.
if(NOT TARGET qube_budget::sequant)
  add_library(qube_budget::sequant INTERFACE IMPORTED GLOBAL)
  set_target_properties(qube_budget::sequant PROPERTIES
    INTERFACE_LINK_LIBRARIES qube_budget::qube_budget
    INTERFACE_COMPILE_FEATURES cxx_std_20)
endif()

# The module is compiled in the project that uses it, by its compiler and with its flags: a .mod file
# is good for one compiler only, so none is installed.
get_property(_qube_budget_languages GLOBAL PROPERTY ENABLED_LANGUAGES)
if("Fortran" IN_LIST _qube_budget_languages AND NOT TARGET qube_budget::fortran)
  set(_qube_budget_modules "${CMAKE_CURRENT_BINARY_DIR}/qube_budget_modules")
  add_library(qube_budget_fortran STATIC EXCLUDE_FROM_ALL "${qube_budget_FORTRAN_SOURCE}")
  set_target_properties(qube_budget_fortran PROPERTIES
    Fortran_MODULE_DIRECTORY "${_qube_budget_modules}"
    POSITION_INDEPENDENT_CODE ON)
  target_include_directories(qube_budget_fortran PUBLIC "${_qube_budget_modules}")
  target_link_libraries(qube_budget_fortran PUBLIC qube_budget::qube_budget)
  add_library(qube_budget::fortran ALIAS qube_budget_fortran)
endif()
