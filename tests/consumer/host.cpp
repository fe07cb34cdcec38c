// Passes when the library, through the C++ header, has the version that is given as argument.
#include <iostream>
#include <qube_budget.hpp>

int main(int argc, char **argv)
{
    if (argc != 2 || qube::version() != argv[1]) {
        std::cerr << "library " << qube::version() << '\n';
        return 1;
    }
}
