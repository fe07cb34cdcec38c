/// @file
/// The plans of many terms, what they come to together, and what they share.
#ifndef QUBE_BUDGET_MANY_HPP
#define QUBE_BUDGET_MANY_HPP

#include <cstdint>
#include <string_view>
#include <vector>

#include "optimize.hpp"

namespace qube {

/// Where a shared intermediate is met.
using Occurrence = qube_occurrence;

/// An intermediate that terms share.
struct Shared : qube_shared {
    explicit Shared(const qube_shared &c)
        : qube_shared(c), occurrences(c.occurrences, c.n_occurrences)
    {
    }
    Range<Occurrence> occurrences;
};

/// The plans of many terms. Sums are over the terms that have plans.
class Plans : public priv::Result<qube_plans, qube_plans_view, qube_plans_get, qube_plans_free> {
public:
    /// Sums of cost and of unweighted work, and the largest peak.
    [[nodiscard]] double cost() const { return view().cost; }
    [[nodiscard]] double flops() const { return view().flops; }
    [[nodiscard]] double peak_elements() const { return view().peak_elements; }
    /// The first term that has the largest peak; -1 without plans.
    [[nodiscard]] std::int64_t peak_term() const { return view().peak_term; }
    /// What the cost would fall by if each shared intermediate were computed once.
    [[nodiscard]] double savings() const { return view().savings; }

    [[nodiscard]] std::int64_t n_terms() const { return view().n_terms; }
    /// Terms without a plan.
    [[nodiscard]] std::int64_t n_failed() const { return view().n_failed; }

    /// Why a term has no plan; ok: it has one. @throws Error position
    [[nodiscard]] Status status(std::int64_t term) const
    {
        return static_cast<Status>(this->term(term).status);
    }

    /// The plan of a term. @throws Error position; why there is none, as optimize() would
    [[nodiscard]] Plan plan(std::int64_t term) const
    {
        const qube_term_plan found = this->term(term);
        if (found.plan == nullptr) {
            throw Error(static_cast<Status>(found.status), found.message);
        }
        return Plan(found.plan, lender());
    }

    /// Shared intermediates, the largest saving first.
    [[nodiscard]] auto shared() const & { return range<Shared>(&View::shared, &View::n_shared); }
    void shared() const && = delete;

private:
    friend Plans optimize_many(const std::vector<Network> &, const Policy &, const Options &,
                               std::int64_t);

    template <class Call> explicit Plans(const Call &call) : Result(call) {}

    [[nodiscard]] qube_term_plan term(std::int64_t number) const
    {
        const auto v = view();
        return Range<qube_term_plan>(v.terms, v.n_terms)[number];
    }
};

/// Plans every term with one policy and one set of options (qube_optimize_many()); the answer does
/// not depend on num_threads. A term that fails does not end the call.
/// @throws Error option, input, callback (ended by progress), system; what callbacks throw
[[nodiscard]] inline Plans optimize_many(const std::vector<Network> &networks, const Policy &policy,
                                         const Options &options = {}, std::int64_t num_threads = 1)
{
    std::vector<const qube_network *> handles;
    handles.reserve(networks.size());
    for (const Network &network : networks) {
        handles.push_back(network.use());
    }
    const qube_options c = priv::in_c(options);
    return Plans([&](qube_plans **out) {
        return qube_optimize_many(handles.data(), priv::count(handles), policy.use(), &c,
                                  num_threads, out);
    });
}

} // namespace qube

#endif // QUBE_BUDGET_MANY_HPP
