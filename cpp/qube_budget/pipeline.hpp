/// @file
/// Pipelines of the host's own: a document with parameters, or calls beside those that allocate.
#ifndef QUBE_BUDGET_PIPELINE_HPP
#define QUBE_BUDGET_PIPELINE_HPP

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "budget.hpp"

namespace qube {

/// How an array is cut over the ranks that hold it.
enum class Layout : std::int32_t {
    replicated = QUBE_LAYOUT_REPLICATED,     ///< Every rank has all of it.
    node_shared = QUBE_LAYOUT_NODE_SHARED,   ///< The ranks of a node share one copy.
    block_cyclic = QUBE_LAYOUT_BLOCK_CYCLIC, ///< As ScaLAPACK does.
    rows = QUBE_LAYOUT_ROWS,                 ///< Rows over the process rows.
    columns = QUBE_LAYOUT_COLUMNS,           ///< Columns over the process columns.
};

/// Which ranks hold an array.
enum class Holder : std::int32_t {
    every_rank = QUBE_HOLDER_EVERY_RANK,
    first_row = QUBE_HOLDER_FIRST_ROW,   ///< Those of the first process row.
    first_rank = QUBE_HOLDER_FIRST_RANK, ///< The one at (0, 0).
};

/// A number or a switch that the budget of a pipeline depends on.
struct Parameter : qube_parameter {
    explicit Parameter(const qube_parameter &c)
        : qube_parameter(c), name(c.name), what(c.what), unit(c.unit),
          default_value(c.default_value < 0 ? std::nullopt : std::optional(c.default_value)),
          choices(c.choices, c.n_choices), price(priv::text(c.price)), is_switch(c.is_switch != 0)
    {
    }
    std::string_view name, what, unit;
    std::optional<std::int64_t> default_value;
    Range<std::int64_t> choices; ///< Empty: all from least to most.
    std::string_view price;      ///< What it costs to reduce it; "" where it must not be.
    bool is_switch;
};

/// Values of parameters, each at most once; the rest have their defaults.
class ParameterValues {
public:
    ParameterValues() = default;
    ParameterValues(std::initializer_list<std::pair<std::string, std::int64_t>> values)
        : values_(values)
    {
    }
    explicit ParameterValues(std::vector<std::pair<std::string, std::int64_t>> values)
        : values_(std::move(values))
    {
    }

private:
    friend class Pipeline;
    std::vector<std::pair<std::string, std::int64_t>> values_;
};

/// A pipeline that a document describes (JSON, docs/pipelines.md).
class Pipeline
    : public priv::Result<qube_pipeline, qube_pipeline_view, qube_pipeline_get,
                          qube_pipeline_free> {
public:
    /// Reads a document. @throws Error document, overflow, too_large
    [[nodiscard]] static Pipeline parse(std::string_view json)
    {
        const std::string text = priv::c_text(json, "json");
        return Pipeline(
            [&](qube_pipeline **out) { return qube_pipeline_parse(text.c_str(), out); });
    }

    [[nodiscard]] std::string name() const { return view().name; }
    /// Where its formulas are from.
    [[nodiscard]] std::string source() const { return view().source; }

    /// The parameters, in the order of the document.
    [[nodiscard]] auto parameters() const &
    {
        return range<Parameter>(&View::parameters, &View::n_parameters);
    }
    void parameters() const && = delete;

    /// The budget with these values. @throws Error input, duplicate, overflow, document
    [[nodiscard]] Budget budget(const ParameterValues &values = {}) const
    {
        std::vector<qube_parameter_value> c;
        for (const auto &[name, value] : values.values_) {
            priv::c_text(name, "the name of a parameter");
            c.push_back({name.c_str(), value});
        }
        const auto count = static_cast<std::int64_t>(c.size());
        return Budget([&](qube_budget **out) {
            return qube_budget_pipeline(use(), c.data(), count, out);
        });
    }

private:
    template <class Call> explicit Pipeline(const Call &call) : Result(call) {}
};

/// An array as a host allocates it: copies x rows x columns elements. Of a distributed array, the
/// sizes are those of all ranks together.
struct Allocation {
    std::int64_t rows = 1;
    std::int64_t columns = 1;
    std::int64_t copies = 1;
    std::int64_t element_bytes = sizeof(double);
    Layout layout = Layout::replicated;
    Holder holder = Holder::every_rank;
};

/// Takes what a host's code allocates and deallocates, stage by stage.
class PipelineBuilder {
public:
    /// For a program of this name. @throws Error label
    explicit PipelineBuilder(std::string_view name)
        : handle_(priv::make<qube_pipeline_builder, qube_pipeline_builder_free>(
              [text = priv::c_text(name, "name")](qube_pipeline_builder **out) {
                  return qube_pipeline_builder_create(text.c_str(), out);
              }))
    {
    }

    /// Ends the stage before, and begins the next. @throws Error label, duplicate, too_large
    PipelineBuilder &stage(std::string_view name)
    {
        priv::check(qube_pipeline_builder_stage(use(), priv::c_text(name, "name").c_str()));
        return *this;
    }

    /// Allocates arrays. @throws Error label, input, conflict, duplicate, overflow, too_large
    PipelineBuilder &allocate(std::string_view name, const Allocation &array)
    {
        priv::check(qube_pipeline_builder_allocate(
            use(), priv::c_text(name, "name").c_str(), array.copies, array.rows, array.columns,
            array.element_bytes, static_cast<std::int32_t>(array.layout),
            static_cast<std::int32_t>(array.holder)));
        return *this;
    }

    /// Deallocates what was allocated under this name. @throws Error conflict, too_large
    PipelineBuilder &deallocate(std::string_view name)
    {
        priv::check(qube_pipeline_builder_deallocate(use(), priv::c_text(name, "name").c_str()));
        return *this;
    }

    /// The budget of the calls so far; its sizes are fixed. @throws Error conflict, overflow
    [[nodiscard]] Budget budget() const
    {
        return Budget(
            [&](qube_budget **out) { return qube_pipeline_builder_budget(use(), out); });
    }

private:
    [[nodiscard]] qube_pipeline_builder *use() const { return handle_.use("PipelineBuilder"); }

    priv::Owner<qube_pipeline_builder, qube_pipeline_builder_free> handle_;
};

} // namespace qube

#endif // QUBE_BUDGET_PIPELINE_HPP
