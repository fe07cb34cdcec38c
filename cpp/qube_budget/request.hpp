/// @file
/// Requests: the memory that a run asks a machine for, put on nodes and ranks.
#ifndef QUBE_BUDGET_REQUEST_HPP
#define QUBE_BUDGET_REQUEST_HPP

#include "budget.hpp"
#include "ranks.hpp"

namespace qube {

/// Who holds the matrices of a run.
enum class Holding : std::int32_t {
    replicated = QUBE_HOLDING_REPLICATED,     ///< Every rank holds all.
    node_shared = QUBE_HOLDING_NODE_SHARED,   ///< The ranks of a node share one copy.
    block_cyclic = QUBE_HOLDING_BLOCK_CYCLIC, ///< All ranks together hold one copy.
};

/// A term that is live at the peak of a stage, as one copy has it.
struct Part : qube_part {
    explicit Part(const qube_part &c)
        : qube_part(c), name(c.name), kind(static_cast<TermKind>(c.kind))
    {
    }
    std::string_view name;
    TermKind kind;
};

/// What a stage asks for.
struct StageRequest : qube_stage_request {
    explicit StageRequest(const qube_stage_request &c)
        : qube_stage_request(c), name(c.name), margin_from(c.margin_from), parts(c.parts, c.n_parts)
    {
    }
    std::string_view name, margin_from;
    Range<Part, qube_part> parts;
};

/// The memory that a run asks for.
class Request
    : public priv::Result<qube_request, qube_request_view, qube_request_get, qube_request_free> {
public:
    /// What a node must have, and all nodes together.
    [[nodiscard]] std::int64_t per_node_bytes() const { return view().per_node_bytes; }
    [[nodiscard]] std::int64_t total_bytes() const { return view().total_bytes; }

    /// What the ranks of a node share, and what each has of its own, margins included.
    [[nodiscard]] std::int64_t shared_per_node_bytes() const
    {
        return view().shared_per_node_bytes;
    }
    [[nodiscard]] std::int64_t own_per_rank_bytes() const { return view().own_per_rank_bytes; }

    /// Of a process in the stage that asks most: its resident size without the margin, the margin
    /// of a copy, and in all stages its input and baseline.
    [[nodiscard]] std::int64_t resident_bytes() const { return view().resident_bytes; }
    [[nodiscard]] std::int64_t margin_bytes() const { return view().margin_bytes; }
    [[nodiscard]] std::int64_t input_bytes() const { return view().input_bytes; }
    [[nodiscard]] std::int64_t baseline_bytes() const { return view().baseline_bytes; }

    /// What each rank holds beside, and the processors that it books.
    [[nodiscard]] std::int64_t other_resident_bytes() const { return view().other_resident_bytes; }
    [[nodiscard]] std::int64_t cores_per_rank() const { return view().cores_per_rank; }

    /// What a node needs, in one sentence.
    [[nodiscard]] std::string_view summary() const & { return priv::text(view().summary); }
    void summary() const && = delete;

    /// Lines of a job script that ask for the memory, the one to use first.
    [[nodiscard]] auto job_lines() const &
    {
        return range<std::string_view>(&View::job_lines, &View::n_job_lines);
    }
    void job_lines() const && = delete;

    [[nodiscard]] Holding holding() const { return static_cast<Holding>(view().holding); }
    /// The stage that asks most was compared with measured runs.
    [[nodiscard]] bool calibrated() const { return view().calibrated != 0; }

    /// The grid of block-cyclic matrices; 0 for others.
    [[nodiscard]] Grid grid() const
    {
        const auto v = view();
        Grid grid;
        grid.nprow = v.nprow;
        grid.npcol = v.npcol;
        grid.block = v.block;
        return grid;
    }

    /// The stages of the budget, in its order.
    [[nodiscard]] auto stages() const &
    {
        return range<StageRequest>(&View::stages, &View::n_stages);
    }
    void stages() const && = delete;

    /// The stage in which a node holds most.
    [[nodiscard]] StageRequest peak_stage() const & { return stages()[view().peak_stage]; }
    void peak_stage() const && = delete;

    /// Matrices too large for a ScaLAPACK with 32-bit integers.
    [[nodiscard]] auto too_large() const &
    {
        return range<LocalMatrix>(&View::too_large, &View::n_too_large);
    }
    void too_large() const && = delete;

    /// What to know of these numbers, line by line.
    [[nodiscard]] auto notes() const &
    {
        return range<std::string_view>(&View::notes, &View::n_notes);
    }
    void notes() const && = delete;

    /// All but dot; job_script_per_cpu not for PBS. Pictures, traces and Markdown show a limit.
    /// @throws Error option, input, overflow
    [[nodiscard]] std::string render(Format format, std::int64_t limit_bytes = 0) const
    {
        const qube_render_options options = {sizeof options, limit_bytes};
        return document(qube_request_render, format, &options);
    }

    /// The request beside the resident sizes that ranks measured, one text each
    /// (qube_request_compare()). In comparison.hpp.
    /// @throws Error document, unknown_stage, input, duplicate, overflow
    [[nodiscard]] Comparison compare(const std::vector<std::string> &measured) const;

private:
    friend class Budget;
    friend class Fit;
    template <class Call> explicit Request(const Call &call) : Result(call) {}
    Request(const qube_request *lent, const std::shared_ptr<const void> &lender)
        : Result(lent, lender)
    {
    }
};

inline Request Budget::request(const Job &job) const
{
    const auto c = priv::in_c(job);
    return Request([&](qube_request **out) { return qube_budget_request(use(), &c, out); });
}

} // namespace qube

#endif // QUBE_BUDGET_REQUEST_HPP
