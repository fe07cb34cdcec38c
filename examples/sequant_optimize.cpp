// optimize(expression, options) for a host with SeQuant's types. It puts every product of a sum
// into the order of its plan, annotates it with its batches, and lists the results that terms share.
#include <cstdio>
#include <numeric>

#include "sequant_like.hpp"

#include <qube_budget/sequant.hpp>

using namespace sequant;

// Tells the adapter how to read the host's network: all that the two have to share.
template <> struct qube::seq::NetworkTraits<TensorNetwork> {
    using Index = ::Index;
    using Tensor = ::Tensor;
    using EvalSequence = ::EvalSequence;
    static constexpr bool needs_inner_pow = true;
    static auto &tensors(const TensorNetwork &network) { return network.tensors; }
    static auto &tensor_label(const Tensor &tensor) { return tensor.label; }
    static auto &indices(const Tensor &tensor) { return tensor.slots; }
    static auto index_label(const Index &index) { return full_label(index); }
    static auto &index_space(const Index &index) { return index.space; }
    static auto &protos(const Index &index) { return index.proto_indices; }
};

namespace {

TensorNetwork network_of(const Expr &product)
{
    TensorNetwork network;
    for (const ExprPtr &factor : product.parts) {
        network.tensors.push_back(factor->leaf);
    }
    return network;
}

// The product as a tree of binary products.
ExprPtr contracted(const Expr &product, const EvalSequence &sequence)
{
    std::vector<ExprPtr> stack;
    for (const int entry : sequence.entries) {
        if (entry >= 0) {
            stack.push_back(product.parts[static_cast<std::size_t>(entry)]);
            continue;
        }
        const ExprPtr right = stack.back();
        stack.pop_back();
        stack.back() = std::make_shared<const Expr>(Expr{Expr::product, {}, {stack.back(), right}});
    }
    return stack.back();
}

ExprPtr optimize(const ExprPtr &expr, const OptimizeOptions &options)
{
    std::vector<NodeBatchAnnotation> axes;
    const auto noted = [&](const ExprPtr &term) {
        if (options.term_batch_axes && !axes.empty()) {
            (*options.term_batch_axes)[term.get()] = axes;
        }
        return term;
    };
    if (expr->kind == Expr::product) {
        const EvalSequence sequence = qube::seq::single_term_opt(network_of(*expr), options, &axes);
        return noted(contracted(*expr, sequence));
    }
    if (expr->kind == Expr::tensor) {
        return expr;
    }
    std::vector<TensorNetwork> networks;
    for (const ExprPtr &summand : expr->parts) {
        networks.push_back(network_of(*summand));
    }
    const auto forest = qube::seq::plan_terms(networks, options, true);
    std::vector<std::size_t> order(networks.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (options.reorder == ReorderSum::Reorder) {
        order = forest.order();
    }
    Expr sum{Expr::sum};
    for (const std::size_t term : order) {
        const qube::Plan plan = forest.plans.plan(static_cast<std::int64_t>(term));
        qube::seq::annotate(plan, forest.terms[term], axes);
        sum.parts.push_back(
            noted(contracted(*expr->parts[term], qube::seq::eval_sequence<EvalSequence>(plan))));
    }
    return std::make_shared<const Expr>(sum);
}

std::string text(const Expr &expr)
{
    if (expr.kind == Expr::tensor) {
        return expr.leaf.label;
    }
    std::string text;
    for (const ExprPtr &part : expr.parts) {
        const bool nested = expr.kind == Expr::product && part->kind == Expr::product;
        text.append(text.empty() ? "" : " ").append(nested ? "(" : "").append(::text(*part));
        text.append(nested ? ")" : "");
    }
    return text;
}

ExprPtr tensor(const char *label, std::vector<Index> slots)
{
    return std::make_shared<const Expr>(Expr{Expr::tensor, {label, std::move(slots)}, {}});
}

ExprPtr made(Expr::Kind kind, std::vector<ExprPtr> parts)
{
    return std::make_shared<const Expr>(Expr{kind, {}, std::move(parts)});
}

} // namespace

int main()
try {
    // The second and the fourth term share s t.
    const Index i{"i", "1"}, a{"a", "1"}, b{"a", "2"}, c{"a", "3"}, m{"m", "1"}, n{"m", "2"};
    const Index K{"K", "1"};
    const ExprPtr sum = made(
        Expr::sum,
        {made(Expr::product, {tensor("g", {a, b, K}), tensor("g", {m, i, K}), tensor("t", {b, m})}),
         made(Expr::product, {tensor("s", {a, b}), tensor("t", {b, m}), tensor("f", {m, i})}),
         made(Expr::product, {tensor("t", {a, m}), tensor("h", {m, i})}),
         made(Expr::product, {tensor("s", {a, c}), tensor("t", {c, n}), tensor("e", {n, i})})});
    OptimizeOptions options;
    options.objective_function = ObjectiveFunction::DenseTimeSpaceBatched;
    options.idx_to_extent = [](const Index &index) -> std::size_t {
        return index.space == "m" ? 8 : index.space == "i" ? 20 : index.space == "a" ? 200 : 600;
    };
    options.batch_policy.is_batchable_contracted_index = [](const Index &index) {
        return index.space == "K";
    };
    options.batch_policy.batch_target_size = [](const Index &) { return std::size_t{60}; };
    options.batch_policy.is_volatile_leaf = [](const Tensor &tensor) {
        return tensor.label == "t";
    };
    options.batch_policy.peak_threshold = 5e7; // bytes
    options.term_batch_axes = std::make_shared<decltype(options.term_batch_axes)::element_type>();
    const ExprPtr best = optimize(sum, options);
    for (const ExprPtr &term : best->parts) {
        std::printf("%-12s", text(*term).c_str());
        for (const NodeBatchAnnotation &node : options.term_batch_axes->at(term.get())) {
            for (const auto &[index, mode] : node.axes) {
                std::printf(" sliced by %s", full_label(index).c_str());
            }
            std::printf(node.axes.empty() ? " whole" : "");
        }
        std::printf("\n");
    }
} catch (const qube::Error &error) {
    std::fprintf(stderr, "sequant_optimize: %s\n", error.what());
    return 1;
}
