/// @file
/// Fits: a run against the memory of its nodes, and the question turned around.
#ifndef QUBE_BUDGET_FIT_HPP
#define QUBE_BUDGET_FIT_HPP

#include <optional>

#include "budget.hpp"
#include "request.hpp"

namespace qube {

/// What a single change is.
enum class ChangeKind : std::int32_t {
    release_projector = QUBE_CHANGE_RELEASE_PROJECTOR,
    best_grid = QUBE_CHANGE_BEST_GRID,
    no_derivative_cache = QUBE_CHANGE_NO_DERIVATIVE_CACHE,
    maps = QUBE_CHANGE_MAPS,
    no_inverse_check = QUBE_CHANGE_NO_INVERSE_CHECK,
    newest_release = QUBE_CHANGE_NEWEST_RELEASE,
    ranks_per_node = QUBE_CHANGE_RANKS_PER_NODE,
    nodes = QUBE_CHANGE_NODES,
    other_path = QUBE_CHANGE_OTHER_PATH,
    n_bins = QUBE_CHANGE_N_BINS,
    parameter = QUBE_CHANGE_PARAMETER, ///< A pipeline's, at a price.
};

/// How an inverse question ends.
enum class LargestKind : std::int32_t {
    value = QUBE_LARGEST_VALUE, ///< One value is the last that fits.
    none = QUBE_LARGEST_NONE,   ///< Not even the least value fits.
    any = QUBE_LARGEST_ANY,     ///< Every value fits.
};

/// A single change that makes a run smaller.
struct Change : qube_change {
    explicit Change(const qube_change &c)
        : qube_change(c), words(c.words), parameter(priv::text(c.parameter)), kind(static_cast<ChangeKind>(c.kind))
    {
    }
    std::string_view words;
    std::string_view parameter; ///< Of a pipeline; "" where none is changed.
    ChangeKind kind;
};

/// One of QUBE's paths through a survey.
struct PathFit : qube_path {
    explicit PathFit(const qube_path &c) : qube_path(c), path(static_cast<Path>(c.path)) {}
    Path path;
};

/// Where a run is over the limit first.
struct Over {
    std::int64_t stage;          ///< The first stage in which a node is over.
    std::string_view stage_name; ///< Its name.
    std::int64_t stage_bytes;    ///< By how much.
    std::string_view term_name;  ///< The term that takes it over, "baseline", "input" or "margin".
    std::int64_t term_bytes;     ///< What one copy has of that.
};

/// A run on its nodes, against the memory that each of them has.
class Fit : public priv::Result<qube_fit, qube_fit_view, qube_fit_get, qube_fit_free> {
public:
    [[nodiscard]] bool fits() const { return view().fits != 0; }
    [[nodiscard]] std::int64_t limit_bytes() const { return view().limit_bytes; }
    /// What a node leaves of the limit; negative: it is over.
    [[nodiscard]] std::int64_t spare_bytes() const { return view().spare_bytes; }
    /// The answer, and what to change, in a sentence each; no advice is "".
    [[nodiscard]] std::string message() const { return view().message; }
    [[nodiscard]] std::string advice() const { return view().advice; }

    /// Where the run is over; none if it fits.
    [[nodiscard]] std::optional<Over> over() const &
    {
        const auto v = view();
        if (v.stage < 0) {
            return std::nullopt;
        }
        return Over{v.stage, v.stage_name, v.stage_over_bytes, v.term_name, v.term_bytes};
    }
    void over() const && = delete;

    /// Single changes that the run admits, the cheapest first.
    [[nodiscard]] auto changes() const & { return range<Change>(&View::changes, &View::n_changes); }
    void changes() const && = delete;

    /// The first change that makes it fit.
    [[nodiscard]] std::optional<Change> cheapest() const &
    {
        const std::int64_t number = view().cheapest;
        return number < 0 ? std::nullopt : std::optional<Change>(changes()[number]);
    }
    void cheapest() const && = delete;

    /// QUBE's harmonic and pixel-direct path, where the run tells the sizes of both.
    [[nodiscard]] auto paths() const & { return range<PathFit>(&View::paths, &View::n_paths); }
    void paths() const && = delete;

    /// What the survey lacks to compare both paths; "" where nothing.
    [[nodiscard]] std::string no_paths() const { return std::string(priv::text(view().no_paths)); }
    /// The path that QUBE takes, by time; none without paths.
    [[nodiscard]] Path path_by_time() const { return static_cast<Path>(view().path_by_time); }

    /// What the run asks for.
    [[nodiscard]] Request request() const { return Request(view().request, lender()); }

    /// table or json. @throws Error option
    [[nodiscard]] std::string render(Format format) const
    {
        return document(qube_fit_render, format);
    }

private:
    friend class Budget;
    template <class Call> explicit Fit(const Call &call) : Result(call) {}
};

/// The answer to an inverse question.
class Largest
    : public priv::Result<qube_largest, qube_largest_view, qube_largest_get, qube_largest_free> {
public:
    [[nodiscard]] Size size() const { return static_cast<Size>(view().size); }
    [[nodiscard]] LargestKind kind() const { return static_cast<LargestKind>(view().kind); }
    [[nodiscard]] std::int64_t limit_bytes() const { return view().limit_bytes; }
    /// The last value that fits, and what a node holds with it.
    [[nodiscard]] std::int64_t value() const { return view().value; }
    [[nodiscard]] std::int64_t per_node_bytes() const { return view().per_node_bytes; }
    /// The next value, which does not fit, and what a node holds with that; 0: none.
    [[nodiscard]] std::int64_t next_value() const { return view().next_value; }
    [[nodiscard]] std::int64_t next_per_node_bytes() const { return view().next_per_node_bytes; }
    /// The answer in one sentence.
    [[nodiscard]] std::string message() const { return view().message; }

private:
    friend class Budget;
    template <class Call> explicit Largest(const Call &call) : Result(call) {}
};

inline Fit Budget::fit(std::int64_t limit_bytes, const Job &job) const
{
    const auto c = priv::in_c(job);
    return Fit([&](qube_fit **out) { return qube_budget_fit(use(), &c, limit_bytes, out); });
}

inline Largest Budget::largest(Size size, std::int64_t limit_bytes, const Job &job) const
{
    const auto c = priv::in_c(job);
    return Largest([&](qube_largest **out) {
        return qube_budget_largest(use(), static_cast<std::int32_t>(size), &c, limit_bytes, out);
    });
}

inline Largest Budget::largest(std::string_view parameter, std::int64_t limit_bytes,
                               const Job &job) const
{
    const auto c = priv::in_c(job);
    const std::string name = priv::c_text(parameter, "parameter");
    return Largest([&](qube_largest **out) {
        return qube_budget_largest_parameter(use(), name.c_str(), &c, limit_bytes, out);
    });
}

} // namespace qube

#endif // QUBE_BUDGET_FIT_HPP
