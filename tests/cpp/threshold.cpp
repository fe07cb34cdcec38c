// What a plan says where loops were opened for a threshold on the peak, through the C++ header. The
// numbers are those of tests/c/threshold.c.
#include "check.hpp"

namespace {

qube::Plan plan_within(const std::string &threshold, qube::Objective objective)
{
    qube::Spaces letters;
    letters.add("i", 10).add("p", 10).add("K", 100).add("j", 100).add("l", 10);
    const qube::Network network = qube::Network::einsum("ip,pK,Kj,jl->il", letters);
    const qube::BatchPolicy policy = qube::BatchPolicy::from_json(
        R"({"schema":"qube-policy/1","spaces":{"K":10,"j":10},"external_spaces":{"i":5},)"
        R"("peak_threshold":)" + threshold + "}");
    qube::Options options;
    options.objective = objective;
    return qube::optimize(network, policy, options);
}

bool is_loop(const qube::Loop &loop, const char *index, std::int64_t batch, std::int64_t batches,
             qube::Role role)
{
    return loop.index == index && loop.batch == batch && loop.batches == batches && loop.role == role;
}

void nothing_fits()
{
    const qube::Plan plan = plan_within("1000", qube::Objective::DenseSpaceTimeBatched);
    CHECK(plan.summary().objective == qube::Objective::DenseSpaceTimeBatched);
    const std::vector<qube::Node> nodes = plan.nodes();
    CHECK((nodes.at(2).nest == std::vector<std::string>{"i", "j", "K"}));
    CHECK(nodes.at(2).repetitions == 10 && nodes.at(2).cost == 10 * nodes.at(2).flops);
    CHECK(nodes.at(0).repetitions == 1 && nodes.at(4).repetitions == 1);
    const std::vector<qube::Loop> &root = nodes.at(6).loops;
    CHECK(root.size() == 2 && is_loop(root.at(0), "i", 5, 2, qube::Role::External));
    CHECK(is_loop(root.at(1), "j", 10, 10, qube::Role::Contracted));

    const std::vector<qube::Alive> &alive = nodes.at(2).alive;
    const std::vector<std::int64_t> numbers = {0, 1, 4, 2, 5, 3, 6};
    CHECK(alive.size() == numbers.size());
    double sum = 0;
    for (std::size_t k = 0; k < alive.size(); ++k) {
        CHECK(alive[k].number == numbers[k]);
        sum += alive[k].elements;
    }
    CHECK(sum == nodes.at(2).live && alive.at(0).elements == 50 && alive.at(6).elements == 100);

    const std::optional<qube::Infeasible> found = plan.infeasible();
    CHECK(found && found->threshold_bytes == 1000 && found->least_peak == 550);
    CHECK(found && found->least_peak_bytes == 8 * 550 && found->finest_peak == 130.0);
    CHECK(found && found->finest_peak_bytes == 8 * 130 && found->loops.size() == 3);
    CHECK(found && is_loop(found->loops.at(1), "i", 5, 2, qube::Role::External));
    // It comes back from bytes as it was.
    const std::optional<qube::Infeasible> again = qube::Plan::from_bytes(plan.to_bytes()).infeasible();
    CHECK(again && again->least_peak == 550 && again->loops.size() == 3);
}

void it_fits()
{
    const qube::Plan plan = plan_within("4400", qube::Objective::DenseSpaceTimeBatched);
    CHECK(!plan.infeasible() && plan.peak_bytes() == 4400);
    CHECK(plan_within("4399", qube::Objective::DenseTimeSpaceBatched).infeasible().has_value());
    for (const qube::Node &node : plan_within("null", qube::Objective::DenseTimeSpaceBatched).nodes()) {
        CHECK(node.loops.empty() && node.repetitions == 1 && !node.alive.empty());
    }
}

// From 2^53 elements on no bytes are given, rather than rounded ones.
void beyond_what_a_double_counts()
{
    const qube::BatchPolicy policy =
        qube::BatchPolicy::from_json(R"({"schema":"qube-policy/1","peak_threshold":1})");
    const std::int64_t last = (std::int64_t{1} << 53) - 1;
    for (const std::int64_t extent : {last, last + 1, last + 2, std::int64_t{INT64_MAX}}) {
        qube::Spaces letters;
        letters.add("i", extent);
        qube::Options options;
        options.objective = qube::Objective::DenseTimeSpaceBatched;
        const qube::Plan plan =
            qube::optimize(qube::Network::einsum("i->i", letters), policy, options);
        const std::optional<qube::Infeasible> found = plan.infeasible();
        CHECK(found && found->least_peak == static_cast<double>(extent));
        CHECK(found && found->least_peak_bytes.has_value() == (extent == last));
        CHECK(found && found->least_peak_bytes.value_or(8 * last) == 8 * last);
        if (extent != last) {
            CHECK_THROWS(static_cast<void>(plan.peak_bytes()), overflow, "2^53");
        }
    }
}

} // namespace

int main()
{
    nothing_fits();
    it_fits();
    beyond_what_a_double_counts();
    return checks_done();
}
