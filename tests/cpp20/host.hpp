// A coupled-cluster framework in small: what the adapter's tests use in SeQuant's place.
#ifndef QUBE_TEST_HOST_HPP
#define QUBE_TEST_HOST_HPP

#include <algorithm>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <qube_budget/sequant.hpp>

#include "../cpp/check.hpp"

namespace cc {

struct Index {
    std::string name; // without protos
    std::vector<Index> protos = {};
    std::string note = {}; // no part of the label

    bool operator==(const Index &) const = default;

    std::string space() const { return name.substr(0, name.find('_')); }

    inline static int labels_asked = 0;

    std::string label() const
    {
        ++labels_asked;
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

// What SeQuant's EvalSequence is like: a sequence of int that is no std::vector, nor made of one.
class EvalSequence {
public:
    using value_type = int;
    EvalSequence() = default;
    EvalSequence(std::initializer_list<int> entries) : entries_(entries) {}
    void push_back(int entry) { entries_.push_back(entry); }
    bool operator==(const EvalSequence &) const = default;

private:
    std::vector<int> entries_;
};

// Extents by space.
using Extents = std::map<std::string, std::size_t>;

} // namespace cc

template <> struct qube::seq::NetworkTraits<cc::Network> {
    using Index = cc::Index;
    using Tensor = cc::Tensor;
    using EvalSequence = cc::EvalSequence;

    // By value: no std::views, which clang 14 does not compile with libstdc++ 12.
    static std::vector<cc::Tensor> tensors(const cc::Network &network)
    {
        std::vector<cc::Tensor> tensors;
        for (const auto &tensor : network.tensors) {
            tensors.push_back(*tensor);
        }
        return tensors;
    }
    static std::string_view tensor_label(const cc::Tensor &tensor) { return tensor.name; }
    static std::vector<cc::Index> indices(const cc::Tensor &tensor)
    {
        std::vector<cc::Index> indices;
        for (const auto &slots : tensor.slots) {
            indices.insert(indices.end(), slots.begin(), slots.end());
        }
        return indices;
    }
    static std::string index_label(const cc::Index &index) { return index.label(); }
    static std::string index_space(const cc::Index &index) { return index.space(); }
    static const std::vector<cc::Index> &protos(const cc::Index &index) { return index.protos; }
};

#endif
