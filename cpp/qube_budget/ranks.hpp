/// @file
/// The memory of the ranks of a grid, where all matrices are block-cyclic.
#ifndef QUBE_BUDGET_RANKS_HPP
#define QUBE_BUDGET_RANKS_HPP

#include "budget.hpp"

namespace qube {

/// The memory of ranks for a term, or at the peak of a stage.
struct RankBytes : qube_rank_bytes {
    /// Takes an element of C.
    explicit RankBytes(const qube_rank_bytes &c) : qube_rank_bytes(c), name(c.name) {}
    std::string_view name; ///< Of the term or stage.
};

/// A stage on the ranks of a grid.
struct RankStage {
    /// Takes an element of C.
    explicit RankStage(const qube_rank_stage &c) : held(c.held), terms(c.terms, c.n_terms) {}
    RankBytes held;                          ///< At the stage's peak.
    Range<RankBytes, qube_rank_bytes> terms; ///< Live at the peak of all ranks together.
};

/// A matrix too large for a ScaLAPACK with 32-bit integers.
struct LocalMatrix : qube_local_matrix {
    /// Takes an element of C.
    explicit LocalMatrix(const qube_local_matrix &c) : qube_local_matrix(c), name(c.name) {}
    std::string_view name; ///< Of its term.
};

/// The memory of the ranks of a grid, stage by stage and term by term.
class Ranks : public priv::Result<qube_ranks, qube_ranks_view, qube_ranks_get, qube_ranks_free> {
public:
    /// The stages of the budget, in its order.
    [[nodiscard]] auto stages() const & { return range<RankStage>(&View::stages, &View::n_stages); }
    void stages() const && = delete;

    /// The first stage in which the fullest rank holds most.
    [[nodiscard]] RankStage peak_stage() const & { return stages()[view().peak_stage]; }
    void peak_stage() const && = delete;

    /// Matrices too large for a ScaLAPACK with 32-bit integers.
    [[nodiscard]] auto too_large() const &
    {
        return range<LocalMatrix>(&View::too_large, &View::n_too_large);
    }
    void too_large() const && = delete;

    /// The grid.
    [[nodiscard]] Grid grid() const
    {
        const auto v = view();
        return grid(v.nprow, v.npcol, v.block);
    }

    /// The best grid with the same number of ranks.
    [[nodiscard]] Grid best_grid() const
    {
        const auto v = view();
        return grid(v.best_nprow, v.best_npcol, v.best_block);
    }

    /// Bytes of the fullest rank on the best grid.
    [[nodiscard]] std::int64_t best_fullest_bytes() const { return view().best_fullest_bytes; }

    /// Renders a document: table.
    /// @throws Error option
    [[nodiscard]] std::string render(Format format) const
    {
        return document(qube_ranks_render, format);
    }

private:
    friend class Budget;
    template <class Call> explicit Ranks(const Call &call) : Result(call) {}

    static Grid grid(std::int64_t nprow, std::int64_t npcol, std::int64_t block)
    {
        Grid grid;
        grid.nprow = nprow;
        grid.npcol = npcol;
        grid.block = block;
        return grid;
    }
};

inline Ranks Budget::per_rank(const Grid &grid) const
{
    const qube_grid c = priv::in_c(grid);
    return Ranks([&](qube_ranks **out) { return qube_budget_per_rank(use(), &c, out); });
}

} // namespace qube

#endif // QUBE_BUDGET_RANKS_HPP
