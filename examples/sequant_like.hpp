// Stands in for SeQuant: it has only the names that examples/sequant_optimize.cpp uses. A host
// includes SeQuant instead.
#ifndef QUBE_EXAMPLE_SEQUANT_LIKE_HPP
#define QUBE_EXAMPLE_SEQUANT_LIKE_HPP

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sequant {

struct Index {
    std::string space, ordinal;
    std::vector<Index> proto_indices = {};
    bool operator==(const Index &) const = default;
};

inline std::string full_label(const Index &index)
{
    std::string label = index.space + "_" + index.ordinal;
    for (const Index &proto : index.proto_indices) {
        label += (&proto == index.proto_indices.data() ? "<" : ",") + full_label(proto);
    }
    return index.proto_indices.empty() ? label : label + ">";
}

struct Tensor {
    std::string label;
    std::vector<Index> slots;
};

// A tensor, a product of two or more, or a sum.
struct Expr {
    enum Kind { tensor, product, sum } kind;
    Tensor leaf = {};
    std::vector<std::shared_ptr<const Expr>> parts = {};
};
using ExprPtr = std::shared_ptr<const Expr>;

struct TensorNetwork {
    std::vector<Tensor> tensors;
};

// boost::container::small_vector<int, 8> in SeQuant.
struct EvalSequence {
    using value_type = int;
    std::vector<int> entries;
    void push_back(int entry) { entries.push_back(entry); }
};

enum class ObjectiveFunction {
    DenseFLOPs,
    DenseSize,
    DenseSpaceTime,
    DenseSpaceTimeBatched,
    DenseTimeSpace,
    DenseTimeSpaceBatched,
    DensePeakSize = DenseSpaceTime,
    DensePeakSizeBatched = DenseSpaceTimeBatched
};
enum class ReorderSum { Reorder, NoReorder };
enum class BatchModeType { Contracted, External };

struct NodeBatchAnnotation {
    std::vector<std::pair<Index, BatchModeType>> axes = {}, opened_here = {};
    std::size_t effective_count = 1;
    bool order_aware = false;
};

struct BatchPolicy {
    std::function<bool(const Index &)> is_batchable_contracted_index = [](auto &) { return false; };
    std::function<bool(const Index &)> is_batchable_external_index = [](auto &) { return false; };
    std::function<std::size_t(const Index &)> batch_target_size = {};
    std::function<bool(const Tensor &)> is_volatile_leaf = {};
    bool batch_spectator_indices = false;
    bool persistent_only = false;
    double accumulation_factor = 0;
    double peak_threshold = std::numeric_limits<double>::infinity();
};

struct CSEOptions {
    bool subnet = false;
};

struct RooflineParams {
    double machine_balance = 0, fast_mem_elems = 0, block_tiles = 3, block_prefactor = 1;
};

struct OptimizeOptions {
    ObjectiveFunction objective_function = ObjectiveFunction::DenseFLOPs;
    ReorderSum reorder = ReorderSum::Reorder;
    CSEOptions CSE = {};
    std::function<std::size_t(const Index &)> idx_to_extent = {};
    std::function<double(const Index &, std::size_t)> inner_pow = {};
    BatchPolicy batch_policy = {};
    double volatile_weight = 1, peak_flops_tolerance = 0.10, footprint_weight = 0;
    RooflineParams roofline = {};
    std::shared_ptr<std::unordered_map<const Expr *, std::vector<NodeBatchAnnotation>>>
        term_batch_axes = {};
    bool prune_outer_products = true;
};

} // namespace sequant

#endif
