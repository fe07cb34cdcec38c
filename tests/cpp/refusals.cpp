// Each kind of bad input through C++, with its own status; those that the C++ header rules out (short
// buffers, struct sizes) through the C functions below it. No floating-point flag is raised on the way.
#include "check.hpp"

#include <cfenv>
#include <limits>
#include <string>
#include <vector>

namespace {

qube::HarmonicConfig run()
{
    qube::HarmonicConfig config;
    config.n_pix = 3000;
    config.n_modes = 1000;
    config.lmax_signal = 64;
    return config;
}

qube::Spaces extents()
{
    qube::Spaces spaces;
    spaces.add("i", 3).add("j", 4);
    return spaces;
}

void budgets()
{
    qube::HarmonicConfig config = run();
    config.n_pix = 0;
    CHECK_THROWS(qube::Budget::harmonic(config), input, "n_pix is 0; allowed: 1 or more");
    config = run();
    config.lmax = 65;
    CHECK_THROWS(qube::Budget::harmonic(config), conflict, "lmax is 65, but lmax_signal is 64");
    config = run();
    config.n_pix = std::int64_t{1} << 31;
    CHECK_THROWS(qube::Budget::harmonic(config), overflow, "at most 2^63 - 1 bytes");
    CHECK_THROWS(qube::Budget::harmonic(run()).stage("maps"), unknown_stage,
                 "the stages are: covariance_setup, basis_setup, fisher_run, spectra_run");
}

void networks()
{
    qube::NetworkBuilder builder;
    CHECK_THROWS(builder.add_index("i", 0), extent, "index 'i' has extent 0; allowed: 1 or more");
    builder.add_index("i", 3);
    CHECK_THROWS(builder.add_tensor("t", {"i", "k"}), unknown_index, "tensor 't' names index 'k'");
    CHECK_THROWS(builder.add_index("i", 3), duplicate, "index 'i' is in the network already");
    CHECK_THROWS(builder.build(), no_tensors, "allowed: 1 or more");
    CHECK_THROWS(qube::Network::parse("t{i_1", extents()), parse,
                 "character 6: found the end of the text");
    for (int tensor = 0; tensor < 4097; ++tensor) {
        builder.add_tensor("t", {"i"});
    }
    CHECK_THROWS(qube::optimize(builder.build()), too_large, "4097; allowed: at most 4096");
}

void policies_and_options()
{
    qube::BatchPolicy policy;
    CHECK_THROWS(policy.batch_space("i", 0), target, "space 'i' is 0; allowed: 1 or more");
    qube::Options options;
    options.volatile_weight = std::numeric_limits<double>::quiet_NaN();
    const qube::Network network = qube::Network::einsum("ij,j", extents());
    CHECK_THROWS(qube::optimize(network, policy, options), option, "volatile_weight is NaN");
}

void below_the_header()
{
    const qube::Network network = qube::Network::einsum("ij,j", extents());
    const qube::Plan plan = qube::optimize(network);
    std::vector<std::int64_t> sequence(2, -9);
    std::size_t length = 0;
    CHECK_FAILS(qube_plan_sequence(plan.get(), sequence.data(), 2, &length), QUBE_ERR_BUFFER,
                "the buffer holds 2; allowed: 3 or more");
    CHECK(length == 3 && sequence[0] == -9);
    std::string report(8, '?');
    CHECK_FAILS(qube_plan_report(plan.get(), report.data(), report.size(), &length),
                QUBE_ERR_BUFFER, "the buffer holds 8");
    CHECK(length == plan.report().size() && report == "????????");

    qube_plan *none = nullptr;
    qube_options options;
    CHECK(qube_options_init(&options, sizeof options) == QUBE_OK);
    options.struct_size = sizeof options - 8;
    CHECK_FAILS(qube_optimize(network.get(), nullptr, &options, &none), QUBE_ERR_ABI,
                "qube_options.struct_size is 112; allowed: sizeof(qube_options)");
    CHECK(none == nullptr);
    CHECK_FAILS(qube_optimize(nullptr, nullptr, nullptr, &none), QUBE_ERR_NULL, "network is NULL");
    CHECK(none == nullptr);
}

} // namespace

int main()
{
    std::feclearexcept(FE_ALL_EXCEPT);
    budgets();
    networks();
    policies_and_options();
    below_the_header();
    CHECK(std::fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW) == 0);
    return checks_done();
}
