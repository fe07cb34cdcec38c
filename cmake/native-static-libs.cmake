# qube_budget_NATIVE_LIBS: the system libraries that Rust's standard library needs when a program links
# it statically, as rustc itself tells for an empty crate. No dependency of this crate adds to them.
get_filename_component(cargo_dir "${QUBE_BUDGET_CARGO}" DIRECTORY)
find_program(QUBE_BUDGET_RUSTC rustc HINTS "${cargo_dir}" REQUIRED)
set(probe "${PROJECT_BINARY_DIR}/native-static-libs")
file(WRITE "${probe}/empty.rs" "")
execute_process(
  COMMAND "${QUBE_BUDGET_RUSTC}" --crate-type staticlib --print native-static-libs empty.rs
  WORKING_DIRECTORY "${probe}" OUTPUT_VARIABLE said ERROR_VARIABLE said RESULT_VARIABLE failed)
if(failed OR NOT said MATCHES "native-static-libs: ([^\n]*)")
  message(FATAL_ERROR "qube_budget: rustc does not tell which system libraries it needs: ${said}")
endif()
separate_arguments(qube_budget_NATIVE_LIBS UNIX_COMMAND "${CMAKE_MATCH_1}")
list(TRANSFORM qube_budget_NATIVE_LIBS REPLACE "^-l" "")
list(REMOVE_DUPLICATES qube_budget_NATIVE_LIBS)
# Compilers add libgcc_s themselves, or libgcc_eh under -static, which has no -lgcc_s to link.
list(REMOVE_ITEM qube_budget_NATIVE_LIBS gcc_s)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  # A Fortran program that is linked with -static ends with a call to address 0 otherwise: libgfortran
  # up to GCC 12 refers to its threads weakly, takes them for there once Rust's library has brought
  # some, and closes its units with pthread_mutex_destroy, which nothing has brought.
  list(APPEND qube_budget_NATIVE_LIBS -Wl,--undefined=pthread_mutex_destroy)
endif()
