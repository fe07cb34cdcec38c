/// @file
/// The host's own pipelines: a document with parameters, or calls beside its allocations.
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

/// The distribution of an array over the ranks that hold it.
enum class Layout : std::int32_t {
    replicated = QUBE_LAYOUT_REPLICATED,     ///< Every rank holds all of it.
    node_shared = QUBE_LAYOUT_NODE_SHARED,   ///< The ranks of a node share one copy.
    block_cyclic = QUBE_LAYOUT_BLOCK_CYCLIC, ///< As ScaLAPACK does.
    rows = QUBE_LAYOUT_ROWS,                 ///< Rows over the process rows.
    columns = QUBE_LAYOUT_COLUMNS,           ///< Columns over the process columns.
};

/// The ranks that hold an array.
enum class Holder : std::int32_t {
    every_rank = QUBE_HOLDER_EVERY_RANK, ///< Every rank.
    first_row = QUBE_HOLDER_FIRST_ROW,   ///< The first process row.
    first_rank = QUBE_HOLDER_FIRST_RANK, ///< The rank at (0, 0).
};

/// A parameter of a pipeline: a number or a switch.
struct Parameter : qube_parameter {
    /// Takes an element of C.
    explicit Parameter(const qube_parameter &c)
        : qube_parameter(c), name(c.name), what(c.what), unit(c.unit),
          default_value(c.default_value < 0 ? std::nullopt : std::optional(c.default_value)),
          choices(c.choices, c.n_choices), price(priv::text(c.price)), is_switch(c.is_switch != 0)
    {
    }
    std::string_view name;                     ///< As in the document.
    std::string_view what;                     ///< Its meaning.
    std::string_view unit;                     ///< Its unit; "": none.
    std::optional<std::int64_t> default_value; ///< None: it must be given.
    Range<std::int64_t> choices;               ///< Allowed values; empty: least to most.
    std::string_view price;                    ///< The price of a reduction; "": not allowed.
    bool is_switch;                            ///< 0 or 1.
};

/// Values of parameters, each at most once. Others have their defaults.
class ParameterValues {
public:
    /// All defaults.
    ParameterValues() = default;
    /// Pairs of name and value, in braces.
    ParameterValues(std::initializer_list<std::pair<std::string, std::int64_t>> values)
        : values_(values)
    {
    }
    /// Pairs of name and value.
    explicit ParameterValues(std::vector<std::pair<std::string, std::int64_t>> values)
        : values_(std::move(values))
    {
    }

private:
    friend class Pipeline;
    std::vector<std::pair<std::string, std::int64_t>> values_;
};

/// A pipeline from a JSON document (docs/pipelines.md).
class Pipeline
    : public priv::Result<qube_pipeline, qube_pipeline_view, qube_pipeline_get,
                          qube_pipeline_free> {
public:
    /// Reads a document.
    /// @throws Error document, overflow, too_large
    [[nodiscard]] static Pipeline parse(std::string_view json)
    {
        const std::string text = priv::c_text(json, "json");
        return Pipeline(
            [&](qube_pipeline **out) { return qube_pipeline_parse(text.c_str(), out); });
    }

    /// The name of the program.
    [[nodiscard]] std::string name() const { return view().name; }
    /// The source of its formulas.
    [[nodiscard]] std::string source() const { return view().source; }

    /// The parameters, in the order of the document.
    [[nodiscard]] auto parameters() const &
    {
        return range<Parameter>(&View::parameters, &View::n_parameters);
    }
    void parameters() const && = delete;

    /// The budget with these values.
    /// @throws Error input, duplicate, overflow, document
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

/// Arrays that a host allocates: copies x rows x columns elements. The sizes of a distributed array
/// are those of all ranks together.
struct Allocation {
    std::int64_t rows = 1;                       ///< Rows of each array.
    std::int64_t columns = 1;                    ///< Columns of each array.
    std::int64_t copies = 1;                     ///< Number of arrays.
    std::int64_t element_bytes = sizeof(double); ///< Bytes of an element.
    Layout layout = Layout::replicated;          ///< The distribution over ranks.
    Holder holder = Holder::every_rank;          ///< The ranks that hold it.
};

/// Records the allocations and deallocations of a host's code, stage by stage.
class PipelineBuilder {
public:
    /// A pipeline of the program with this name.
    /// @throws Error label
    explicit PipelineBuilder(std::string_view name)
        : handle_(priv::make<qube_pipeline_builder, qube_pipeline_builder_free>(
              [text = priv::c_text(name, "name")](qube_pipeline_builder **out) {
                  return qube_pipeline_builder_create(text.c_str(), out);
              }))
    {
    }

    /// Ends the last stage, and begins the next.
    /// @throws Error label, duplicate, too_large
    PipelineBuilder &stage(std::string_view name)
    {
        priv::check(qube_pipeline_builder_stage(use(), priv::c_text(name, "name").c_str()));
        return *this;
    }

    /// Allocates arrays.
    /// @throws Error label, input, conflict, duplicate, overflow, too_large
    PipelineBuilder &allocate(std::string_view name, const Allocation &array)
    {
        priv::check(qube_pipeline_builder_allocate(
            use(), priv::c_text(name, "name").c_str(), array.copies, array.rows, array.columns,
            array.element_bytes, static_cast<std::int32_t>(array.layout),
            static_cast<std::int32_t>(array.holder)));
        return *this;
    }

    /// Deallocates the arrays of this name.
    /// @throws Error conflict, too_large
    PipelineBuilder &deallocate(std::string_view name)
    {
        priv::check(qube_pipeline_builder_deallocate(use(), priv::c_text(name, "name").c_str()));
        return *this;
    }

    /// The budget of the calls so far. Its sizes are fixed.
    /// @throws Error conflict, overflow
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
