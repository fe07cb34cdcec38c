// Cost models of the caller's own: the plan's cost against all trees, and exceptions that keep their
// type on the way through the library.
#include "check.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

// Extents by letter from 'a'.
constexpr std::int64_t extents[] = {4, 7, 2, 9, 3, 6, 5, 8};

qube::Network einsum(const std::string &text)
{
    qube::Spaces spaces;
    for (int k = 0; k < 8; ++k) {
        spaces.add(std::string(1, static_cast<char>('a' + k)), extents[k]);
    }
    return qube::Network::einsum(text, spaces);
}

// --- All trees ------------------------------------------------------------------------------------

struct Term {
    std::vector<std::string> tensors;
    std::string result;

    [[nodiscard]] std::string text() const
    {
        std::string text;
        for (const std::string &tensor : tensors) {
            text += (text.empty() ? "" : ",") + tensor;
        }
        return text + "->" + result;
    }

    // The letters of a set that stand outside it too; of one tensor, all its letters.
    [[nodiscard]] double volume(unsigned set) const
    {
        double volume = 1;
        for (int k = 0; k < 8; ++k) {
            const char letter = static_cast<char>('a' + k);
            bool inside = false;
            bool outside = result.find(letter) != std::string::npos;
            for (std::size_t t = 0; t < tensors.size(); ++t) {
                const bool has = tensors[t].find(letter) != std::string::npos;
                ((set >> t & 1U) != 0 ? inside : outside) |= has;
            }
            if (inside && (outside || (set & (set - 1)) == 0)) {
                volume *= static_cast<double>(extents[k]);
            }
        }
        return volume == 1 ? 0 : volume;
    }

    // The least over all trees of what charge(volume of the result, left, right) comes to.
    template <class Charge> [[nodiscard]] double best(unsigned set, const Charge &charge) const
    {
        if ((set & (set - 1)) == 0) {
            return 0;
        }
        double best = std::numeric_limits<double>::infinity();
        for (unsigned left = (set - 1) & set; left != 0; left = (left - 1) & set) {
            const double l = this->best(left, charge);
            const double r = this->best(set & ~left, charge);
            best = std::min(best, charge(volume(set), l, r));
        }
        return best;
    }
};

const std::vector<Term> terms = {
    {{"ab", "bc", "cd", "da"}, ""},
    {{"abc", "cd", "bde", "ef"}, "af"},
    {{"ab", "bc", "cd", "de", "ef"}, "af"},
    {{"abe", "bcf", "cdg", "dah", "efgh"}, ""},
    {{"ab", "bc", "cd", "de", "ef", "fa"}, ""},
    {{"abg", "bch", "cdg", "deh", "ef", "f"}, "a"},
};

// --- Models ---------------------------------------------------------------------------------------

struct LargestIntermediate {
    using State = double;
    static State leaf(const qube::LeafFacts &) { return 0; }
    static State combine(const qube::ContractionFacts &to, State left, State right)
    {
        return std::max({to.footprint, left, right});
    }
    static bool less(State a, State b) { return a < b; }
    static double value(State state) { return state; }
};

// Sum of squares of the results' footprints, with the tensors below beside it.
struct SumOfSquares {
    struct State {
        std::uint64_t tensors;
        double sum;
    };

    const Term &term;
    std::int64_t leaves = 0;
    std::thread::id thread = std::this_thread::get_id();

    State leaf(const qube::LeafFacts &facts)
    {
        CHECK(std::this_thread::get_id() == thread);
        const unsigned set = 1U << facts.tensor;
        CHECK(facts.footprint == term.volume(set));
        CHECK(facts.is_volatile == (facts.tensor == 1));
        ++leaves;
        return {set, 0};
    }

    [[nodiscard]] State combine(const qube::ContractionFacts &to, const State &left,
                                const State &right) const
    {
        CHECK(std::this_thread::get_id() == thread);
        CHECK(to.left_tensors == left.tensors && to.right_tensors == right.tensors);
        const auto volume = [&](std::uint64_t set) {
            return term.volume(static_cast<unsigned>(set));
        };
        CHECK(to.left_footprint == volume(left.tensors));
        CHECK(to.right_footprint == volume(right.tensors));
        CHECK(to.footprint == volume(left.tensors | right.tensors));
        CHECK(to.left_is_volatile == ((left.tensors & 2) != 0));
        CHECK(to.right_is_volatile == ((right.tensors & 2) != 0));
        CHECK(to.is_volatile == (to.left_is_volatile || to.right_is_volatile));
        CHECK(to.flops >= to.footprint);
        return {left.tensors | right.tensors, to.footprint * to.footprint + left.sum + right.sum};
    }

    [[nodiscard]] bool less(const State &a, const State &b) const { return a.sum < b.sum; }
    [[nodiscard]] double value(const State &state) const { return state.sum; }
};

bool close(double a, double b) { return std::fabs(a - b) <= 1e-12 * std::fabs(b); }

