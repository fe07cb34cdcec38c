/// @file
/// Fits: a run against the memory of its nodes, and the largest size that fits.
#ifndef QUBE_BUDGET_FIT_HPP
#define QUBE_BUDGET_FIT_HPP

#include <optional>

#include "budget.hpp"
#include "request.hpp"

namespace qube {

/// The kinds of change that make a run smaller.
enum class ChangeKind : std::int32_t {
    release_projector = QUBE_CHANGE_RELEASE_PROJECTOR,     ///< QUBE: release V early.
    best_grid = QUBE_CHANGE_BEST_GRID,                     ///< ECLIPSE: the library's grid.
    no_derivative_cache = QUBE_CHANGE_NO_DERIVATIVE_CACHE, ///< QUBE: keep no derivatives.
    maps = QUBE_CHANGE_MAPS,                               ///< ECLIPSE: fewer maps in a run.
    no_inverse_check = QUBE_CHANGE_NO_INVERSE_CHECK,       ///< ECLIPSE: skip the check.
    newest_release = QUBE_CHANGE_NEWEST_RELEASE,           ///< QUBE: the newest release.
    ranks_per_node = QUBE_CHANGE_RANKS_PER_NODE,           ///< QUBE: fewer ranks on a node.
    nodes = QUBE_CHANGE_NODES,                             ///< ECLIPSE: more nodes.
    other_path = QUBE_CHANGE_OTHER_PATH,                   ///< QUBE: the other path.
    n_bins = QUBE_CHANGE_N_BINS,                           ///< QUBE: fewer bins.
    parameter = QUBE_CHANGE_PARAMETER, ///< A pipeline: a parameter, at its price.
};

/// The outcome of Budget::largest().
enum class LargestKind : std::int32_t {
    value = QUBE_LARGEST_VALUE, ///< A largest value fits.
    none = QUBE_LARGEST_NONE,   ///< Not even the least value fits.
    any = QUBE_LARGEST_ANY,     ///< Every value fits.
};

/// A single change that makes a run smaller.
struct Change : qube_change {
    /// Takes an element of C.
    explicit Change(const qube_change &c)
        : qube_change(c), words(c.words), parameter(priv::text(c.parameter)),
          kind(static_cast<ChangeKind>(c.kind))
    {
    }
    std::string_view words;     ///< Such as "keep no derivatives in memory".
    std::string_view parameter; ///< The pipeline's parameter; "": none.
    ChangeKind kind;            ///< The kind of change.
};

/// One of QUBE's paths through a survey.
struct PathFit : qube_path {
    /// Takes an element of C.
    explicit PathFit(const qube_path &c) : qube_path(c), path(static_cast<Path>(c.path)) {}
    Path path; ///< harmonic or pixel_direct.
};

/// The first stage in which a node exceeds the limit.
struct Over {
    std::int64_t stage;          ///< Its number.
    std::string_view stage_name; ///< Its name.
    std::int64_t stage_bytes;    ///< Bytes over the limit.
    std::string_view term_name;  ///< The term past the limit, "baseline", "input" or "margin".
    std::int64_t term_bytes;     ///< Bytes of one copy of that term.
};

/// A run on its nodes, against the memory that each of them has.
class Fit : public priv::Result<qube_fit, qube_fit_view, qube_fit_get, qube_fit_free> {
public:
    /// Whether each node holds the limit at most.
    [[nodiscard]] bool fits() const { return view().fits != 0; }
    /// The memory of a node, as given.
    [[nodiscard]] std::int64_t limit_bytes() const { return view().limit_bytes; }
    /// Bytes that a node leaves of the limit; negative: it exceeds the limit.
    [[nodiscard]] std::int64_t spare_bytes() const { return view().spare_bytes; }
    /// The answer in one sentence.
    [[nodiscard]] std::string message() const { return view().message; }
    /// The change to make, in one sentence; "" if the run fits.
    [[nodiscard]] std::string advice() const { return view().advice; }

    /// Where the run exceeds the limit; none if it fits.
    [[nodiscard]] std::optional<Over> over() const &
    {
        const auto v = view();
        if (v.stage < 0) {
            return std::nullopt;
        }
        return Over{v.stage, v.stage_name, v.stage_over_bytes, v.term_name, v.term_bytes};
    }
    void over() const && = delete;

    /// Single changes that the run admits, cheapest first.
    [[nodiscard]] auto changes() const & { return range<Change>(&View::changes, &View::n_changes); }
    void changes() const && = delete;

    /// The first change that makes the run fit; none: no single change does, or it fits.
    [[nodiscard]] std::optional<Change> cheapest() const &
    {
        const std::int64_t number = view().cheapest;
        return number < 0 ? std::nullopt : std::optional<Change>(changes()[number]);
    }
    void cheapest() const && = delete;

    /// QUBE's harmonic and pixel-direct path, where the sizes of both are known.
    [[nodiscard]] auto paths() const & { return range<PathFit>(&View::paths, &View::n_paths); }
    void paths() const && = delete;

    /// The sizes that a comparison of both paths lacks; "": none.
    [[nodiscard]] std::string no_paths() const { return std::string(priv::text(view().no_paths)); }
    /// The path that QUBE takes, by time; none without paths.
    [[nodiscard]] Path path_by_time() const { return static_cast<Path>(view().path_by_time); }

    /// The request of the run.
    [[nodiscard]] Request request() const { return Request(view().request, lender()); }

    /// Renders a document: table, json or markdown.
    /// @throws Error option
    [[nodiscard]] std::string render(Format format) const
    {
        return document(qube_fit_render, format);
    }

private:
    friend class Budget;
    template <class Call> explicit Fit(const Call &call) : Result(call) {}
};

/// The answer of Budget::largest().
class Largest
    : public priv::Result<qube_largest, qube_largest_view, qube_largest_get, qube_largest_free> {
public:
    /// The size solved for.
    [[nodiscard]] Size size() const { return static_cast<Size>(view().size); }
    /// The outcome.
    [[nodiscard]] LargestKind kind() const { return static_cast<LargestKind>(view().kind); }
    /// The memory of a node, as given.
    [[nodiscard]] std::int64_t limit_bytes() const { return view().limit_bytes; }
    /// The last value that fits.
    [[nodiscard]] std::int64_t value() const { return view().value; }
    /// Bytes of a node with that value.
    [[nodiscard]] std::int64_t per_node_bytes() const { return view().per_node_bytes; }
    /// The next value, which does not fit; 0: none.
    [[nodiscard]] std::int64_t next_value() const { return view().next_value; }
    /// Bytes of a node with the next value; 0: none, -1: past 2^63 - 1.
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
