// Networks and policies go to the library and come back as they are in C.
#include "check.hpp"

#include <array>
#include <cmath>
#include <vector>

namespace {

qube::Network composite()
{
    qube::NetworkBuilder builder;
    builder.add_index("i_1", 5).add_index("x", "space of x", 7);
    builder.add_composite("a_1<i_1>", "a", 3, {"i_1"}, {3, 3.5});
    builder.add_tensor("t", {"a_1<i_1>", "i_1"}).add_tensor("f", std::vector<std::string>{"x"});
    builder.add_tensor("s", std::array<const char *, 2>{"x", "x"}).add_tensor("e", {});
    return builder.set_targets({"x", "i_1"}).build();
}

void networks_come_back()
{
    const qube::Network network = composite();
    qube_network_view v = {};
    v.struct_size = sizeof v;
    CHECK(qube_network_get(network.get(), &v) == QUBE_OK);
    const qube_index *i = v.indices;
    for (const qube::NetworkIndex &index : network.indices()) {
        CHECK(index.label == i->label && index.space == i->space && index.extent == i->extent);
        CHECK(index.role == static_cast<qube::Role>(i->role));
        CHECK(index.protos.begin() == i->protos && index.power_means.begin() == i->power_means);
        CHECK(network.number_of(index.label) == i - v.indices);
        ++i;
    }
    CHECK(i - v.indices == 3);
    CHECK(network.indices()[2].protos[0] == 0 && network.indices()[2].power_means[1] == 3.5);
    CHECK(network.indices()[1].space == "space of x");
    CHECK(network.tensors().size() == 4 && network.tensors()[3].indices.empty());
    CHECK(network.tensors()[2].label == "s");
    CHECK((network.tensors()[0].indices.to_vector() == std::vector<std::int64_t>{2, 0}));
    CHECK((network.targets().to_vector() == std::vector<std::int64_t>{0, 1}));
    CHECK_THROWS(network.number_of("y"), unknown_index, "'y'");
    CHECK_THROWS(network.tensors()[4], position, "element 4");
    CHECK_THROWS(network.tensors()[-1], position, "element -1");

    qube::Spaces spaces;
    spaces.add("i", 5).add("a", 3, {3, 3.5});
    const qube::Network parsed = qube::Network::parse("t{a_1<i_1>;i_1}", spaces);
    CHECK(parsed.indices()[1].protos.size() + parsed.indices()[0].protos.size() == 1);
    const qube::Network einsum = qube::Network::einsum("ia,a->i", spaces);
    CHECK(einsum.tensors().size() == 2);
    CHECK((qube::power_means({1, 3}, 2) == std::vector<double>{2, std::sqrt(5.0)}));
}

void policies_come_back()
{
    qube::Spaces spaces;
    spaces.add("i", 100).add("a", 30).add("K", 64);
    const qube::Network network = qube::Network::parse("g{i_1;a_1;K_1} t{a_1;i_2;K_1}", spaces);
    qube::PolicySettings settings;
    CHECK(settings.accumulation_factor == 0 && settings.peak_threshold == 0);
    settings.accumulation_factor = 0.5;
    settings.peak_threshold = 1000;
    settings.persistent_only = true;
    qube::IndexRule rule;
    rule.label = "a_1";
    rule.target = 10;
    rule.tile = 4;
    qube::Policy policy;
    policy.batch_space("K", 7).batch_index("i_2", 50, qube::Role::external).tile_space("K", 3);
    policy.tile_index("i_2", 16).add_index_rule(rule).add_volatile("t").set(settings);
    const qube::Policy copy = policy;
    const auto resolved = copy.resolve(network);
    const auto index = [&](const char *label) { return resolved.index(network.number_of(label)); };
    CHECK(index("K_1").target == 7 && index("K_1").tile == 3 && index("K_1").batch == 6);
    CHECK(index("K_1").batches == 11 && index("K_1").role == qube::Role::contracted);
    CHECK(index("i_2").batch == 48 && index("i_2").role == qube::Role::external);
    CHECK(index("a_1").batch == 8 && index("a_1").is_batchable && !index("i_1").is_batchable);
    CHECK(resolved.indices().size() == 4 && !resolved.is_volatile(0) && resolved.is_volatile(1));
    CHECK(resolved.accumulation_factor() == 0.5 && resolved.peak_threshold() == 1000);
    CHECK(resolved.persistent_only());
    CHECK_THROWS(resolved.index(4), position, "element 4");

    // Documents, and what a copy does not share.
    const std::string text = policy.render(qube::Format::json);
    CHECK(qube::Policy().add_json(text).render(qube::Format::json) == text);
    CHECK(resolved.render(qube::Format::json).find("\"a_1\":10") != std::string::npos);
    CHECK(!policy.render(qube::Format::table).empty());
    policy.add_volatile_tensor(0);
    CHECK(policy.resolve(network).is_volatile(0) && !copy.resolve(network).is_volatile(0));
    qube::TensorRule nothing;
    nothing.label = "t";
    nothing.is_volatile = false;
    CHECK_THROWS(policy.add_tensor_rule(nothing), input, "is_volatile is 0");

    const auto [read, found] = qube::Network::from_json(
        R"({"indices":[{"label":"i","extent":9,"batchable":true,"target":2},
                       {"label":"j","extent":4}],
            "tensors":[{"label":"t","indices":["i","j"],"volatile":true}]})");
    CHECK(read.tensors()[0].label == "t" && found.resolve(read).is_volatile(0));
}

} // namespace

int main()
{
    networks_come_back();
    policies_come_back();
    return checks_done();
}
