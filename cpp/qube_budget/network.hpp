/// @file
/// Networks: the tensors of one term; their builder, and tables of extents.
#ifndef QUBE_BUDGET_NETWORK_HPP
#define QUBE_BUDGET_NETWORK_HPP

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "handle.hpp"

namespace qube {

struct Case;

/// The role of an index in a network.
enum class Role : std::int32_t {
    contracted = QUBE_ROLE_CONTRACTED, ///< Summed at some contraction.
    external = QUBE_ROLE_EXTERNAL,     ///< Open in the result.
};

/// A list of labels: `{"i_1", "i_2"}`, or any range of texts. Copies them.
class Labels {
public:
    /// Copies labels in braces.
    Labels(std::initializer_list<std::string_view> labels) { copy(labels); }

    /// Copies labels of a range.
    template <class Texts,
              class = std::enable_if_t<!std::is_convertible_v<const Texts &, std::string_view>>,
              class = std::enable_if_t<std::is_convertible_v<
                  decltype(*std::begin(std::declval<const Texts &>())), std::string_view>>>
    Labels(const Texts &labels)
    {
        copy(labels);
    }

    /// Pointers for C, valid as long as this object.
    /// @throws Error parse (a NUL inside)
    [[nodiscard]] std::vector<const char *> pointers(const char *name) const
    {
        std::vector<const char *> pointers;
        pointers.reserve(ends_.size());
        std::size_t begin = 0;
        for (const std::size_t end : ends_) {
            if (text_.find('\0', begin) != end) {
                static_cast<void>(
                    priv::c_text({text_.data() + begin, end - begin}, name)); // throws
            }
            pointers.push_back(text_.data() + begin);
            begin = end + 1;
        }
        return pointers;
    }

private:
    template <class Texts> void copy(const Texts &labels)
    {
        for (const std::string_view label : labels) {
            text_.append(label);
            ends_.push_back(text_.size());
            text_.push_back('\0');
        }
    }

    std::string text_; // each followed by a NUL
    std::vector<std::size_t> ends_;
};

/// An index of a network.
struct NetworkIndex : qube_index {
    /// Takes an element of C.
    /// Takes an element of C.
    explicit NetworkIndex(const qube_index &c)
        : qube_index(c), label(c.label), space(c.space), protos(c.protos, c.n_protos),
          power_means(c.power_means, c.n_power_means), role(static_cast<Role>(c.role))
    {
    }
    std::string_view label;     ///< With the protos: `a_1<i_1,i_2>`.
    std::string_view space;     ///< The name of its space.
    Range<std::int64_t> protos; ///< Numbers of the indices that its extent depends on.
    Range<double> power_means;  ///< Of its domain sizes, from order 1.
    Role role;                  ///< In this network.
};

/// A tensor of a network.
struct NetworkTensor {
    /// Takes an element of C.
    /// Takes an element of C.
    explicit NetworkTensor(const qube_tensor &c) : label(c.label), indices(c.indices, c.n_indices)
    {
    }
    std::string_view label;      ///< May repeat in the network.
    Range<std::int64_t> indices; ///< Numbers of the indices, slot by slot.
};

/// A composite index, as a callback sees it. Texts are valid during the call.
struct CompositeFacts {
    std::string_view label; ///< With the protos: `a_1<i_1,i_2>`.
    std::string_view space; ///< The name of its space.
    std::int64_t extent;    ///< Mean domain size, elements.
};

/// (index, k): the k-th power mean of its domain sizes (qube_inner_pow_callback).
using InnerPow = std::function<double(const CompositeFacts &index, std::int64_t k)>;

/// Not part of the interface.
namespace priv {

inline std::int32_t inner_pow(void *user, const char *label, const char *space, std::int64_t extent,
                              std::int64_t k, double *mean) noexcept
{
    return Parked::guarded([&] {
        *mean = (*static_cast<const InnerPow *>(user))(CompositeFacts{label, space, extent}, k);
        return true;
    });
}

/// The size of a container as int64_t.
template <class T> std::int64_t count(const T &items)
{
    return static_cast<std::int64_t>(items.size());
}

} // namespace priv

/// Power means of order 1 to n of domain sizes, elements (qube_power_means()).
/// @throws Error power_mean, input
[[nodiscard]] inline std::vector<double> power_means(const std::vector<std::int64_t> &domains,
                                                     std::int64_t n)
{
    priv::check_abi();
    std::vector<double> means(n < 0 || n > 1024 ? 0 : static_cast<std::size_t>(n));
    priv::check(qube_power_means(domains.data(), priv::count(domains), means.data(), n));
    return means;
}

/// A table of extents by space: `i` 56, `μ̃` 602, ... In einsum texts a space is a letter.
class Spaces {
public:
    /// An empty table.
    Spaces() : handle_(priv::make<qube_spaces, qube_spaces_free>(qube_spaces_create)) {}

