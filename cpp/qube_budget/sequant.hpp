/// @file
/// qube_budget for hosts that plan with SeQuant: its names, fields and defaults over
/// qube_budget.hpp. C++20, header only. It does not include SeQuant; the host describes its network
/// in NetworkTraits.
///
///     host's network ─ lower ─ qube::Network + qube::Policy ─ qube::optimize ─ qube::Plan
///     host's evaluator ─ to_sequant ─ qube::Policy;  its tree ─ annotate ─ qube::Plan
///
/// A host passes SeQuant's own OptimizeOptions, BatchPolicy, CostParams and ObjectiveFunction, in
/// the older form or the newer one: the templates take any type with their members. Other hosts use
/// the types of this header.
///
/// Conventions, beside those of qube_budget.hpp:
///  - == tells indices apart; the library knows them by their labels. Two different indices with
///    one label are an Error that names it (Status::duplicate). A composite index therefore has its
///    protos in its label (`a_1<i_1,i_2>`).
///  - The adapter calls labels, spaces and callables while it reads the network, before it calls
///    the library: once for each distinct index, leaf, or index and k. std::hash or hash_value
///    finds distinct indices, else ==. Their exceptions reach the caller unchanged.
///  - All of these calls happen on the calling thread. SeQuant's label() fills a cache without a
///    lock: two threads must not read networks that share Index objects at the same time.
///  - An empty predicate means "none": no batches, no volatile tensors. An empty inner_pow means
///    that all domains of a composite index have one size. An empty idx_to_extent is an Error
///    (Status::input).
#ifndef QUBE_BUDGET_SEQUANT_HPP
#define QUBE_BUDGET_SEQUANT_HPP

// Traits first: they check the standard.
#include "sequant/traits.hpp"

#include "sequant/annotate.hpp"
#include "sequant/costs.hpp"
#include "sequant/extents.hpp"
#include "sequant/forest.hpp"
#include "sequant/lower.hpp"
#include "sequant/lowered.hpp"
#include "sequant/objective.hpp"
#include "sequant/optimize_options.hpp"
#include "sequant/plan.hpp"
#include "sequant/policy.hpp"
#include "sequant/to_sequant.hpp"

/// SeQuant's interface. The name differs from SeQuant's own namespace: a host may open qube beside
/// it.
namespace qube::seq {}

#endif // QUBE_BUDGET_SEQUANT_HPP
