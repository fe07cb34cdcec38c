/// @file
/// Budgets: the stages of a run and their terms, in bytes.
#ifndef QUBE_BUDGET_BUDGET_HPP
#define QUBE_BUDGET_BUDGET_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config.hpp"
#include "handle.hpp"

namespace qube {

class Comparison;
class Fit;
class Largest;
class Ranks;
class Request;

/// When a term of a stage is live.
enum class TermKind : std::int32_t {
    persistent = QUBE_TERM_PERSISTENT, ///< At the stage's peak and when it ends.
    transient = QUBE_TERM_TRANSIENT,   ///< Only at the stage's peak.
    post_peak = QUBE_TERM_POST_PEAK,   ///< Made after the peak and kept.
};

/// The program and path that a budget describes.
enum class Path : std::int32_t {
    none = 0,                              ///< Unknown.
    harmonic = QUBE_PATH_HARMONIC,         ///< QUBE's harmonic path.
    pixel_direct = QUBE_PATH_PIXEL_DIRECT, ///< QUBE's pixel-direct path.
    eclipse = QUBE_PATH_ECLIPSE,           ///< ECLIPSE.
    traditional = QUBE_PATH_TRADITIONAL,   ///< QUBE's traditional path.
    pipeline = QUBE_PATH_PIPELINE,         ///< A pipeline of the host's own.
};

/// The sizes that Budget::largest() solves for: the largest that fits, of nodes the fewest.
enum class Size : std::int32_t {
    nside = QUBE_SIZE_NSIDE,                   ///< HEALPix resolution.
    lmax = QUBE_SIZE_LMAX,                     ///< Largest estimated multipole.
    n_bins = QUBE_SIZE_N_BINS,                 ///< Bins of multipoles.
    maps = QUBE_SIZE_MAPS,                     ///< ECLIPSE's maps.
    nodes = QUBE_SIZE_NODES,                   ///< Nodes: the fewest.
    ranks_per_node = QUBE_SIZE_RANKS_PER_NODE, ///< Ranks on each node.
    parameter = QUBE_SIZE_PARAMETER,           ///< A pipeline's parameter, given by name.
};

// Elements extend those of C: texts, ranges and enumerators of C++ replace C's.

/// One array, or several equal arrays.
struct Term : qube_term {
    /// Takes an element of C.
    explicit Term(const qube_term &c)
        : qube_term(c), name(c.name), kind(static_cast<TermKind>(c.kind))
    {
    }
    std::string_view name; ///< As its source names it.
    TermKind kind;         ///< When it is live.
};

/// A stage of a budget.
struct Stage : qube_stage {
    /// Takes an element of C.
    explicit Stage(const qube_stage &c) : qube_stage(c), name(c.name), terms(c.terms, c.n_terms) {}
    std::string_view name;        ///< Unique in the budget.
    Range<Term, qube_term> terms; ///< Persistent, then transient, then post-peak ones.
};

/// An allocation or deallocation of ECLIPSE.
struct Event : qube_event {
    /// Takes an element of C.
    explicit Event(const qube_event &c) : qube_event(c), what(c.what) {}
    std::string_view what; ///< Its subject, such as "+ maps".
};

/// An input of a budget.
struct Input {
    /// Takes an element of C.
    explicit Input(const qube_input &c) : name(c.name), value(c.value), from(priv::text(c.from)) {}
    std::string_view name;  ///< As in the config.
    std::string_view value; ///< A number, "yes", "no", a name, or "absent".
    std::string_view from;  ///< The source of a derived input; "" for an explicit one.
};

/// A memory budget together with its run: a change of one size derives the others anew.
class Budget
    : public priv::Result<qube_budget, qube_budget_view, qube_budget_get, qube_budget_free> {
public:
    /// QUBE's harmonic path; qube_budget_harmonic() gives the formulas.
    /// @throws Error input, conflict, overflow
    [[nodiscard]] static Budget harmonic(const HarmonicConfig &config,
                                         const std::optional<Survey> &survey = std::nullopt)
    {
        return of(qube_budget_harmonic, config, survey);
    }

    /// QUBE's pixel-direct path; qube_budget_pixel_direct() gives the formulas.
    /// @throws Error input, conflict, overflow
    [[nodiscard]] static Budget pixel_direct(const PixelDirectConfig &config,
                                             const std::optional<Survey> &survey = std::nullopt)
    {
        return of(qube_budget_pixel_direct, config, survey);
    }

    /// QUBE's traditional path; qube_budget_traditional() gives the formulas.
    /// @throws Error input, conflict, overflow
    [[nodiscard]] static Budget traditional(const TraditionalConfig &config,
                                            const std::optional<Survey> &survey = std::nullopt)
    {
        return of(qube_budget_traditional, config, survey);
    }

    /// The path that QUBE itself takes (qube_budget_auto()); see path() and note().
    /// @throws Error input, conflict, overflow
    [[nodiscard]] static Budget automatic(const AutoConfig &config,
                                          const std::optional<Survey> &survey = std::nullopt)
    {
        return of(qube_budget_auto, config, survey);
    }

    /// ECLIPSE; qube_budget_eclipse() gives the arrays.
    /// @throws Error input, conflict, overflow
    [[nodiscard]] static Budget eclipse(const EclipseConfig &config,
                                        const std::optional<Survey> &survey = std::nullopt)
    {
        return of(qube_budget_eclipse, config, survey);
    }

    /// The stages, in the order of the run.
    [[nodiscard]] auto stages() const & { return range<Stage>(&View::stages, &View::n_stages); }
    void stages() const && = delete;

    /// The stage of this name.
    /// @throws Error unknown_stage
    [[nodiscard]] Stage stage(std::string_view name) const &
    {
        std::string names;
        for (const Stage &stage : stages()) {
            if (stage.name == name) {
                return stage;
            }
            names.append(names.empty() ? "" : ", ").append(stage.name);
        }
        throw Error(Status::unknown_stage,
                    "there is no stage '" + std::string(name) + "'; the stages are: " + names);
    }
    void stage(std::string_view name) const && = delete;

    /// The first stage with the lifetime peak.
    [[nodiscard]] Stage peak_stage() const & { return stages()[view().peak_stage]; }
    void peak_stage() const && = delete;

    /// The largest peak of all stages, bytes.
    [[nodiscard]] std::int64_t lifetime_peak_bytes() const { return view().lifetime_peak_bytes; }

    /// ECLIPSE's allocations and deallocations, in order; empty for other programs and published
    /// sums.
    [[nodiscard]] auto events() const & { return range<Event>(&View::events, &View::n_events); }
    void events() const && = delete;

    /// The inputs, derived ones included.
    [[nodiscard]] auto inputs() const & { return range<Input>(&View::inputs, &View::n_inputs); }
    void inputs() const && = delete;

    /// The program and path.
    [[nodiscard]] Path path() const { return static_cast<Path>(view().path); }
    /// The source of its numbers.
    [[nodiscard]] Model model() const { return static_cast<Model>(view().model); }
    /// The lifetime peak that the program's own calculator prints, bytes; 0: it has none.
    [[nodiscard]] std::int64_t published_peak_bytes() const { return view().published_peak_bytes; }
    /// The release that the formulas describe.
    [[nodiscard]] std::string release() const { return view().release; }
    /// A caveat about the numbers; "": none.
    [[nodiscard]] std::string note() const { return view().note; }

    /// Renders a document: table, json, svg, markdown, trace, bars or bars_ascii.
    /// @param format       one of these
    /// @param limit_bytes  pictures, traces and Markdown show this limit; 0: none
    /// @throws Error option, input
    [[nodiscard]] std::string render(Format format, std::int64_t limit_bytes = 0) const
    {
        const qube_render_options options = {sizeof options, limit_bytes};
        return document(qube_budget_render, format, &options);
    }

    /// The memory to request from a machine (qube_budget_request()). In request.hpp.
    /// @throws Error input, conflict, overflow
    [[nodiscard]] Request request(const Job &job = {}) const;

    /// Checks the run against the memory of a node, and lists changes that make it fit. In fit.hpp.
    /// @throws Error input, conflict, overflow
    [[nodiscard]] Fit fit(std::int64_t limit_bytes, const Job &job = {}) const;

    /// The largest value of a size (of nodes: the fewest) with which the run fits. In fit.hpp.
    /// @throws Error input, conflict
    [[nodiscard]] Largest largest(Size size, std::int64_t limit_bytes, const Job &job = {}) const;

    /// The largest value of a pipeline's parameter with which the run fits. In fit.hpp.
    /// @throws Error input, conflict, document
    [[nodiscard]] Largest largest(std::string_view parameter, std::int64_t limit_bytes,
                                  const Job &job = {}) const;

    /// The memory of each rank of a grid, where all matrices are block-cyclic. In ranks.hpp.
    /// @throws Error input, conflict, position, overflow
    [[nodiscard]] Ranks per_rank(const Grid &grid) const;

    /// Compares the budget with a measured run (qube_budget_compare()). In comparison.hpp.
    /// @throws Error document, unknown_stage, overflow
    [[nodiscard]] Comparison compare(std::string_view measured) const;

    /// Compares rank by rank, one text for each rank (qube_budget_compare_ranks()). Without a grid
    /// each rank holds all matrices. In comparison.hpp.
    /// @throws Error document, unknown_stage, input, position, duplicate, conflict, overflow
    [[nodiscard]] Comparison compare(const std::vector<std::string> &measured,
                                     const std::optional<Grid> &grid = std::nullopt) const;

private:
    friend class Pipeline;
    friend class PipelineBuilder;
    template <class Call> explicit Budget(const Call &call) : Result(call) {}

    template <class Make, class Config>
    static Budget of(Make make, const Config &config, const std::optional<Survey> &survey)
    {
        const auto c = priv::in_c(config);
        const qube_survey s = priv::in_c(survey.value_or(Survey{}));
        return Budget([&](qube_budget **out) { return make(&c, survey ? &s : nullptr, out); });
    }
};

/// The path that QUBE takes, by expected time (qube_path_by_time()).
/// @throws Error input
[[nodiscard]] inline Path path_by_time(std::int64_t n_pix, std::int64_t n_modes,
                                       std::int64_t n_bins)
{
    priv::check_abi();
    std::int32_t path = 0;
    priv::check(qube_path_by_time(n_pix, n_modes, n_bins, &path));
    return static_cast<Path>(path);
}

} // namespace qube

#endif // QUBE_BUDGET_BUDGET_HPP
