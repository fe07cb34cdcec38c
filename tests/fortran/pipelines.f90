! Pipelines of the program's own: documents with parameters, and calls beside ALLOCATE statements.
program pipelines
  use, intrinsic :: iso_fortran_env, only: int32, int64
  use checks, only: check, failures
  use qube_budget
  implicit none
  integer(int64), parameter :: gib = 1024_int64**3
  ! A matrix of (2 x 768)**2 doubles, and one of (2 x 10)**2.
  integer(int64), parameter :: unit = 8_int64 * 1536**2, small = 8 * 20**2

  call test_document()
  call test_refused_documents()
  call test_builder()
  call test_refused_calls()
  if (failures > 0) error stop 1

contains

  subroutine read_document(name, text)
    character(len=*), intent(in) :: name
    character(len=:), allocatable, intent(out) :: text
    character(len=1000) :: folder
    integer :: file, length

    call get_environment_variable('QUBE_TEST_DATA', folder)
    open (newunit=file, file=trim(folder)//'/../../examples/pipelines/'//name, access='stream', &
      form='unformatted', status='old', action='read')
    inquire (file, size=length)
    allocate (character(len=length) :: text)
    read (file) text
    close (file)
  end subroutine read_document

  subroutine test_document()
    type(qube_pipeline) :: pipeline
    type(qube_budget_view) :: budget
    type(qube_request_view) :: request
    type(qube_fit_view) :: fit
    type(qube_largest_view) :: largest
    character(len=:), allocatable :: text, errmsg
    integer :: stat

    call read_document('xqml.json', text)
    pipeline = qube_pipeline(json=text)
    call pipeline%set('npix', 768_int32)
    call pipeline%set('nbin', 10_int64)
    call qube_budget_of(pipeline, budget, stat=stat, errmsg=errmsg)
    call check('document: '//errmsg, stat == qube_ok)
    call check('document: path', budget%path == qube_path_pipeline)
    call check('document: peak', budget%lifetime_peak_bytes == 61 * unit + 2 * small .and. &
      budget%peak_stage == budget%find_stage('get_covariance'))
    call check('document: derived', budget%inputs(9)%name == 'printed_bytes' .and. &
      budget%inputs(9)%from == '8 * nl * n ^ 2')
    call check('document: events', budget%events(1)%what == '+ allcosang')

    call qube_request(budget, request)
    call check('document: request', request%per_node_bytes == 63 * unit + 2 * small)
    call qube_fit(budget, 50 * unit, fit)
    call check('document: fit', .not. fit%fits .and. fit%cheapest == 1 .and. size(fit%changes) == 3)
    call check('document: change', fit%changes(2)%parameter == 'nbin' .and. &
      fit%changes(2)%value == 7 .and. fit%changes(2)%kind == qube_change_parameter .and. &
      fit%changes(2)%words == 'nbin 7: wider bins of multipoles')
    call qube_largest(budget, 'nbin', 50 * unit, largest)
    call check('document: largest', largest%value == 7 .and. largest%next_value == 8 .and. &
      largest%size == qube_size_parameter .and. largest%kind == qube_largest_value)
    call qube_largest(budget, 'lmax', gib, largest, stat=stat, errmsg=errmsg)
    call check('document: no such parameter', stat == qube_err_input .and. &
      index(errmsg, "parameter 'lmax' is not of pipeline 'xQML'") == 1)
    call qube_render(budget, qube_format_table, text)
    call check('document: table', index(text, 'xQML memory budget, as in class-telescope') == 1)
  end subroutine test_document

  subroutine test_refused_documents()
    type(qube_pipeline) :: pipeline
    type(qube_budget_view) :: budget
    character(len=:), allocatable :: text, errmsg
    integer :: stat

    call read_document('xqml.json', text)
    pipeline = qube_pipeline(json=text)
    call qube_budget_of(pipeline, budget, stat=stat, errmsg=errmsg)
    call check('refused: missing', stat == qube_err_input .and. &
      index(errmsg, "parameter 'npix' has no value and no default") == 1)
    call pipeline%set('n_pix', 5_int64)
    call qube_budget_of(pipeline, budget, stat=stat, errmsg=errmsg)
    call check('refused: unknown', stat == qube_err_input .and. &
      index(errmsg, "parameter 'n_pix' is not of pipeline 'xQML'") == 1)
    pipeline = qube_pipeline(json='{"schema": "qube-pipeline/1", "name": "a", "source": "", '// &
      '"stages": [{"name": "one", "events": [{"allocate": "b", "bytes": "2 *"}]}]}')
    call qube_budget_of(pipeline, budget, stat=stat, errmsg=errmsg)
    call check('refused: place', stat == qube_err_document .and. &
      index(errmsg, "stages[0].events[0].bytes, character 4 of '2 *'") > 0)
    call check('refused: empty after', .not. allocated(budget%stages))
    call pipeline%stage('one')
    call qube_budget_of(pipeline, budget, stat=stat, errmsg=errmsg)
    call check('refused: both', stat == qube_err_conflict)
  end subroutine test_refused_documents

  ! A Cholesky solver on a grid: its calls stand beside those that allocate.
  subroutine test_builder()
    integer(int64), parameter :: n = 1000
    type(qube_pipeline) :: pipeline
    type(qube_budget_view) :: budget
    type(qube_ranks_view) :: ranks
    type(qube_request_view) :: request
    type(qube_fit_view) :: fit
    type(qube_largest_view) :: largest
    character(len=:), allocatable :: errmsg
    integer :: stat

    pipeline = qube_pipeline(name='solver')
    call pipeline%stage('covariance')
    call pipeline%allocate('C', n, n, layout=qube_layout_block_cyclic)
    call pipeline%allocate('work', 1000_int32, 64_int32, copies=2_int32, element_bytes=4)
    call pipeline%deallocate('work')
    call pipeline%stage('solve')
    call pipeline%allocate('x', n, holder=qube_holder_first_rank)
    call qube_budget_of(pipeline, budget, stat=stat, errmsg=errmsg)
    call check('builder: '//errmsg, stat == qube_ok)
    call check('builder: peaks', budget%stages(1)%peak_bytes == 8 * n * n + 2 * 4 * 64 * n .and. &
      budget%stages(2)%end_bytes == 8 * n * n + 8 * n)
    ! 1000 rows in blocks of 64 over 2 process rows: 512 and 488.
    call qube_per_rank(budget, qube_grid(nprow=2, npcol=2, block=64), ranks)
    call check('builder: fullest', ranks%stages(2)%held%fullest_bytes == 8 * 512 * 512 + 8 * n)
    call check('builder: least', ranks%stages(2)%held%least_bytes == 8 * 488 * 488)
    call qube_request(budget, request, qube_job(ranks_per_node=4, nprow=2, npcol=2, block=64))
    call check('builder: request', request%holding == qube_holding_block_cyclic)
    call qube_fit(budget, gib, fit, qube_job(ranks_per_node=4))
    call check('builder: fits', fit%fits)
    call qube_largest(budget, 'n', gib, largest, stat=stat, errmsg=errmsg)
    call check('builder: fixed', stat == qube_err_input .and. &
      index(errmsg, "of a builder's budget, whose sizes are fixed") > 0)
    ! The builder goes on.
    call pipeline%stage('after')
    call qube_budget_of(pipeline, budget)
    call check('builder: goes on', size(budget%stages) == 3)
  end subroutine test_builder

  subroutine test_refused_calls()
    type(qube_pipeline) :: pipeline, other
    type(qube_budget_view) :: budget
    character(len=:), allocatable :: errmsg
    integer :: stat

    call qube_budget_of(pipeline, budget, stat=stat, errmsg=errmsg)
    call check('calls: empty', stat == qube_err_input .and. &
      index(errmsg, 'the pipeline is empty') == 1)
    pipeline = qube_pipeline(name='solver')
    call qube_budget_of(pipeline, budget, stat=stat)
    call check('calls: no stage', stat == qube_err_conflict)
    call pipeline%stage('one')
    other = pipeline
    call other%deallocate('C')
    call qube_budget_of(other, budget, stat=stat, errmsg=errmsg)
    call check('calls: not held', stat == qube_err_conflict .and. &
      errmsg == "'C' is not held; allocate it first")
    other = pipeline
    call other%allocate('C', -1_int64, 5_int64)
    call qube_budget_of(other, budget, stat=stat, errmsg=errmsg)
    call check('calls: negative', stat == qube_err_input .and. &
      errmsg == 'rows is -1; give 0 or more')
    other = pipeline
    call other%allocate('C', 1_int64)
    call other%allocate('C', 1_int64)
    call qube_budget_of(other, budget, stat=stat)
    call check('calls: twice', stat == qube_err_duplicate)
    other = pipeline
    call other%allocate('C', huge(1_int64), huge(1_int64))
    call qube_budget_of(other, budget, stat=stat)
    call check('calls: overflow', stat == qube_err_overflow)
    other = pipeline
    call other%allocate('C', 1_int64, layout=77)
    call qube_budget_of(other, budget, stat=stat, errmsg=errmsg)
    call check('calls: layout', stat == qube_err_input .and. index(errmsg, 'layout is 77') == 1)
    call pipeline%set('n', 1_int64)
    call qube_budget_of(pipeline, budget, stat=stat)
    call check('calls: no document', stat == qube_err_conflict)
  end subroutine test_refused_calls

end program pipelines
