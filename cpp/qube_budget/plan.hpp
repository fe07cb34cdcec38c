/// @file
/// Plans: orders of contraction with their costs, peaks, loops and lifetimes.
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

/// The advice on a node for a cache that outlives one evaluation.
enum class Cache : std::int32_t {
    transient = QUBE_CACHE_TRANSIENT, ///< Do not keep.
    keep = QUBE_CACHE_KEEP,           ///< Persistent, and an operand of a volatile node.
    sliced = QUBE_CACHE_SLICED,       ///< As keep, but it exists in slices only.
};

/// A loop over batches of an index. Plan::indices() has the label of its number.
struct Loop : qube_loop {
    /// Takes an element of C.
    /// Takes an element of C.
    explicit Loop(const qube_loop &c) : qube_loop(c), role(static_cast<Role>(c.role)) {}
    Role role; ///< contracted: batches add to the result; external: each makes a block of it.
};

/// The interval of nodes during which a tensor or result is live at one size.
using Life = qube_life;

/// A tensor of the term, or the result of a contraction. Its number is its place in Plan::nodes();
/// Plan::open() has its open indices.
struct Node : qube_node {
    /// Takes an element of C.
    /// Takes an element of C.
    explicit Node(const qube_node &c)
        : qube_node(c), loops(c.loops, c.n_loops), lives(c.lives, c.n_lives),
          cache(static_cast<Cache>(c.cache))
    {
    }
    Range<Loop, qube_loop> loops; ///< Around both operands, outermost first.
    Range<Life> lives;            ///< When it is live, and its sizes.
    Cache cache;                  ///< The advice for a cache.
};

/// A node that is live at the turn of another node.
struct Live {
    std::int64_t node; ///< Its number.
    double elements;   ///< Its size at that turn.
};

/// A point (peak_elements, cost) of the frontier.
using Point = qube_point;

/// The report that no plan fits the threshold on the peak, with remedies.
struct Infeasible : qube_infeasible {
    /// Takes an element of C.
    /// Takes an element of C.
    explicit Infeasible(const qube_infeasible &c) : qube_infeasible(c), loops(c.loops, c.n_loops) {}
    Range<Loop, qube_loop> loops; ///< Of a schedule that reaches the least peak.
};

/// The order of a plan's contractions with the least peak: qube_order_view.
struct Order {
    double peak_elements;             ///< The most live elements.
    std::int64_t peak_node;           ///< The contraction at the peak.
    Range<std::int64_t> contractions; ///< Numbers of nodes, in the order.
};

/// An order of contraction with its numbers. Sizes are in elements, work in multiply-add pairs.
class Plan : public priv::Result<qube_plan, qube_plan_view, qube_plan_get, qube_plan_free> {
public:
    /// Reads a plan that render(Format::json) or the command line wrote.
    /// @throws Error document
    [[nodiscard]] static Plan from_json(std::string_view text)
    {
        const std::string c = priv::c_text(text, "text");
        return Plan([&](qube_plan **out) { return qube_plan_from_json(c.c_str(), out); });
    }

    /// The cost under the objective.
    [[nodiscard]] double cost() const { return view().cost; }
    /// The unweighted work.
    [[nodiscard]] double flops() const { return view().flops; }

    /// The most live elements.
    [[nodiscard]] double peak_elements() const { return view().peak_elements; }
    /// The peak in bytes; -1 from 2^53 elements.
    [[nodiscard]] std::int64_t peak_bytes() const { return view().peak_bytes; }
    /// The node at the peak.
    [[nodiscard]] std::int64_t peak_node() const { return view().peak_node; }

    /// A lower bound on the peak or cost of every plan, see bounded().
    [[nodiscard]] double lower_bound() const { return view().lower_bound; }
    /// The quantity of lower_bound().
    [[nodiscard]] Bounded bounded() const { return static_cast<Bounded>(view().bounded); }
    /// The largest relative excess over the best plan; 0: proven best, -1: unknown.
    [[nodiscard]] double gap() const { return view().gap; }
    /// Whether the plan is proven best in the space searched.
    [[nodiscard]] bool optimal() const { return view().optimal != 0; }
    /// Whether the space searched has outer products.
    [[nodiscard]] bool exhaustive() const { return view().exhaustive != 0; }