void the_plan_is_the_best_of_all_trees()
{
    qube::Options options;
    options.prune_outer_products = false;
    for (const Term &term : terms) {
        const qube::Network network = einsum(term.text());
        const unsigned all = (1U << term.tensors.size()) - 1;
        const auto largest = [](double own, double l, double r) { return std::max({own, l, r}); };
        const auto squares = [](double own, double l, double r) { return own * own + l + r; };

        const LargestIntermediate constant;
        const qube::Plan one = qube::optimize_custom(network, constant, options);
        CHECK(close(one.cost(), term.best(all, largest)));
        CHECK(one.summary().objective == qube::Objective::Custom);
        CHECK(one.summary().exhaustive);
        CHECK(qube::optimize_custom(network, LargestIntermediate{}, options).cost() == one.cost());

        qube::BatchPolicy policy;
        policy.add_volatile_tensor(1);
        SumOfSquares model{term};
        const qube::Plan two = qube::optimize_custom(network, policy, model, options);
        CHECK(close(two.cost(), term.best(all, squares)));
        CHECK(model.leaves >= static_cast<std::int64_t>(term.tensors.size()));
    }
}

void the_plan_prints()
{
    const qube::Plan plan =
        qube::optimize_custom(einsum(terms[0].text()), LargestIntermediate{});
    CHECK(plan.json().find("\"objective\":\"custom\"") != std::string::npos);
    CHECK(plan.report().rfind("custom plan of 4 tensors\n", 0) == 0);
    CHECK(plan.steps().size() == 3 && plan.steps()[0].cost == 0);
}

// --- Failures -------------------------------------------------------------------------------------

// Not derived from std::exception; what it owns must not leak.
struct Cancelled {
    std::shared_ptr<int> calls;
};

struct Throwing : LargestIntermediate {
    std::shared_ptr<int> calls = std::make_shared<int>(0);
    int at = 0;

    void count() const
    {
        if (++*calls == at) {
            throw Cancelled{calls};
        }
    }
    State leaf(const qube::LeafFacts &facts) const
    {
        count();
        return LargestIntermediate::leaf(facts);
    }
    State combine(const qube::ContractionFacts &to, State left, State right) const
    {
        count();
        return LargestIntermediate::combine(to, left, right);
    }
    bool less(State a, State b) const
    {
        count();
        return LargestIntermediate::less(a, b);
    }
    double value(State state) const
    {
        count();
        return state;
    }
};

void exceptions_keep_their_type()
{
    const qube::Network network = einsum(terms[0].text());
    Throwing model;
    const double cost = qube::optimize_custom(network, model).cost();
    const int calls = *model.calls;
    for (int at = 1; at <= calls; ++at) {
        *model.calls = 0;
        model.at = at;
        bool caught = false;
        try {
            static_cast<void>(qube::optimize_custom(network, model));
        } catch (const Cancelled &cancelled) {
            caught = cancelled.calls == model.calls && *cancelled.calls == at;
        }
        CHECK(caught);
    }
    CHECK(model.calls.use_count() == 1);
    model.at = 0;
    CHECK(qube::optimize_custom(network, model).cost() == cost);
}

// Asks the library, which may fail there, while it is asked.
struct Nested : LargestIntermediate {
    const qube::Network &network;
    explicit Nested(const qube::Network &asked) : network(asked) {}
    [[nodiscard]] double value(State state) const
    {
        qube::Options options;
        options.volatile_weight = -1;
        CHECK_THROWS(qube::optimize(network, options), option, "volatile_weight is -1");
        return state + qube::optimize_custom(network, LargestIntermediate{}).cost();
    }
};

void a_model_may_call_the_library()
{
    const qube::Network network = einsum(terms[0].text());
    const double once = qube::optimize_custom(network, LargestIntermediate{}).cost();
    CHECK(qube::optimize_custom(network, Nested(network)).cost() == 2 * once);
}

struct NotANumber : LargestIntermediate {
    static double value(State) { return std::numeric_limits<double>::quiet_NaN(); }
};

// qube::Error of the model's own comes back as it is.
struct Refusing : LargestIntermediate {
    static double value(State) { throw qube::Error(qube::Status::system, "mine"); }
};

struct Wide : LargestIntermediate {
    struct State {
        char bytes[4096];
    };
    static State leaf(const qube::LeafFacts &) { return {}; }
    static State combine(const qube::ContractionFacts &, const State &, const State &) { return {}; }
    static bool less(const State &, const State &) { return false; }
    static double value(const State &state) { return state.bytes[4095]; }
};

void refusals()
{
    const qube::Network network = einsum(terms[0].text());
    CHECK_THROWS(qube::optimize_custom(network, NotANumber{}), callback,
                 "the callback 'value' failed: it gave NaN; allowed: a finite number");
    CHECK_THROWS(qube::optimize_custom(network, Refusing{}), system, "mine");
    CHECK(qube::optimize_custom(network, Wide{}).cost() == 0);
    CHECK_THROWS(qube::optimize_custom(einsum("a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a->"), Wide{}),
                 too_large, "states over all subsets of tensors");
    qube::BatchPolicy policy;
    const qube::BatchPolicy kept = std::move(policy);
    CHECK_THROWS(qube::optimize_custom(network, policy, LargestIntermediate{}), null_pointer,
                 "policy was moved from");
    qube::Options options;
    options.objective = qube::Objective::Custom;
    CHECK(qube::optimize_custom(network, LargestIntermediate{}, options).cost() > 0);
    CHECK_THROWS(qube::optimize(network, options), option, "objective is custom");
}

} // namespace

int main()
{
    the_plan_is_the_best_of_all_trees();
    the_plan_prints();
    exceptions_keep_their_type();
    a_model_may_call_the_library();
    refusals();
    return checks_done();
}
