/// @file
/// Plans: an order of contraction with every number that belongs to it.
#ifndef QUBE_BUDGET_PLAN_HPP
#define QUBE_BUDGET_PLAN_HPP

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "options.hpp"
#include "policy.hpp"

namespace qube {

/// What a cache that outlives one evaluation is to do with a node.
enum class Cache : std::int32_t {
    transient = QUBE_CACHE_TRANSIENT, ///< Not to be kept.
    keep = QUBE_CACHE_KEEP,           ///< Persistent, and taken by a volatile node.
    sliced = QUBE_CACHE_SLICED,       ///< The same, but it only ever exists in slices.
};

/// A loop over batches of an index; Plan::indices() has the label of its number.
struct Loop : qube_loop {
    explicit Loop(const qube_loop &c) : qube_loop(c), role(static_cast<Role>(c.role)) {}
    Role role; ///< contracted: batches add to the result; external: each makes a block of it.
};

/// Nodes at whose turns a tensor or result is live at one size.
using Life = qube_life;

/// A tensor of the term, or the result of a contraction. Nodes are known by their numbers in
/// Plan::nodes(); Plan::open() has the open indices.
struct Node : qube_node {
    explicit Node(const qube_node &c)
        : qube_node(c), loops(c.loops, c.n_loops), lives(c.lives, c.n_lives),
          cache(static_cast<Cache>(c.cache))
    {
    }
    Range<Loop, qube_loop> loops; ///< Opened around both operands, the outermost first.
    Range<Life> lives;            ///< When it is live, and how large.
    Cache cache;
};

/// A tensor or result that is live at a node.
struct Live {
    std::int64_t node; ///< Its number.
    double elements;   ///< Its size then.
};

/// A point among which a plan is chosen.
using Point = qube_point;

/// That nothing fits a threshold on the peak, and what there is to do.
struct Infeasible : qube_infeasible {
    explicit Infeasible(const qube_infeasible &c) : qube_infeasible(c), loops(c.loops, c.n_loops) {}
    Range<Loop, qube_loop> loops; ///< Loops of a schedule that reaches the least peak.
};

/// The order of a plan's contractions that holds least: qube_order_view.
struct Order {
    double peak_elements;
    std::int64_t peak_node;
    Range<std::int64_t> contractions; ///< Numbers of nodes.
};

/// An order of contraction with every number that belongs to it. Sizes are elements, work is
/// multiply-add pairs.
class Plan : public priv::Result<qube_plan, qube_plan_view, qube_plan_get, qube_plan_free> {
public:
    /// A plan that render(Format::json) or the command line wrote. @throws Error document
    [[nodiscard]] static Plan from_json(std::string_view text)
    {
        const std::string c = priv::c_text(text, "text");
        return Plan([&](qube_plan **out) { return qube_plan_from_json(c.c_str(), out); });
    }

    /// What the objective charges, and the unweighted work.
    [[nodiscard]] double cost() const { return view().cost; }
    [[nodiscard]] double flops() const { return view().flops; }

    /// The most elements live at a time, the same in bytes (-1 from 2^53 elements on), and where.
    [[nodiscard]] double peak_elements() const { return view().peak_elements; }
    [[nodiscard]] std::int64_t peak_bytes() const { return view().peak_bytes; }
    [[nodiscard]] std::int64_t peak_node() const { return view().peak_node; }

    /// How sure it is: what no plan goes below, by what fraction the plan may exceed the best one
    /// (-1: unknown), and whether it is proven best.
    [[nodiscard]] double lower_bound() const { return view().lower_bound; }
    [[nodiscard]] Bounded bounded() const { return static_cast<Bounded>(view().bounded); }
    [[nodiscard]] double gap() const { return view().gap; }
    [[nodiscard]] bool optimal() const { return view().optimal != 0; }
    [[nodiscard]] bool exhaustive() const { return view().exhaustive != 0; }

    /// The search: its objective, how it went, wall-clock seconds, states and pairs.
    [[nodiscard]] Objective objective() const { return static_cast<Objective>(view().objective); }
    [[nodiscard]] std::string method() const { return view().method; }
    [[nodiscard]] double seconds() const { return view().seconds; }
    [[nodiscard]] std::int64_t states() const { return view().states; }
    [[nodiscard]] std::int64_t pairs() const { return view().pairs; }
    /// Bytes that the allocator refused to the search, which stopped there; 0: none.
    [[nodiscard]] std::int64_t refused_bytes() const { return view().refused_bytes; }
    [[nodiscard]] std::int64_t bytes_per_element() const { return view().bytes_per_element; }

