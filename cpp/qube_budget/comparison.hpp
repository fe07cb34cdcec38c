/// @file
/// A budget beside what a run of it measured.
#ifndef QUBE_BUDGET_COMPARISON_HPP
#define QUBE_BUDGET_COMPARISON_HPP

#include "budget.hpp"

namespace qube {

/// One size, predicted and perhaps measured.
using Figure = qube_figure;

/// A stage, predicted and measured.
struct StageComparison : qube_stage_comparison {
    explicit StageComparison(const qube_stage_comparison &c)
        : qube_stage_comparison(c), name(c.name)
    {
    }
    std::string_view name;
};

/// A budget beside what a run of it measured.
class Comparison : public priv::Result<qube_comparison, qube_comparison_view, qube_comparison_get,
                                       qube_comparison_free> {
public:
    /// The stages of the budget, in its order.
    [[nodiscard]] auto stages() const &
    {
        return range<StageComparison>(&View::stages, &View::n_stages);
    }
    void stages() const && = delete;

    /// Steps that were measured and have no published sum.
    [[nodiscard]] auto not_predicted() const &
    {
        return range<std::string_view>(&View::not_predicted, &View::n_not_predicted);
    }
    void not_predicted() const && = delete;

    /// n_pix^2 doubles.
    [[nodiscard]] std::int64_t unit_bytes() const { return view().unit_bytes; }
    /// What the process held before the first stage; -1: not measured.
    [[nodiscard]] std::int64_t baseline_bytes() const { return view().baseline_bytes; }
    /// The largest of the run.
    [[nodiscard]] Figure lifetime_peak() const { return view().lifetime_peak; }

    /// table or json. @throws Error option
    [[nodiscard]] std::string render(Format format) const
    {
        return document(qube_comparison_render, format);
    }

private:
    friend class Budget;
    template <class Call> explicit Comparison(const Call &call) : Result(call) {}
};

inline Comparison Budget::compare(std::string_view measured) const
{
    const std::string text = priv::c_text(measured, "measured");
    return Comparison(
        [&](qube_comparison **out) { return qube_budget_compare(use(), text.c_str(), out); });
}

} // namespace qube

#endif // QUBE_BUDGET_COMPARISON_HPP
