// C++20: the adapter for hosts that plan with SeQuant. Passes when it plans a matrix, a matrix and a
// vector from the right, and the library has the version that is given as argument.
#include <iostream>
#include <qube_budget/sequant.hpp>
#include <string>
#include <vector>

static_assert(__cplusplus >= 202002L, "a program that links qube_budget::sequant gets C++20");

struct Tensor {
    std::string label, indices; // an index is a letter
};

struct Network {
    std::vector<Tensor> tensors;
};

template <> struct qube::seq::NetworkTraits<Network> {
    using Index = char;
    using Tensor = ::Tensor;
    static const std::vector<Tensor> &tensors(const ::Network &network) { return network.tensors; }
    static const std::string &tensor_label(const Tensor &tensor) { return tensor.label; }
    static const std::string &indices(const Tensor &tensor) { return tensor.indices; }
    static std::string index_label(char index) { return {index}; }
    static std::string index_space(char) { return "basis"; }
    static std::string protos(char) { return {}; }
};

int main(int argc, char **argv)
{
    const Network network{{{"A", "ij"}, {"B", "jk"}, {"x", "k"}}};
    const auto sequence = qube::seq::single_term_opt(network, [](char) { return 100; });
    if (sequence != std::vector<int>{0, 1, 2, -1, -1}) {
        std::cerr << "another plan\n";
        return 1;
    }
    if (argc != 2 || qube::version() != argv[1]) {
        std::cerr << "library " << qube::version() << '\n';
        return 1;
    }
}