    /// Adds a space.
    /// @param space        its name
    /// @param extent       elements; mean domain size of its composite indices
    /// @param power_means  of composite indices; empty: all domains have one size
    /// @throws Error label, extent, power_mean, duplicate
    Spaces &add(std::string_view space, std::int64_t extent,
                const std::vector<double> &power_means = {})
    {
        const std::string name = priv::c_text(space, "space");
        priv::check(qube_spaces_add(handle_.use("Spaces"), name.c_str(), extent, power_means.data(),
                                    priv::count(power_means)));
        return *this;
    }

    /// Sets the callback for power means of spaces without them. The library calls it when it reads
    /// a term. Empty: no callback.
    Spaces &set_inner_pow(InnerPow inner_pow)
    {
        auto owned = priv::owned(std::move(inner_pow));
        priv::check(qube_spaces_set_inner_pow_callback(handle_.use("Spaces"),
                                                       owned ? priv::inner_pow : nullptr,
                                                       owned.get(), priv::drop<InnerPow>));
        static_cast<void>(owned.release()); // the library's from now on
        return *this;
    }

    /// The handle for calls of the C interface.
    /// @throws Error null_pointer
    [[nodiscard]] const qube_spaces *use() const { return handle_.use("Spaces"); }

private:
    priv::Owner<qube_spaces, qube_spaces_free> handle_;
};

/// The network of one term: indices, tensors, and the indices open in the result.
class Network
    : public priv::Result<qube_network, qube_network_view, qube_network_get, qube_network_free> {
public:
    /// Reads a term in SeQuant's notation: `g{i_1;a_1;Κ_1} t{a_1;i_2}` (qube_network_parse()).
    /// @throws Error parse, unknown_space, no_tensors, duplicate, power_mean
    [[nodiscard]] static Network parse(std::string_view text, const Spaces &spaces)
    {
        const std::string c = priv::c_text(text, "text");
        return Network(
            [&](qube_network **out) { return qube_network_parse(c.c_str(), spaces.use(), out); });
    }

    /// Reads an einsum expression: `ijk,kl->ijl` (qube_network_einsum()).
    /// @throws Error parse, unknown_space, no_tensors, unknown_index, duplicate
    [[nodiscard]] static Network einsum(std::string_view text, const Spaces &letters)
    {
        const std::string c = priv::c_text(text, "text");
        return Network(
            [&](qube_network **out) { return qube_network_einsum(c.c_str(), letters.use(), out); });
    }

    /// Reads a JSON document with its batches (qube_network_from_json()). In policy.hpp.
    /// @throws Error document, target, and those of the builder
    [[nodiscard]] static Case from_json(std::string_view text);

    /// The indices, with those that are only protos. Other members refer to their numbers.
    [[nodiscard]] auto indices() const &
    {
        return range<NetworkIndex>(&View::indices, &View::n_indices);
    }
    void indices() const && = delete;

    /// The tensors.
    [[nodiscard]] auto tensors() const &
    {
        return range<NetworkTensor>(&View::tensors, &View::n_tensors);
    }
    void tensors() const && = delete;

    /// Numbers of the indices open in the result.
    [[nodiscard]] auto targets() const &
    {
        return range<std::int64_t>(&View::targets, &View::n_targets);
    }
    void targets() const && = delete;

    /// The network's document sets this for Options::bytes_per_element; 0: it does not.
    [[nodiscard]] std::int64_t bytes_per_element() const { return view().bytes_per_element; }

    /// The number of an index.
    /// @throws Error unknown_index
    [[nodiscard]] std::int64_t number_of(std::string_view label) const
    {
        std::int64_t number = 0;
        for (const NetworkIndex &index : indices()) {
            if (index.label == label) {
                return number;
            }
            ++number;
        }
        throw Error(Status::unknown_index, "index '" + std::string(label) +
                                               "' is not in the network; give one of it");
    }

    /// The handle for calls of the C interface.
    /// @throws Error null_pointer
    using Result::use;

private:
    friend class NetworkBuilder;
    template <class Call> explicit Network(const Call &call) : Result(call) {}
};

/// Collects the indices and tensors of a network.
class NetworkBuilder {
public:
    /// An empty network.
    NetworkBuilder()
        : handle_(priv::make<qube_network_builder, qube_network_builder_free>(
              qube_network_builder_create))
    {
    }

