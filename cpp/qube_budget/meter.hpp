/// @file
/// What a run really holds, stage by stage, read at run time.
#ifndef QUBE_BUDGET_METER_HPP
#define QUBE_BUDGET_METER_HPP

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "handle.hpp"

namespace qube {

/// A resident size that was read; -1 where it is not known.
using MeasuredFigure = qube_measured_figure;

/// What was read of a stage: when it began, when it ended, and the largest in it.
struct MeasuredStage : qube_measured_stage {
    explicit MeasuredStage(const qube_measured_stage &c) : qube_measured_stage(c), name(c.name) {}
    std::string_view name;
};

/// How the values of all ranks become one.
enum class Reduction : std::int32_t {
    largest = QUBE_REDUCTION_LARGEST,
    least = QUBE_REDUCTION_LEAST,
    sum = QUBE_REDUCTION_SUM,
};

/// A meter of this process, and its record. What the process holds when it is made is the
/// baseline. It starts no thread; a border takes some 50 microseconds.
class Meter {
public:
    /// rank: the number of this rank, for its record; -1: none. @throws Error input
    explicit Meter(std::int64_t rank = -1)
        : meter_(priv::make<qube_meter, qube_meter_free>(
              [&](qube_meter **out) { return qube_meter_new(rank, out); }))
    {
    }

    /// The stage before ends, and this one, named as in the budget, begins.
    /// @throws Error label, too_large
    void stage(std::string_view name)
    {
        const std::string text = priv::c_text(name, "stage");
        priv::check(qube_meter_stage(use(), text.c_str()));
    }

    /// The last stage ends. @throws Error document
    void end() { priv::check(qube_meter_end(use())); }

    /// Makes the record one of all ranks, each of which calls it after the same stages:
    /// reduce(Reduction, std::int64_t *values, std::int64_t count) replaces the values by those of
    /// all ranks, as MPI_Allreduce does in place. What it throws is rethrown.
    /// @throws Error input, document
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

    /// The stages; they live until the next border.
    [[nodiscard]] Range<MeasuredStage, qube_measured_stage> stages() const &
    {
        const auto v = view();
        return {v.stages, v.n_stages};
    }
    void stages() const && = delete;

    /// What this system cannot read, and the consequences, line by line; until the next border.
    [[nodiscard]] Range<std::string_view, const char *> notes() const &
    {
        const auto v = view();
        return {v.notes, v.n_notes};
    }
    void notes() const && = delete;

    /// When the meter was made; -1: not known.
    [[nodiscard]] std::int64_t baseline_bytes() const { return view().baseline_bytes; }
    /// The largest of the life of the process.
    [[nodiscard]] MeasuredFigure lifetime_peak() const { return view().lifetime_peak; }
    /// The largest of the control group, of all its processes; -1: no group tells it.
    [[nodiscard]] std::int64_t cgroup_peak_bytes() const { return view().cgroup_peak_bytes; }
    /// How many ranks the figures are of; 0: this one alone.
    [[nodiscard]] std::int64_t n_ranks() const { return view().n_ranks; }

    /// The record, which Budget::compare() reads: a JSON document.
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
