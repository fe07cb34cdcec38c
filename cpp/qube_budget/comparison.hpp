/// @file
/// Comparisons: a budget or a request beside a measured run.
#ifndef QUBE_BUDGET_COMPARISON_HPP
#define QUBE_BUDGET_COMPARISON_HPP

#include <optional>
#include <string>
#include <vector>

#include "budget.hpp"
#include "request.hpp"

namespace qube {

/// A size: predicted, and measured where the run has it.
using Figure = qube_figure;

/// A stage, predicted and measured.
struct StageComparison : qube_stage_comparison {
    /// Takes an element of C.
    /// Takes an element of C.
    explicit StageComparison(const qube_stage_comparison &c)
        : qube_stage_comparison(c), name(c.name)
    {
    }
    std::string_view name; ///< As in the budget.
};

/// A rank, predicted and measured.
struct RankComparison {
    /// Takes an element of C.
    /// Takes an element of C.
    explicit RankComparison(const qube_rank_comparison &c)
        : rank(c.rank), row(c.row), column(c.column), baseline_bytes(c.baseline_bytes),
          stages(c.stages, c.n_stages), lifetime_peak(c.lifetime_peak)
    {
    }
    std::int64_t rank;           ///< -1: the rank that holds least, of a record of all ranks.
    std::int64_t row;            ///< In the grid; -1 without one.
    std::int64_t column;         ///< In the grid; -1 without one.
    std::int64_t baseline_bytes; ///< Before the first stage; -1: not measured.
    Range<StageComparison, qube_stage_comparison> stages; ///< In the budget's order.
    Figure lifetime_peak;                                 ///< The largest of the run.
};

/// A unit of the pipeline's own formulas. A missing array shows as a 1 in one unit.
struct Unit {
    /// Takes an element of C.
    /// Takes an element of C.
    explicit Unit(const qube_unit &c) : symbol(c.symbol), words(c.words), bytes(c.bytes) {}
    std::string_view symbol; ///< "p", "m", "x", ...
    std::string_view words;  ///< As a product: "n_modes^2".
    std::int64_t bytes;      ///< On a grid, a rank's share.
};

/// A figure that differs from its prediction by 2 per cent or more.
struct Difference {
    /// Takes an element of C.
    /// Takes an element of C.
    explicit Difference(const qube_difference &c)
        : stage(c.stage), may_be(c.may_be), bytes(c.bytes), is_peak(c.is_peak != 0)
    {
    }
    std::string_view stage;  ///< "lifetime" for the run.
    /// A candidate: "+4.0 m: four arrays of n_modes^2 that the budget does not name".
    std::string_view may_be;
    std::int64_t bytes; ///< Measured minus predicted.
    bool is_peak;       ///< The figure is the stage's peak, else its end.
};

/// A budget or a request beside a measured run.
class Comparison : public priv::Result<qube_comparison, qube_comparison_view, qube_comparison_get,
                                       qube_comparison_free> {
public:
    /// The stages of the budget, in its order.
    [[nodiscard]] auto stages() const &
    {
        return range<StageComparison>(&View::stages, &View::n_stages);
    }
    void stages() const && = delete;

    /// Measured steps that the prediction lacks.
    [[nodiscard]] auto not_predicted() const &
    {
        return range<std::string_view>(&View::not_predicted, &View::n_not_predicted);
    }
    void not_predicted() const && = delete;

    /// Rank by rank, for several ranks or a grid.
    [[nodiscard]] auto ranks() const &
    {
        return range<RankComparison>(&View::ranks, &View::n_ranks);
    }
    void ranks() const && = delete;

    /// The pipeline's own units.
    [[nodiscard]] auto units() const & { return range<Unit>(&View::units, &View::n_units); }
    void units() const && = delete;

    /// Figures that differ from their prediction, with candidates.
    [[nodiscard]] auto differences() const &
    {
        return range<Difference>(&View::differences, &View::n_differences);
    }
    void differences() const && = delete;

    /// Caveats about this run's figures, line by line.
    [[nodiscard]] auto notes() const &
    {
        return range<std::string_view>(&View::notes, &View::n_notes);
    }
    void notes() const && = delete;

    /// Whether every measured size is within the request; none beside a budget.
    [[nodiscard]] std::optional<bool> within_request() const
    {
        const std::int32_t within = view().within_request;
        return within < 0 ? std::nullopt : std::optional<bool>(within == 1);
    }

    /// The bytes of the first unit, n_pix^2 doubles; 0: none.
    [[nodiscard]] std::int64_t unit_bytes() const { return view().unit_bytes; }
    /// Bytes before the first stage; -1: not measured.
    [[nodiscard]] std::int64_t baseline_bytes() const { return view().baseline_bytes; }
    /// The largest of the run.
    [[nodiscard]] Figure lifetime_peak() const { return view().lifetime_peak; }

    /// Renders a document: table, json, markdown, trace, bars or bars_ascii.
    /// @throws Error option
    [[nodiscard]] std::string render(Format format) const
    {
        return document(qube_comparison_render, format);
    }

private:
    friend class Budget;
    friend class Request;
    template <class Call> explicit Comparison(const Call &call) : Result(call) {}
};

inline Comparison Budget::compare(std::string_view measured) const
{
    const std::string text = priv::c_text(measured, "measured");
    return Comparison(
        [&](qube_comparison **out) { return qube_budget_compare(use(), text.c_str(), out); });
}

namespace priv {

/// Pointers to texts for C. The texts stay in place.
/// @throws Error parse (a NUL inside)
inline std::vector<const char *> c_texts(const std::vector<std::string> &texts, const char *name)
{
    std::vector<const char *> pointers;
    for (const std::string &text : texts) {
        static_cast<void>(c_text(text, name));
        pointers.push_back(text.c_str());
    }
    return pointers;
}

} // namespace priv

inline Comparison Budget::compare(const std::vector<std::string> &measured,
                                  const std::optional<Grid> &grid) const
{
    const auto texts = priv::c_texts(measured, "measured");
    const qube_grid c = priv::in_c(grid.value_or(Grid{}));
    return Comparison([&](qube_comparison **out) {
        return qube_budget_compare_ranks(use(), grid ? &c : nullptr, texts.data(),
                                         static_cast<std::int64_t>(texts.size()), out);
    });
}

inline Comparison Request::compare(const std::vector<std::string> &measured) const
{
    const auto texts = priv::c_texts(measured, "measured");
    return Comparison([&](qube_comparison **out) {
        return qube_request_compare(use(), texts.data(), static_cast<std::int64_t>(texts.size()),
                                    out);
    });
}

} // namespace qube

#endif // QUBE_BUDGET_COMPARISON_HPP
