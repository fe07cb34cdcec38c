// Passes when the library, through the C++ header, has the version that is given as argument, and a
// budget, a policy and a plan come out right.
#include <iostream>
#include <qube_budget.hpp>

namespace {

// When the basis is set up: two matrices of n_pix^2, two of n_pix n_modes, one of n_modes^2.
bool budget_is_right()
{
    qube::HarmonicConfig config;
    config.n_pix = 3000;
    config.n_modes = 1000;
    config.lmax_signal = 64;
    const qube::Budget budget = qube::Budget::harmonic(config);
    return budget.peak_stage().name == "basis_setup" &&
           budget.lifetime_peak_bytes() ==
               8LL * (2 * 3000 * 3000 + 2 * 3000 * 1000 + 1000 * 1000) &&
           !budget.fit(1).fits();
}

// In batches of 7 a product over K holds 7 columns, 7 rows and the result.
bool plan_is_right()
{
    qube::Spaces letters;
    letters.add("i", 3).add("j", 4).add("K", 50);
    const qube::Network network = qube::Network::einsum("iK,Kj->ij", letters);
    qube::Policy policy;
    policy.batch_space("K", 7);
    qube::Options options;
    options.objective = qube::Objective::dense_peak_size_batched;
    const qube::Plan plan = qube::optimize(network, policy, options);
    return policy.resolve(network).index(network.number_of("K")).target == 7 &&
           plan.peak_bytes() == 8 * (7 * 3 + 7 * 4 + 12);
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 2 || qube::version() != argv[1]) {
        std::cerr << "library " << qube::version() << '\n';
        return 1;
    }
    try {
        if (!budget_is_right() || !plan_is_right()) {
            std::cerr << "a budget or plan is wrong\n";
            return 1;
        }
    } catch (const qube::Error &error) { // one that crosses from header to host
        std::cerr << error.what() << '\n';
        return 1;
    }
}