    /// The nodes in the order of their evaluation.
    [[nodiscard]] auto nodes() const & { return range<Node>(&View::nodes, &View::n_nodes); }
    void nodes() const && = delete;

    /// Numbers of the indices open in a node.
    [[nodiscard]] Range<std::int64_t> open(const Node &node) const &
    {
        return {view().open + node.open_begin, node.open_end - node.open_begin};
    }
    void open(const Node &node) const && = delete;

    /// Labels of the indices and of the tensors, by number.
    [[nodiscard]] auto indices() const &
    {
        return range<std::string_view>(&View::indices, &View::n_indices);
    }
    void indices() const && = delete;
    [[nodiscard]] auto tensors() const &
    {
        return range<std::string_view>(&View::tensors, &View::n_tensors);
    }
    void tensors() const && = delete;

    /// Reverse Polish notation: tensor numbers, and -1 to contract the two results on top.
    [[nodiscard]] auto sequence() const &
    {
        return range<std::int64_t>(&View::sequence, &View::n_nodes);
    }
    void sequence() const && = delete;

    /// The points (peak_elements, cost) at the root: the plan's alone, unless all were asked for.
    [[nodiscard]] auto frontier() const &
    {
        return range<Point>(&View::frontier, &View::n_frontier);
    }
    void frontier() const && = delete;

    /// That nothing fits the policy's threshold; none: it fits, or there was no threshold.
    [[nodiscard]] std::optional<Infeasible> infeasible() const &
    {
        const auto v = view();
        return v.infeasible == nullptr ? std::nullopt : std::optional<Infeasible>(*v.infeasible);
    }
    void infeasible() const && = delete;

    /// The order of its contractions that holds least (qube_plan_best_order()).
    [[nodiscard]] Order best_order() const &
    {
        qube_order_view v;
        v.struct_size = sizeof v;
        priv::check(qube_plan_best_order(use(), &v));
        return {v.peak_elements, v.peak_node, {v.contractions, v.n_contractions}};
    }
    void best_order() const && = delete;

    /// What is live at the turn of a node, itself included. Node::live has more where a batch's
    /// contribution, or the block that is being made, is beside its result.
    /// @throws Error position
    [[nodiscard]] std::vector<Live> live_at(std::int64_t node) const
    {
        const auto nodes = this->nodes();
        static_cast<void>(nodes[node]); // there is one
        std::vector<Live> live;
        std::int64_t number = 0;
        for (const Node &at : nodes) {
            for (const Life &life : at.lives) {
                if (life.from <= node && node <= life.to) {
                    live.push_back({number, life.elements});
                }
            }
            ++number;
        }
        return live;
    }

    /// The loops around a node, those of its ancestors, the outermost first. @throws Error position
    [[nodiscard]] std::vector<Loop> nest(std::int64_t node) const
    {
        const auto nodes = this->nodes();
        std::vector<Loop> nest; // the innermost first
        for (std::int64_t at = nodes[node].parent; at >= 0; at = nodes[at].parent) {
            const std::vector<Loop> opened = nodes[at].loops.to_vector();
            nest.insert(nest.end(), opened.rbegin(), opened.rend());
        }
        std::reverse(nest.begin(), nest.end());
        return nest;
    }

    /// table, json, svg (memory against time) or dot (the tree). @throws Error option
    [[nodiscard]] std::string render(Format format) const
    {
        return document(qube_plan_render, format);
    }

    /// Recomputes the plan by code that shares nothing with the search, for the network, policy and
    /// options that it was made for (qube_plan_verify()).
    /// @throws Error replay: it disagrees; the message says where
    void verify(const Network &network, const Policy &policy, const Options &options = {}) const
    {
        verify(network.use(), policy.use(), options);
    }
    void verify(const Network &network, const Options &options = {}) const
    {
        verify(network.use(), nullptr, options);
    }

private:
    friend class Plans;
    friend class CustomSearch;
    friend Plan optimize(const Network &, const Policy &, const Options &);
    friend Plan optimize(const Network &, const Options &);

    template <class Call> explicit Plan(const Call &call) : Result(call) {}
    Plan(const qube_plan *lent, const std::shared_ptr<const void> &lender) : Result(lent, lender) {}

    void verify(const qube_network *network, const qube_policy *policy,
                const Options &options) const
    {
        const qube_options c = priv::in_c(options);
        priv::Parked parked;
        const std::int32_t status = qube_plan_verify(use(), network, policy, &c);
        parked.rethrow();
        priv::check(status);
    }
};

} // namespace qube

#endif // QUBE_BUDGET_PLAN_HPP