    /// The objective.
    [[nodiscard]] Objective objective() const { return static_cast<Objective>(view().objective); }
    /// The search method, in a few words.
    [[nodiscard]] std::string method() const { return view().method; }
    /// Wall-clock seconds.
    [[nodiscard]] double seconds() const { return view().seconds; }
    /// States expanded.
    [[nodiscard]] std::int64_t states() const { return view().states; }
    /// Pairs examined.
    [[nodiscard]] std::int64_t pairs() const { return view().pairs; }
    /// Bytes that the allocator refused, which stopped the search; 0: none.
    [[nodiscard]] std::int64_t refused_bytes() const { return view().refused_bytes; }
    /// Bytes of an element.
    [[nodiscard]] std::int64_t bytes_per_element() const { return view().bytes_per_element; }

    /// The nodes, in the order of evaluation.
    [[nodiscard]] auto nodes() const & { return range<Node>(&View::nodes, &View::n_nodes); }
    void nodes() const && = delete;

    /// Numbers of the indices open in a node.
    [[nodiscard]] Range<std::int64_t> open(const Node &node) const &
    {
        return {view().open + node.open_begin, node.open_end - node.open_begin};
    }
    void open(const Node &node) const && = delete;

    /// Labels of the indices, by number.
    [[nodiscard]] auto indices() const &
    {
        return range<std::string_view>(&View::indices, &View::n_indices);
    }
    void indices() const && = delete;
    /// Labels of the tensors, by number.
    [[nodiscard]] auto tensors() const &
    {
        return range<std::string_view>(&View::tensors, &View::n_tensors);
    }
    void tensors() const && = delete;

    /// Reverse Polish notation: tensor numbers, and -1 to contract the two results on top of the
    /// stack.
    [[nodiscard]] auto sequence() const &
    {
        return range<std::int64_t>(&View::sequence, &View::n_nodes);
    }
    void sequence() const && = delete;

    /// The points (peak_elements, cost) at the root: the plan's own, or all with Options::frontier.
    [[nodiscard]] auto frontier() const &
    {
        return range<Point>(&View::frontier, &View::n_frontier);
    }
    void frontier() const && = delete;

    /// The report that no plan fits the policy's threshold; none: a plan fits, or no threshold.
    [[nodiscard]] std::optional<Infeasible> infeasible() const &
    {
        const auto v = view();
        return v.infeasible == nullptr ? std::nullopt : std::optional<Infeasible>(*v.infeasible);
    }
    void infeasible() const && = delete;

    /// The order of its contractions with the least peak (qube_plan_best_order()).
    [[nodiscard]] Order best_order() const &
    {
        qube_order_view v;
        v.struct_size = sizeof v;
        priv::check(qube_plan_best_order(use(), &v));
        return {v.peak_elements, v.peak_node, {v.contractions, v.n_contractions}};
    }
    void best_order() const && = delete;

    /// The nodes live at the turn of a node, itself included. Node::live also counts the
    /// contribution of a batch, or the block in the making, beside its result.
    /// @throws Error position
    [[nodiscard]] std::vector<Live> live_at(std::int64_t node) const
    {
        const auto nodes = this->nodes();
        static_cast<void>(nodes[node]); // throws where there is none
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

    /// The loops around a node, outermost first: those of its ancestors.
    /// @throws Error position
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

    /// Renders a document: table, json, svg (memory against time) or dot (the tree).
    /// @throws Error option
    [[nodiscard]] std::string render(Format format) const
    {
        return document(qube_plan_render, format);
    }

    /// Recomputes the plan by code that shares nothing with the search (qube_plan_verify()). Give
    /// the network, policy and options of the plan.
    /// @throws Error replay (the plan disagrees; the message says where); any exception of a
    ///         callback
    void verify(const Network &network, const Policy &policy, const Options &options = {}) const
    {
        verify(network.use(), policy.use(), options);
    }
    /// verify() of a plan without a policy.
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
