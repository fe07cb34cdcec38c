/// @file
/// Plans of many terms, with their sums and shared intermediates.
#ifndef QUBE_BUDGET_MANY_HPP
#define QUBE_BUDGET_MANY_HPP

#include <cstdint>
#include <string_view>
#include <vector>

#include "optimize.hpp"

namespace qube {

/// A term, and the node of its plan that is a shared intermediate.
using Occurrence = qube_occurrence;

/// An intermediate that terms share.
struct Shared : qube_shared {
    /// Takes an element of C.
    /// Takes an element of C.
    explicit Shared(const qube_shared &c)
        : qube_shared(c), occurrences(c.occurrences, c.n_occurrences)
    {
    }
    Range<Occurrence> occurrences; ///< In the order of the terms.
};

/// The plans of many terms. Sums run over the terms with plans.
class Plans : public priv::Result<qube_plans, qube_plans_view, qube_plans_get, qube_plans_free> {
public:
    /// Sum of the costs.
    [[nodiscard]] double cost() const { return view().cost; }
    /// Sum of the unweighted work, multiply-add pairs.
    [[nodiscard]] double flops() const { return view().flops; }
    /// The largest peak, elements.
    [[nodiscard]] double peak_elements() const { return view().peak_elements; }
    /// The first term with the largest peak; -1 without plans.
    [[nodiscard]] std::int64_t peak_term() const { return view().peak_term; }
    /// The decrease of the cost if each shared intermediate were computed once.
    [[nodiscard]] double savings() const { return view().savings; }

    /// The number of terms.
    [[nodiscard]] std::int64_t n_terms() const { return view().n_terms; }
    /// The number of terms without a plan.
    [[nodiscard]] std::int64_t n_failed() const { return view().n_failed; }

    /// The reason why a term has no plan; ok: it has one.
    /// @throws Error position
    [[nodiscard]] Status status(std::int64_t term) const
    {
        return static_cast<Status>(this->term(term).status);
    }

    /// The plan of a term.
    /// @throws Error position; for a term without a plan, as optimize()
    [[nodiscard]] Plan plan(std::int64_t term) const
    {
        const qube_term_plan found = this->term(term);
        if (found.plan == nullptr) {
            throw Error(static_cast<Status>(found.status), found.message);
        }
        return Plan(found.plan, lender());
    }

    /// Shared intermediates, largest saving first.
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

/// Plans every term with one policy and one set of options (qube_optimize_many()). A term that
/// fails does not end the call.
/// @param networks     the terms
/// @param policy       for all terms
/// @param options      for all terms
/// @param num_threads  threads that compute, 1 to 1024; the answer does not depend on it
/// @throws Error option, input, callback (ended by progress), system; any exception of a callback
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
