// C++14: the C header alone. Passes when the library has the version that is given as argument.
#include <qube_budget.h>
#include <string>

static_assert(__cplusplus == 201402L, "a host that asks for C++14 gets C++14");

int main(int argc, char **argv)
{
    return argc == 2 && std::string(argv[1]) == qube_version() ? 0 : 1;
}
