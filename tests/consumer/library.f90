! A part of a host that is a shared library itself.
subroutine show_version() bind(c)
  use qube_budget, only: qube_version
  implicit none
  print '(a)', qube_version()
end subroutine show_version
