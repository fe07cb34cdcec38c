/// @file
/// The host's own cost models, and optimization under one.
#ifndef QUBE_BUDGET_CUSTOM_HPP
#define QUBE_BUDGET_CUSTOM_HPP

#include <cstdint>
#include <new>
#include <type_traits>

#include "optimize.hpp"

namespace qube {

/// A tensor of the network, for a cost model.
using LeafFacts = qube_leaf_facts;

/// A contraction of two operands, for a cost model.
using ContractionFacts = qube_contraction_facts;

/// A search under a model. Not part of the interface.
class CustomSearch {
public:
    /// Runs the search with C callbacks around the model.
    template <class Model> static Plan run(const Network &network, const qube_policy *policy,
                                           Model &model, const Options &options)
    {
        using S = State<Model>;
        static_assert(std::is_trivially_copyable_v<S>, "State must be trivially copyable");
        static_assert(sizeof(S) <= 4096, "State must have at most 4096 bytes");
        static_assert(alignof(S) <= 16, "State must not be aligned to more than 16 bytes");
        const qube_options o = priv::in_c(options);
        qube_cost_model c = {};
        c.struct_size = sizeof c;
        c.state_size = sizeof(S);
        c.user = const_cast<std::remove_const_t<Model> *>(&model);
        c.leaf = leaf<Model>;
        c.combine = combine<Model>;
        c.compare = compare<Model>;
        c.value = value<Model>;
        return Plan([&](qube_plan **out) {
            return qube_optimize_custom(network.use(), policy, &o, &c, out);
        });
    }

private:
    template <class Model> using State = typename std::remove_const_t<Model>::State;

    template <class Model> static const State<Model> &at(const void *state) noexcept
    {
        return *static_cast<const State<Model> *>(state);
    }

    template <class Model> static Model &model(void *user) noexcept
    {
        return *static_cast<Model *>(user);
    }

    template <class Model>
    static std::int32_t leaf(void *user, const qube_leaf_facts *c, void *state) noexcept
    {
        return priv::Parked::guarded([&] {
            ::new (state) State<Model>(model<Model>(user).leaf(*c));
            return true;
        });
    }

    template <class Model> static std::int32_t combine(void *user, const qube_contraction_facts *c,
                                                       const void *left, const void *right,
                                                       void *state) noexcept
    {
        return priv::Parked::guarded([&] {
            ::new (state)
                State<Model>(model<Model>(user).combine(*c, at<Model>(left), at<Model>(right)));
            return true;
        });
    }

    template <class Model> static std::int32_t compare(void *user, const void *a, const void *b,
                                                       std::int32_t *order) noexcept
    {
        return priv::Parked::guarded([&] {
            Model &by = model<Model>(user);
            if (by.less(at<Model>(a), at<Model>(b))) {
                *order = -1;
            } else {
                *order = by.less(at<Model>(b), at<Model>(a)) ? 1 : 0;
            }
            return true;
        });
    }

    template <class Model>
    static std::int32_t value(void *user, const void *state, double *cost) noexcept
    {
        return priv::Parked::guarded([&] {
            *cost = model<Model>(user).value(at<Model>(state));
            return true;
        });
    }
};

/// Finds the best plan of a network of at most 16 tensors under the host's cost model, on the
/// calling thread. qube_optimize_custom() lists the parts of the policy and the options that count.
/// The model is any object, const or not, with
///
///     using State = ...; // of a set of tensors: trivially copyable, at most 4096 bytes
///     State leaf(const qube::LeafFacts &);
///     State combine(const qube::ContractionFacts &, const State &left, const State &right);
///     bool less(const State &a, const State &b); // a is better; both are of the same set
///     double value(const State &);               // a finite number; called once, for the plan
///
/// The search keeps one best state for each set, so combine must be monotone: a better state of an
/// operand never makes a worse state of the result. An exception of the model ends the search and
/// reaches the caller.
/// @throws Error as optimize(); too_large (all states together); callback (the value is not finite)
template <class Model> [[nodiscard]] Plan optimize_custom(const Network &network,
                                                          const Policy &policy, Model &&model,
                                                          const Options &options = {})
{
    return CustomSearch::run(network, policy.use(), model, options);
}

/// optimize_custom() without a policy: no tensor is volatile.
template <class Model> [[nodiscard]] Plan optimize_custom(const Network &network, Model &&model,
                                                          const Options &options = {})
{
    return CustomSearch::run(network, nullptr, model, options);
}

} // namespace qube

#endif // QUBE_BUDGET_CUSTOM_HPP
