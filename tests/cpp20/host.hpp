// A coupled-cluster framework in small: what the adapter's tests use in SeQuant's place.
#ifndef QUBE_TEST_HOST_HPP
#define QUBE_TEST_HOST_HPP

#include <algorithm>
#include <map>
#include <memory>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

#include <qube_budget/sequant.hpp>

#include "../c/check.h"

namespace cc {

struct Index {
    std::string name; // without protos
    std::vector<Index> protos = {};
    std::string note = {}; // no part of the label

    bool operator==(const Index &) const = default;

    std::string space() const { return name.substr(0, name.find('_')); }

    std::string label() const
    {
        std::string label = name;
        for (const Index &proto : protos) {
            label += (&proto == protos.data() ? "<" : ",") + proto.name;
        }
        return protos.empty() ? label : label + ">";
    }
};

// Reads `a_1<i_1,i_2>`.
inline Index index(std::string_view text)
{
    const std::size_t begin = text.find('<');
    Index index{std::string(text.substr(0, begin))};
    while (begin != text.npos && text.back() == '>') {
        text.remove_suffix(1);
        for (std::size_t at = begin; at < text.size(); at = text.find(',', at + 1)) {
            const std::size_t end = std::min(text.find(',', at + 1), text.size());
            index.protos.push_back({std::string(text.substr(at + 1, end - at - 1))});
        }
    }
    return index;
}

struct Tensor {
    std::string name;
    std::vector<Index> slots[3] = {}; // bra, ket, aux
};

struct Network {
    std::vector<std::shared_ptr<const Tensor>> tensors;
};

// Reads `g{μ̃_1;i_3;Κ_1} t{a_3<i_2>;i_2}`.
inline Network network(std::string_view text)
{
    Network network;
    while (!text.empty()) {
        const std::size_t open = text.find('{'), close = text.find('}');
        Tensor tensor{std::string(text.substr(0, open))};
        std::size_t part = 0, begin = open + 1;
        bool protos = false;
        for (std::size_t at = begin; at <= close; ++at) {
            protos = text[at] == '<' || (protos && text[at] != '>');
            const bool ends = text[at] == ';' || text[at] == '}' || (text[at] == ',' && !protos);
            if (ends && at > begin) {
                tensor.slots[part].push_back(index(text.substr(begin, at - begin)));
            }
            part += text[at] == ';';
            begin = ends ? at + 1 : begin;
        }
        network.tensors.push_back(std::make_shared<const Tensor>(tensor));
        text.remove_prefix(std::min(text.find_first_not_of(' ', close + 1), text.size()));
    }
    return network;
}

// Extents by space.
using Extents = std::map<std::string, std::size_t>;

} // namespace cc

template <> struct qube::sequant::NetworkTraits<cc::Network> {
    using Index = cc::Index;
    using Tensor = cc::Tensor;

    static auto tensors(const cc::Network &network)
    {
        const auto tensor = [](const auto &pointer) -> const cc::Tensor & { return *pointer; };
        return network.tensors | std::views::transform(tensor);
    }
    static std::string_view tensor_label(const cc::Tensor &tensor) { return tensor.name; }
    static auto indices(const cc::Tensor &tensor) { return tensor.slots | std::views::join; }
    static std::string index_label(const cc::Index &index) { return index.label(); }
    static std::string index_space(const cc::Index &index) { return index.space(); }
    static const std::vector<cc::Index> &protos(const cc::Index &index) { return index.protos; }
};

// The expression throws a qube::Error of this status, with this text in its message.
#define CHECK_THROWS(expression, expected, text)                                                   \
    do {                                                                                           \
        try {                                                                                      \
            static_cast<void>(expression);                                                         \
            CHECK(!"it throws");                                                                   \
        } catch (const qube::Error &error) {                                                       \
            const bool as_expected = error.status() == qube::Status::expected &&                   \
                                     std::string(error.what()).find(text) != std::string::npos;    \
            CHECK(as_expected);                                                                    \
            if (!as_expected) {                                                                    \
                fprintf(stderr, "status %d: ", static_cast<int>(error.status()));                  \
                fprintf(stderr, "%s\n", error.what());                                             \
            }                                                                                      \
        }                                                                                          \
    } while (0)

#endif
