/// @file
/// Meters: the measured memory of a run, stage by stage.
#ifndef QUBE_BUDGET_METER_HPP
#define QUBE_BUDGET_METER_HPP

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "handle.hpp"

namespace qube {

/// A measured resident size, bytes; -1: unknown.
using MeasuredFigure = qube_measured_figure;

/// A measured stage: at its begin, at its end, and the largest between them.
struct MeasuredStage : qube_measured_stage {
    /// Takes an element of C.
    explicit MeasuredStage(const qube_measured_stage &c) : qube_measured_stage(c), name(c.name) {}
    std::string_view name; ///< As in the budget.
};

/// The reduction of a value over all ranks.
enum class Reduction : std::int32_t {
    largest = QUBE_REDUCTION_LARGEST, ///< The largest.
    least = QUBE_REDUCTION_LEAST,     ///< The least.
    sum = QUBE_REDUCTION_SUM,         ///< The sum.
};

/// A meter of this process, and its record. The memory at its construction is the baseline. It
/// starts no thread. A border between stages takes some 50 microseconds.
class Meter {
public:
    /// Reads the baseline.
    /// @param rank  the number of this rank, for its record; -1: none
    /// @throws Error input
    explicit Meter(std::int64_t rank = -1)
        : meter_(priv::make<qube_meter, qube_meter_free>(
              [&](qube_meter **out) { return qube_meter_new(rank, out); }))
    {
    }

    /// Ends the last stage and begins this one, named as in the budget.
    /// @throws Error label, too_large
    void stage(std::string_view name)
    {
        const std::string text = priv::c_text(name, "stage");
        priv::check(qube_meter_stage(use(), text.c_str()));
    }

    /// Ends the last stage.
    /// @throws Error document (no stage has begun)
    void end() { priv::check(qube_meter_end(use())); }

    /// Turns the record into one of all ranks. Each rank calls it after the same stages.
    /// reduce(Reduction, std::int64_t *values, std::int64_t count) reduces the values in place over
    /// all ranks, as MPI_Allreduce does.
    /// @throws Error input, document; any exception of reduce
    template <class Reduce> void reduce(Reduce &&reduce)
    {
        using Function = std::remove_reference_t<Reduce>;
        priv::Parked parked;
        const std::int32_t status = qube_meter_reduce(
            use(),
            [](void *user, std::int32_t how, std::int64_t *values, std::int64_t count) {
                return priv::Parked::guarded([&] {
                    (*static_cast<Function *>(user))(static_cast<Reduction>(how), values, count);
                    return true;
                });
            },
            const_cast<void *>(static_cast<const void *>(&reduce)));
        parked.rethrow();
        priv::check(status);
    }

    /// The stages, valid until the next border.
    [[nodiscard]] Range<MeasuredStage, qube_measured_stage> stages() const &
    {
        const auto v = view();
        return {v.stages, v.n_stages};
    }
    void stages() const && = delete;

    /// Sizes that this system cannot read, and the consequences, line by line; valid until the next
    /// border.
    [[nodiscard]] Range<std::string_view, const char *> notes() const &
    {
        const auto v = view();
        return {v.notes, v.n_notes};
    }
    void notes() const && = delete;

    /// The baseline, bytes; -1: unknown.
    [[nodiscard]] std::int64_t baseline_bytes() const { return view().baseline_bytes; }
    /// The largest in the life of the process.
    [[nodiscard]] MeasuredFigure lifetime_peak() const { return view().lifetime_peak; }
    /// The largest of the control group with all its processes, bytes; -1: unknown.
    [[nodiscard]] std::int64_t cgroup_peak_bytes() const { return view().cgroup_peak_bytes; }
    /// The number of ranks in the figures; 0: this process alone.
    [[nodiscard]] std::int64_t n_ranks() const { return view().n_ranks; }

    /// The record as a JSON document, input of Budget::compare().
    [[nodiscard]] std::string json() const
    {
        return priv::rendered(
            [&](char **text) { return qube_meter_render(use(), QUBE_FORMAT_JSON, text); });
    }

    /// The handle for calls of the C interface; NULL after a move.
    [[nodiscard]] qube_meter *get() const noexcept { return meter_.get(); }

private:
    [[nodiscard]] qube_meter *use() const { return meter_.use("Meter"); }

    [[nodiscard]] qube_meter_view view() const
    {
        qube_meter_view view;
        view.struct_size = sizeof view;
        priv::check(qube_meter_get(use(), &view));
        return view;
    }

    priv::Owner<qube_meter, qube_meter_free> meter_;
};

} // namespace qube

#endif // QUBE_BUDGET_METER_HPP
