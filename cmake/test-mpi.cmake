# MPI of the tests and examples: used where it is found and works; otherwise a test of it is there, but
# skipped with the reason.

option(QUBE_BUDGET_TEST_MPI "Run the tests of qube_budget under MPI where there is one" ON)

# As root, on fewer processors than ranks, one thread each: Open MPI and OpenBLAS ask for all of these.
set(qube_mpi_environment OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  OMPI_MCA_rmaps_base_oversubscribe=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1)

# The reasons; empty where there is all that is needed.
set(qube_no_mpi "")
if(NOT QUBE_BUDGET_TEST_MPI)
  set(qube_no_mpi "QUBE_BUDGET_TEST_MPI is OFF")
elseif(NOT CMAKE_Fortran_COMPILER)
  set(qube_no_mpi "there is no Fortran compiler")
else()
  find_package(MPI QUIET COMPONENTS C Fortran)
  if(MPI_C_FOUND AND MPI_Fortran_FOUND)
    # A module of another compiler, an install without its libraries.
    include(CheckSourceCompiles)
    set(CMAKE_REQUIRED_LIBRARIES MPI::MPI_Fortran)
    check_source_compiles(Fortran "program links\nuse mpi\ninteger :: ierror\ncall mpi_init(ierror)\nend program\n"
      QUBE_BUDGET_MPI_LINKS SRC_EXT f90)
    unset(CMAKE_REQUIRED_LIBRARIES)
    if(NOT QUBE_BUDGET_MPI_LINKS)
      set(qube_no_mpi "Fortran programs do not link with the MPI that was found")
    else()
      execute_process(RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET TIMEOUT 60
        COMMAND "${CMAKE_COMMAND}" -E env ${qube_mpi_environment}
          "${MPIEXEC_EXECUTABLE}" "${MPIEXEC_NUMPROC_FLAG}" 2 ${MPIEXEC_PREFLAGS} true)
      if(NOT status EQUAL 0)
        set(qube_no_mpi "${MPIEXEC_EXECUTABLE} cannot start two processes here")
      endif()
    endif()
  else()
    set(qube_no_mpi "MPI was not found for C and Fortran (Debian: openmpi-bin libopenmpi-dev)")
  endif()
endif()

set(qube_no_scalapack "${qube_no_mpi}")
if(NOT qube_no_mpi)
  find_library(QUBE_BUDGET_SCALAPACK NAMES scalapack-openmpi scalapack)
  find_library(QUBE_BUDGET_BLAS NAMES openblas blas)
  mark_as_advanced(QUBE_BUDGET_SCALAPACK QUBE_BUDGET_BLAS)
  if(NOT QUBE_BUDGET_SCALAPACK OR NOT QUBE_BUDGET_BLAS)
    set(qube_no_scalapack "ScaLAPACK and BLAS were not found (Debian: libscalapack-openmpi-dev libopenblas-dev)")
  endif()
endif()
foreach(reason IN ITEMS ${qube_no_scalapack})
  message(STATUS "qube_budget: tests under MPI are skipped: ${reason}")
endforeach()

# qube_mpi_test(<name> <reason to skip it> <ranks> <target> <argument>...)
function(qube_mpi_test name reason ranks target)
  if(reason)
    add_test(NAME ${name} COMMAND sh -c "echo \"skipped: $0\"; exit 77" "${reason}")
    set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77)
    return()
  endif()
  add_test(NAME ${name} COMMAND "${MPIEXEC_EXECUTABLE}" "${MPIEXEC_NUMPROC_FLAG}" ${ranks}
    ${MPIEXEC_PREFLAGS} $<TARGET_FILE:${target}> ${MPIEXEC_POSTFLAGS} ${ARGN})
  set_tests_properties(${name} PROPERTIES TIMEOUT 120 PROCESSORS ${ranks} RUN_SERIAL ON
    ENVIRONMENT "${qube_mpi_environment}")
endfunction()
