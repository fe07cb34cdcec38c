! Passes when the library has the version that is given as argument, and a budget, a policy and a
! plan come to what they should.
program host
  use, intrinsic :: iso_fortran_env, only: error_unit, int64
  use qube_budget, only: qube_budget_of, qube_budget_view, qube_dense_peak_size_batched, &
    qube_harmonic_config, qube_network, qube_optimize, qube_options, qube_plan_view, qube_policy, &
    qube_resolve, qube_resolved_policy_view, qube_version
  implicit none
  character(len=32) :: expected

  call get_command_argument(1, expected)
  call check('version '//qube_version(), qube_version() == expected)
  call check_budget()
  call check_plan()

contains

  ! When the basis is set up: two matrices of n_pix**2, two of n_pix n_modes, one of n_modes**2.
  subroutine check_budget()
    type(qube_budget_view) :: budget

    call qube_budget_of(qube_harmonic_config(n_pix=3000, n_modes=10, lmax_signal=2), budget)
    call check('budget', budget%lifetime_peak_bytes == 8 * (2 * 3000_int64**2 + 2 * 3000 * 10 + 10**2))
  end subroutine check_budget

  ! A(i, k) B(k, j) with k in 5 batches of 2: slices of 8 and 12 elements, and the result of 24.
  subroutine check_plan()
    type(qube_network) :: network
    type(qube_policy) :: policy
    type(qube_resolved_policy_view) :: ruled
    type(qube_plan_view) :: plan

    network%einsum = 'ik,kj->ij'
    call network%spaces%add('i', 4)
    call network%spaces%add('j', 6)
    call network%spaces%add('k', 10)
    call policy%add_index_rule(2, space='k')
    call qube_resolve(policy, network, ruled)
    call check('policy', ruled%indices(ruled%labels%find('k'))%batch == 2)
    call qube_optimize(network, plan, policy, qube_options(objective=qube_dense_peak_size_batched))
    call check('sequence', all(plan%sequence == [1, 2, -1]))
    call check('loops', size(plan%loops) == 1 .and. plan%loops(1)%batches == 5)
    call check('peak', plan%peak_bytes == 8 * (8 + 12 + 24))
  end subroutine check_plan

  subroutine check(what, passed)
    character(len=*), intent(in) :: what
    logical, intent(in) :: passed

    if (passed) return
    write (error_unit, '(2a)') 'failed: ', what
    error stop 1
  end subroutine check

end program host
