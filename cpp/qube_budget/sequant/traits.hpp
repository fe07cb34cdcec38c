/// @file
/// The host's network, as NetworkTraits describes it to the adapter.
#ifndef QUBE_BUDGET_SEQUANT_TRAITS_HPP
#define QUBE_BUDGET_SEQUANT_TRAITS_HPP

#if defined(_MSVC_LANG) ? _MSVC_LANG < 202002L : __cplusplus < 202002L
#error "qube_budget/sequant.hpp needs C++20 or newer (-std=c++20); qube_budget.hpp does with C++17"
#endif

#include <concepts>
#include <cstddef>
#include <string>
#include <vector>

namespace qube::seq {

/// The host's network as the adapter sees it. The host specialises this template:
///
///     template <> struct qube::seq::NetworkTraits<MyNetwork> {
///         using Index = MyIndex;   // compares with ==, can be copied
///         using Tensor = MyTensor; // the argument of is_volatile_leaf
///         static const std::vector<MyTensor> &tensors(const MyNetwork &);   // in their order
///         static std::string tensor_label(const MyTensor &);                // `t`
///         static const std::vector<MyIndex> &indices(const MyTensor &);     // slot by slot
///         static std::string index_label(const MyIndex &);                  // `a_1<i_1,i_2>`
///         static std::string index_space(const MyIndex &);                  // `a`
///         static const std::vector<MyIndex> &protos(const MyIndex &);       // none: a plain index
///         // Optional members:
///         using EvalSequence = MySequence;                  // default: std::vector<int>
///         static std::size_t extent(const MyIndex &);       // where idx_to_extent is empty
///         static constexpr bool needs_inner_pow = true;     // refuse composites without inner_pow
///     };
///
/// Each vector may be any range, each reference a value, and each string any UTF-8 text. Inside
/// the braces, name lookup finds qube::seq and qube first.
template <class HostNetwork> struct NetworkTraits;

/// The host's index.
template <class HostNetwork> using IndexOf = typename NetworkTraits<HostNetwork>::Index;

/// The host's tensor.
template <class HostNetwork> using TensorOf = typename NetworkTraits<HostNetwork>::Tensor;

/// A network with complete NetworkTraits.
template <class N>
concept NetworkLike = std::equality_comparable<IndexOf<N>> && std::copyable<IndexOf<N>> &&
                      requires(const N &network, const TensorOf<N> &tensor,
                               const IndexOf<N> &index) {
                          NetworkTraits<N>::tensors(network);
                          std::string(NetworkTraits<N>::tensor_label(tensor));
                          NetworkTraits<N>::indices(tensor);
                          std::string(NetworkTraits<N>::index_label(index));
                          std::string(NetworkTraits<N>::index_space(index));
                          NetworkTraits<N>::protos(index);
                      };

/// Not part of the interface.
namespace priv {

template <class N> struct SequenceOf {
    using type = std::vector<int>;
};
template <class N>
    requires requires { typename NetworkTraits<N>::EvalSequence; }
struct SequenceOf<N> {
    using type = typename NetworkTraits<N>::EvalSequence;
};

} // namespace priv

/// The host's type of a sequence, such as a boost::container::small_vector; std::vector<int> by
/// default. Postfix: tensor numbers in the network's order, and -1 to contract the two results on
/// top of the stack.
template <class HostNetwork> using EvalSequenceOf = typename priv::SequenceOf<HostNetwork>::type;

} // namespace qube::seq

#endif // QUBE_BUDGET_SEQUANT_TRAITS_HPP
