! Meters, records over ranks, comparisons by rank and with a request, and calibration.
module two_ranks
  use, intrinsic :: iso_fortran_env, only: int64
  use qube_budget
  implicit none
  private

  !> This rank and another one that holds the same.
  type, extends(qube_reduction), public :: with_a_twin
    integer :: calls = 0
    logical :: fails = .false.
  contains
    procedure :: allreduce => reduce_with_twin
  end type with_a_twin

contains

  subroutine reduce_with_twin(self, reduction, values, stat)
    class(with_a_twin), intent(inout) :: self
    integer, intent(in) :: reduction
    integer(int64), intent(inout) :: values(:)
    integer, intent(inout) :: stat

    self%calls = self%calls + 1
    if (self%fails) stat = 7
    if (reduction == qube_reduction_sum) values = 2*values
  end subroutine reduce_with_twin

end module two_ranks

program meter_test
  use, intrinsic :: iso_fortran_env, only: int64, real64
  use qube_budget
  use checks
  use two_ranks
  implicit none

  integer, parameter :: size_of_stage = 8*1024*1024 ! doubles, 64 MiB
  integer(int64), parameter :: mib = 1048576, p = 8_int64*9800*9800
  type(qube_meter) :: meter, empty
  type(qube_record_view) :: record
  type(with_a_twin) :: twin
  type(qube_pixel_direct_config) :: config
  type(qube_budget_view) :: budget
  type(qube_request_view) :: request
  type(qube_comparison_view) :: beside
  type(qube_job) :: job
  character(len=:), allocatable :: document, errmsg
  character(len=60) :: logs(2)
  integer :: stat

  config%n_pix = 9800
  config%lmax_signal = 256
  config%n_bins = 6
  config%n_params = 18
  call qube_budget_of(config, budget)
  call a_stage_is_measured()
  call ranks_are_reduced()
  call ranks_and_requests_are_compared()
  ! Variables of a program are never freed, which valgrind may call a leak.
  deallocate (document, errmsg)
  if (failures > 0) error stop 1

contains

  subroutine a_stage_is_measured()
    real(kind(1d0)), allocatable :: array(:)

    call meter%start(3)
    call meter%stage('basis_setup')
    allocate (array(size_of_stage))
    array = 1
    call check('the array is there', abs(sum(array) - size_of_stage) < 1)
    deallocate (array)
    call meter%stage('fisher_run')
    call meter%end()
    call qube_meter_record(meter, record)
    call check('both stages are there', size(record%stages) == 2 .and. record%n_ranks == 0)
    call check('a stage has its name', record%stages(1)%name == 'basis_setup')
    associate (stage => record%stages(1))
      call check('what is freed is in the peak', stage%peak%bytes == -1 .or. &
        stage%peak%bytes - stage%entry%bytes > 60*mib)
      call check('what is freed is not at the end', stage%end%bytes == -1 .or. &
        stage%end%bytes - stage%entry%bytes < 32*mib)
    end associate
    call qube_render(record, qube_format_json, document)
    call check('the record says its rank', index(document, '"rank":3') > 0)
    call qube_compare(budget, document, beside)
    call check('a comparison reads the record', beside%stages(2)%end%measured_bytes == &
      record%stages(1)%end%bytes)
    call qube_render(record, qube_format_table, document, stat)
    call check('a record has no table', stat == qube_err_option)

    call meter%start()
    call meter%end()
    call qube_meter_record(meter, record, stat=stat, errmsg=errmsg)
    call check('a stage ends that has not begun', stat == qube_err_document .and. &
      index(errmsg, 'begin one before it ends') > 0)
    call qube_meter_record(empty, record, stat=stat)
    call check('a meter that was not started', stat == qube_err_input)
    call meter%start()
    call meter%stage('')
    call qube_meter_record(meter, record, stat=stat)
    call check('a stage without a name', stat == qube_err_label)
  end subroutine a_stage_is_measured

  subroutine ranks_are_reduced()
    call meter%start(0)
    call meter%stage('a')
    call meter%end()
    call qube_meter_record(meter, record, twin)
    call check('five reductions', twin%calls == 5 .and. record%n_ranks == 2)
    associate (end => record%stages(1)%end)
      call check('a twin holds the same', end%bytes == -1 .or. (end%least_bytes == end%bytes .and. &
        end%sum_bytes == 2*end%bytes .and. end%fullest_rank == 0))
    end associate
    twin%fails = .true.
    call qube_meter_record(meter, record, twin, stat, errmsg)
    call check('a reduction that fails', stat == qube_err_callback .and. &
      index(errmsg, 'it returned 7') > 0)
    twin%fails = .false.
    call meter%start()
    call qube_meter_record(meter, record, twin, stat)
    call check('a reduction without a rank', stat == qube_err_input)
  end subroutine ranks_are_reduced

  subroutine ranks_and_requests_are_compared()
    write (logs(1), '(a,i0)') 'baseline 0'//new_line('a')//'basis_setup peak ', 3*p
    write (logs(2), '(a,i0)') 'rank 4'//new_line('a')//'basis_setup peak ', p
    call qube_compare(budget, logs, beside)
    call check('two ranks', size(beside%ranks) == 2 .and. beside%ranks(2)%rank == 4)
    call check('the largest', beside%stages(2)%peak%measured_bytes == 3*p)
    call check('the unit', beside%units(1)%symbol == 'p' .and. beside%units(1)%bytes == p)
    call check('what it may be', index(beside%differences(1)%may_be, &
      '+1.0 p: one array of n_pix^2') == 1 .and. beside%differences(1)%is_peak)
    call qube_render(beside, qube_format_json, document)
    call check('ranks are rendered', index(document, '"rank":4') > 0)
    call qube_compare(budget, logs, beside, qube_grid(nprow=2, npcol=2, block=64), stat, errmsg)
    call check('a rank beyond the grid', stat == qube_err_position .and. &
      index(errmsg, 'rank 4 does not exist') > 0)

    call qube_request(budget, request)
    call qube_compare(request, ['lifetime peak 1 GiB'], beside)
    call check('within the request', beside%against_request .and. beside%within_request)
    call check('what is requested', beside%lifetime_peak%requested_bytes == request%per_node_bytes)
    call qube_render(beside, qube_format_table, document)
    call check('the table says so', index(document, 'within the request') > 0)
    call qube_compare(request, ['lifetime peak 1 TiB'], beside)
    call check('beyond the request', .not. beside%within_request)

    call qube_compare(budget, logs(1), beside)
    call qube_render(beside, qube_format_json, document)
    call job%add_calibration(document)
    call qube_request(budget, request, job)
    call check('a record is the margin', request%stages(2)%margin_bytes == p)
    call qube_compare(request, ['lifetime peak 1 GiB'], beside)
    call check('a request keeps its records', beside%stages(2)%peak%requested_bytes == &
      request%stages(2)%per_rank_bytes)
    call job%add_calibration('{}')
    call qube_request(budget, request, job, stat, errmsg)
    call check('no record', stat == qube_err_document .and. index(errmsg, 'calibration') > 0)
  end subroutine ranks_and_requests_are_compared

end program meter_test
