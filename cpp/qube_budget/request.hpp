/// @file
/// Requests: the memory of a run on nodes and ranks, with margins, for a job script.
#ifndef QUBE_BUDGET_REQUEST_HPP
#define QUBE_BUDGET_REQUEST_HPP

#include "budget.hpp"
#include "ranks.hpp"

namespace qube {

/// The holders of a run's matrices.
enum class Holding : std::int32_t {
    replicated = QUBE_HOLDING_REPLICATED,     ///< Every rank holds all.
    node_shared = QUBE_HOLDING_NODE_SHARED,   ///< The ranks of a node share one copy.
    block_cyclic = QUBE_HOLDING_BLOCK_CYCLIC, ///< All ranks together hold one copy.
};

/// A term that is live at the peak of a stage, for one copy.
struct Part : qube_part {
    /// Takes an element of C.
    explicit Part(const qube_part &c)
        : qube_part(c), name(c.name), kind(static_cast<TermKind>(c.kind))
    {
    }
    std::string_view name; ///< As in the budget.
    TermKind kind;         ///< persistent or transient.
};

/// The request of a stage.
struct StageRequest : qube_stage_request {
    /// Takes an element of C.
    explicit StageRequest(const qube_stage_request &c)
        : qube_stage_request(c), name(c.name), margin_from(c.margin_from), parts(c.parts, c.n_parts)
    {
    }
    std::string_view name;        ///< As in the budget.
    std::string_view margin_from; ///< The source of the margin: "11.44 %, measured".
    Range<Part, qube_part> parts; ///< Live at the peak.
};

/// The memory to request for a run.
class Request
    : public priv::Result<qube_request, qube_request_view, qube_request_get, qube_request_free> {
public:
    /// Bytes of a node.
    [[nodiscard]] std::int64_t per_node_bytes() const { return view().per_node_bytes; }
    /// Bytes of all nodes together.
    [[nodiscard]] std::int64_t total_bytes() const { return view().total_bytes; }

    /// Bytes that the ranks of a node share, margin included.
    [[nodiscard]] std::int64_t shared_per_node_bytes() const
    {
        return view().shared_per_node_bytes;
    }
    /// Bytes that each rank has of its own, margin included.
    [[nodiscard]] std::int64_t own_per_rank_bytes() const { return view().own_per_rank_bytes; }

    /// The resident size of a process in peak_stage(), without the margin.
    [[nodiscard]] std::int64_t resident_bytes() const { return view().resident_bytes; }
    /// The margin of a copy in peak_stage().
    [[nodiscard]] std::int64_t margin_bytes() const { return view().margin_bytes; }
    /// The input of a copy, in all stages.
    [[nodiscard]] std::int64_t input_bytes() const { return view().input_bytes; }
    /// A process without arrays.
    [[nodiscard]] std::int64_t baseline_bytes() const { return view().baseline_bytes; }

    /// Other memory of each rank, as in Job::resident_bytes.
    [[nodiscard]] std::int64_t other_resident_bytes() const { return view().other_resident_bytes; }
    /// Processors that a rank books.
    [[nodiscard]] std::int64_t cores_per_rank() const { return view().cores_per_rank; }

    /// The memory of a node, in one sentence.
    [[nodiscard]] std::string_view summary() const & { return priv::text(view().summary); }
    void summary() const && = delete;

    /// Lines of a job script that request the memory, the recommended one first.
    [[nodiscard]] auto job_lines() const &
    {
        return range<std::string_view>(&View::job_lines, &View::n_job_lines);
    }
    void job_lines() const && = delete;

    /// The holders of the matrices.
    [[nodiscard]] Holding holding() const { return static_cast<Holding>(view().holding); }
    /// Whether measured runs support the margin of peak_stage().
    [[nodiscard]] bool calibrated() const { return view().calibrated != 0; }

    /// The grid of block-cyclic matrices; zeros for others.
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

    /// The first stage in which a node holds most.
    [[nodiscard]] StageRequest peak_stage() const & { return stages()[view().peak_stage]; }
    void peak_stage() const && = delete;

    /// Matrices too large for a ScaLAPACK with 32-bit integers.
    [[nodiscard]] auto too_large() const &
    {
        return range<LocalMatrix>(&View::too_large, &View::n_too_large);
    }
    void too_large() const && = delete;

    /// Caveats about the numbers, line by line.
    [[nodiscard]] auto notes() const &
    {
        return range<std::string_view>(&View::notes, &View::n_notes);
    }
    void notes() const && = delete;

    /// Renders a document in any format but dot; job_script_per_cpu is not for PBS.
    /// @param format       the format
    /// @param limit_bytes  pictures, traces and Markdown show this limit; 0: none
    /// @throws Error option, input, overflow
    [[nodiscard]] std::string render(Format format, std::int64_t limit_bytes = 0) const
    {
        const qube_render_options options = {sizeof options, limit_bytes};
        return document(qube_request_render, format, &options);
    }

    /// Compares the request with measured resident sizes, one text for each rank
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
