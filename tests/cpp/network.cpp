// Spaces, networks and policies through the C++ header.
#include "check.hpp"

#include <array>

namespace {

void spaces()
{
    qube::Spaces spaces;
    spaces.add("i", 56).add("μ̃", 602).add("a", 12, {12, 13.5});
    CHECK_THROWS(spaces.add("i", 3), duplicate, "space 'i'");
    CHECK_THROWS(spaces.add("j", 0), extent, "space 'j' has extent 0; allowed: 1 or more");
    CHECK_THROWS(spaces.add("b", 12, {12, -1}), power_mean, "power mean 2 of ");
    CHECK_THROWS(spaces.add(std::string_view("j\0k", 3), 3), parse,
                 "space has a NUL at byte 2; allowed: text without NUL");
    CHECK_THROWS(spaces.add("\xff", 3), utf8, "space is not valid UTF-8");
    spaces.add(std::string_view("jkl", 1), 4); // not NUL-terminated

    const qube::Network network = qube::Network::parse("t{a_1<i_1>;i_1,j_1}", spaces);
    CHECK(network.tensor_count() == 1 && network.tensor_label(0) == "t" && network.index_count() == 3);
    CHECK(network.index(2).label == "j_1" && network.index(2).extent == 4);
}

void texts()
{
    const qube::Spaces spaces;
    CHECK_THROWS(qube::Network::parse("t{i_1}", spaces), unknown_space,
                 "index 'i_1' is of space 'i', which has no extent; the spaces are: none");
    CHECK_THROWS(qube::Network::parse("t{i_1", spaces), unknown_space, "i_1");
    CHECK_THROWS(qube::Network::parse("", spaces), no_tensors, "no tensors");
    CHECK_THROWS(qube::Network::parse("t", spaces), parse, "character 2: found the end of the text");
    CHECK_THROWS(qube::Network::parse(std::string("t{}\0u{}", 7), spaces), parse, "text has a NUL at byte 4");

    qube::Spaces letters;
    letters.add("i", 3).add("j", 4).add("k", 5);
    const qube::Network network = qube::Network::einsum("ij,jk->ik", letters);
    CHECK(network.tensor_count() == 2 && network.tensor_label(1) == "jk");
    CHECK_THROWS(qube::Network::einsum("ij,jk->il", letters), unknown_index, "'l'");
    CHECK_THROWS(qube::Network::einsum("ij;jk", letters), parse, "character 3: found ';'");
    CHECK_THROWS(network.tensor_label(2), position, "tensor number 2 does not exist; there are 2");
    CHECK_THROWS(network.index(-1), position, "index number -1");
}

void builder()
{
    qube::NetworkBuilder builder;
    builder.add_index("i_1", 5)
        .add_index("K_1", "aux", 50)
        .add_composite("a_1<i_1>", std::nullopt, 12, {"i_1"}, {12})
        .add_composite("b", "a", 12, {"i_1"})
        .add_tensor("g", {"a_1<i_1>", "K_1"})
        .add_tensor("t", std::vector<std::string>{"K_1", "b"})
        .add_tensor("s", std::array<const char *, 1>{"i_1"})
        .add_tensor("scalar", {});
    CHECK_THROWS(builder.add_index("i_1", 5), duplicate, "index 'i_1'");
    CHECK_THROWS(builder.add_index("j", -2), extent, "extent -2");
    CHECK_THROWS(builder.add_composite("c", "a", 12, {"x"}), unknown_index, "'x'");
    CHECK_THROWS(builder.add_composite("c", "a", 12, {"b"}), document, "composite proto 'b'");
    CHECK_THROWS(builder.add_composite("c", "a", 12, {"i_1"}, {0}), power_mean, "'c'");
    CHECK_THROWS(builder.add_tensor("u", {"x"}), unknown_index, "tensor 'u' names index 'x'");
    CHECK_THROWS(builder.add_tensor("u", {std::string_view("i_1\0", 4)}), parse,
                 "indices has a NUL at byte 4");
    CHECK_THROWS(builder.set_targets({"i_1", "i_1"}), duplicate, "target 'i_1'");
    CHECK_THROWS(qube::NetworkBuilder().build(), no_tensors, "no tensors");

    const qube::Network network = builder.build();
    CHECK(network.tensor_count() == 4 && network.tensor_label(3) == "scalar");
    CHECK(network.index_count() == 4 && network.index(1).extent == 50);
    const qube::Network again = builder.set_targets({"K_1"}).build();
    CHECK(again.tensor_count() == 4);

    // The space that was given is the one that a policy names.
    qube::BatchPolicy policy;
    policy.batch_space("aux", 7).batch_space("K", 9);
    CHECK(policy.target(network, "K_1") == 7);
}

void policies()
{
    qube::Spaces letters;
    letters.add("i", 3).add("K", 50);
    const qube::Network network = qube::Network::einsum("iK,K->i", letters);
    qube::BatchPolicy policy;
    CHECK(policy.target(network, "K") == std::nullopt && !policy.is_volatile(network, 1));
    policy.batch_space("K", 7).add_volatile("K").set_persistent_only(true).set_accumulation_factor(1);
    CHECK(policy.target(network, "K") == 7 && policy.target(network, "i") == std::nullopt);
    CHECK(policy.is_volatile(network, 1) && !policy.is_volatile(network, 0));
    policy.batch_index("K", 5);
    const qube::BatchPolicy &reader = policy;
    CHECK(reader.target(network, "K") == 5);

    CHECK_THROWS(policy.batch_space("K", 0), target, "batch target size of space 'K' is 0");
    CHECK_THROWS(policy.batch_index("K", -1), target, "batch target size of index 'K' is -1");
    CHECK_THROWS(policy.set_accumulation_factor(-1), option, "accumulation_factor is -1");
    CHECK_THROWS(policy.target(network, "k"), unknown_index, "'k', which is not there; the indices are: i, K");
    CHECK_THROWS(policy.is_volatile(network, 2), position, "tensor number 2");
    CHECK_THROWS(policy.add_volatile(std::string_view("\0", 1)), parse, "label has a NUL at byte 1");
}

void documents()
{
    const auto [network, policy] = qube::Network::from_json(
        R"({"indices":[{"label":"i","extent":3},{"label":"K","extent":50,"batchable":true,"target":5}],
            "tensors":[{"label":"t","indices":["i","K"],"volatile":true},{"label":"g","indices":["K"]}]})");
    CHECK(network.tensor_count() == 2 && network.index(1).extent == 50);
    CHECK(policy.target(network, "K") == 5 && policy.is_volatile(network, 0));
    CHECK_THROWS(qube::Network::from_json("{\"indices\":[],\n}"), document, "line 2 column");
    CHECK_THROWS(qube::Network::from_json(R"({"indices":[],"tensors":[]})"), no_tensors, "no tensors");
    CHECK_THROWS(qube::Network::from_json(
                     R"({"indices":[{"label":"i","extent":3,"batchable":true}],"tensors":[]})"),
                 target, "index 'i' is missing");
    CHECK_THROWS(qube::Network::from_json(std::string_view("{}\0", 3)), parse, "text has a NUL at byte 3");
}

} // namespace

int main()
{
    CHECK((qube::power_means({1, 7}, 2) == std::vector<double>{4, 5}));
    CHECK_THROWS(qube::power_means({3, -2}, 2), power_mean, "is -2; allowed: 0 or more");
    CHECK_THROWS(qube::power_means({3}, -1), input, "n_means is -1");
    spaces();
    texts();
    builder();
    policies();
    documents();
    return checks_done();
}