    /// Adds a plain index. Its label begins with its space.
    /// @throws Error label, extent, duplicate
    NetworkBuilder &add_index(std::string_view label, std::int64_t extent)
    {
        return add_plain(label, nullptr, extent);
    }

    /// Adds a plain index of a space.
    /// @throws Error label, extent, duplicate
    NetworkBuilder &add_index(std::string_view label, std::string_view space, std::int64_t extent)
    {
        return add_plain(label, priv::c_text(space, "space").c_str(), extent);
    }

    /// Adds a composite index of a space.
    /// @param label        unique, with the protos
    /// @param space        the name of its space
    /// @param extent       mean domain size, elements
    /// @param protos       labels of earlier indices
    /// @param power_means  of its domain sizes; empty: those of the callback, else the extent
    /// @throws Error label, extent, power_mean, duplicate, unknown_index, document
    NetworkBuilder &add_composite(std::string_view label, std::string_view space,
                                  std::int64_t extent, const Labels &protos,
                                  const std::vector<double> &power_means = {})
    {
        const std::vector<const char *> names = protos.pointers("protos");
        priv::check(qube_network_builder_add_composite(
            use(), priv::c_text(label, "label").c_str(), priv::c_text(space, "space").c_str(),
            extent, names.data(), priv::count(names), power_means.data(),
            priv::count(power_means)));
        return *this;
    }

    /// Adds a tensor with the labels of the indices in its slots.
    /// @throws Error unknown_index
    NetworkBuilder &add_tensor(std::string_view label, const Labels &indices)
    {
        const std::vector<const char *> names = indices.pointers("indices");
        priv::check(qube_network_builder_add_tensor(use(), priv::c_text(label, "label").c_str(),
                                                    names.data(), priv::count(names)));
        return *this;
    }

    /// Sets the indices open in the result. Default: those in exactly one slot.
    /// @throws Error unknown_index, duplicate
    NetworkBuilder &set_targets(const Labels &targets)
    {
        const std::vector<const char *> names = targets.pointers("targets");
        priv::check(qube_network_builder_set_targets(use(), names.data(), priv::count(names)));
        return *this;
    }

    /// Sets the callback for power means of composite indices without them. build() calls it.
    /// Empty: no callback.
    NetworkBuilder &set_inner_pow(InnerPow inner_pow)
    {
        auto owned = priv::owned(std::move(inner_pow));
        priv::check(qube_network_builder_set_inner_pow_callback(
            use(), owned ? priv::inner_pow : nullptr, owned.get(), priv::drop<InnerPow>));
        static_cast<void>(owned.release()); // the library's from now on
        return *this;
    }

    /// Builds the network. The builder does not change.
    /// @throws Error no_tensors, unknown_index, power_mean; any exception of a callback
    [[nodiscard]] Network build() const
    {
        return Network([&](qube_network **out) { return qube_network_builder_build(use(), out); });
    }

private:
    [[nodiscard]] qube_network_builder *use() const { return handle_.use("NetworkBuilder"); }

    NetworkBuilder &add_plain(std::string_view label, const char *space, std::int64_t extent)
    {
        priv::check(qube_network_builder_add_index(use(), priv::c_text(label, "label").c_str(),
                                                   space, extent));
        return *this;
    }

    priv::Owner<qube_network_builder, qube_network_builder_free> handle_;
};

} // namespace qube

#endif // QUBE_BUDGET_NETWORK_HPP
