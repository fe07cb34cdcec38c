// Each status once, as an exception; what is refused and how it is worded, the tests in Rust and C
// say.
#include "check.hpp"

#include <cfenv>
#include <limits>
#include <string>

namespace {

qube::Spaces extents()
{
    qube::Spaces spaces;
    spaces.add("i", 3).add("j", 4);
    return spaces;
}

qube::HarmonicConfig run(std::int64_t n_pix, std::int64_t lmax = 0)
{
    qube::HarmonicConfig config;
    config.n_pix = n_pix;
    config.n_modes = 1000;
    config.lmax_signal = 64;
    config.lmax = lmax;
    return config;
}

void budgets()
{
    CHECK_THROWS(qube::Budget::harmonic(run(-1)), input, "n_pix is -1");
    CHECK_THROWS(qube::Budget::harmonic(run(3000, 65)), conflict, "lmax is 65");
    CHECK_THROWS(qube::Budget::harmonic(run(std::int64_t{1} << 31)), overflow, "2^63 - 1");
    const qube::Budget budget = qube::Budget::harmonic(run(3000));
    CHECK_THROWS(budget.stage("maps"), unknown_stage,
                 "the stages are: covariance_setup, basis_setup, fisher_run, spectra_run");
    CHECK_THROWS(budget.stages()[4], position, "element 4");
}

void networks()
{
    qube::NetworkBuilder builder;
    CHECK_THROWS(builder.add_index("i", 0), extent, "'i'");
    CHECK_THROWS(builder.add_index("", 3), label, "label");
    builder.add_index("i", 3);
    CHECK_THROWS(builder.add_index("i", 3), duplicate, "'i'");
    CHECK_THROWS(builder.add_tensor("t", {"i", "k"}), unknown_index, "'k'");
    CHECK_THROWS(builder.add_composite("a<i>", "a", 3, {"i"}, {-1}), power_mean, "-1");
    CHECK_THROWS(builder.build(), no_tensors, "tensors");
    CHECK_THROWS(qube::Network::parse("t{i_1", extents()), parse, "character 6");
    CHECK_THROWS(qube::Network::einsum("x", extents()), unknown_space, "'x'");
    CHECK_THROWS(qube::Network::einsum("\xff", extents()), utf8, "UTF-8");
    CHECK_THROWS(qube::Network::from_json("{"), document, "line 1");
    for (int tensor = 0; tensor < 4097; ++tensor) {
        builder.add_tensor("t", {"i"});
    }
    CHECK_THROWS(qube::optimize(builder.build()), too_large, "4097");
    // A NUL inside would end the text early.
    CHECK_THROWS(builder.add_index(std::string("k\0l", 3), 3), parse, "NUL at byte 2");
    CHECK_THROWS(builder.add_tensor("t", {std::string_view("i\0", 2)}), parse, "NUL at byte 2");
}

void policies_and_plans()
{
    qube::Policy policy;
    CHECK_THROWS(policy.batch_space("i", 0), target, "'i' is 0");
    CHECK_THROWS(policy.tile_index("i", -1), target, "'i' is -1");
    CHECK_THROWS(policy.add_index_rule({}), option, "label");
    qube::Options options;
    options.volatile_weight = std::numeric_limits<double>::quiet_NaN();
    const qube::Network network = qube::Network::einsum("ij,j", extents());
    CHECK_THROWS(qube::optimize(network, options), option, "volatile_weight is NaN");
    const qube::Plan plan = qube::optimize(network);
    CHECK_THROWS(plan.verify(qube::Network::einsum("ij", extents())), replay, "");
    qube::Options little;
    little.max_states = 1;
    little.require_optimal = true;
    little.objective = qube::Objective::dense_peak_size;
    CHECK_THROWS(qube::optimize(qube::Network::einsum("ij,ij,i,j,ij,i,j,ij", extents()), little),
                 limit, "max_states");
}

} // namespace

int main()
{
    std::feclearexcept(FE_ALL_EXCEPT);
    budgets();
    networks();
    policies_and_plans();
    // Hosts trap these.
    CHECK(std::fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW) == 0);
    return checks_done();
}
