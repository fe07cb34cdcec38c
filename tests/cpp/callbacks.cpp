// What callbacks and models throw reaches the caller with its type; what they say reaches the
// library.
#include "check.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

namespace {

// Not derived from std::exception; what it owns must not leak.
struct Refusal {
    std::shared_ptr<int> owned = std::make_shared<int>(7);
};

// Whether a Refusal comes out of the call.
template <class Call> bool refuses(const Call &call)
{
    try {
        call();
    } catch (const Refusal &refusal) {
        return *refusal.owned == 7;
    }
    return false;
}

qube::Spaces spaces()
{
    qube::Spaces spaces;
    spaces.add("i", 7).add("a", 11).add("K", 40);
    return spaces;
}

qube::Network term()
{
    return qube::Network::parse("g{a_1;i_1;K_1} t{a_1;i_2} f{i_2;i_3}", spaces());
}

void power_means_are_asked_for()
{
    qube::Spaces table = spaces();
    table.set_inner_pow([](const qube::CompositeFacts &index, std::int64_t k) {
        CHECK(index.label == "a_1<i_1>" && index.space == "a" && index.extent == 11);
        return 10.0 + static_cast<double>(k);
    });
    const auto read = qube::Network::parse("t{a_1<i_1>;i_1}", table);
    CHECK(read.indices()[read.number_of("a_1<i_1>")].power_means[0] == 11);
    table.set_inner_pow(
        [](const qube::CompositeFacts &, std::int64_t) -> double { throw Refusal(); });
    CHECK(refuses([&] { static_cast<void>(qube::Network::parse("t{a_1<i_1>;i_1}", table)); }));
    table.set_inner_pow({});
    static_cast<void>(qube::Network::parse("t{a_1<i_1>;i_1}", table));

    qube::NetworkBuilder builder;
    builder.add_index("i_1", 5)
        .add_composite("a_1<i_1>", "a", 3, {"i_1"})
        .add_tensor("t", {"a_1<i_1>"});
    builder.set_inner_pow([](const qube::CompositeFacts &, std::int64_t) { return 4.0; });
    const auto built = builder.build();
    CHECK(built.indices()[1].power_means[0] == 4);
    builder.set_inner_pow(
        [](const qube::CompositeFacts &, std::int64_t) -> double { throw Refusal(); });
    CHECK(refuses([&] { static_cast<void>(builder.build()); }));
}

void policies_ask()
{
    const qube::Network network = term();
    qube::PolicySettings settings;
    settings.batchable = [](const qube::IndexFacts &index) -> std::optional<qube::Batching> {
        CHECK(index.extent > 0 && !index.space.empty());
        if (index.label != "K_1") {
            return std::nullopt;
        }
        CHECK(index.role == qube::Role::external);
        return qube::Batching{10, 4};
    };
    settings.is_volatile = [](const qube::TensorFacts &tensor) {
        return tensor.label == "t" && tensor.tensor == 1;
    };
    qube::Policy policy;
    const auto copy = policy.set(settings);
    const auto resolved = copy.resolve(network);
    CHECK(resolved.index(network.number_of("K_1")).batch == 8 && resolved.is_volatile(1));
    CHECK(!resolved.is_volatile(0) && !resolved.index(network.number_of("a_1")).is_batchable);
    CHECK_THROWS(policy.render(qube::Format::json), document, "callback");

    settings.batchable = [](const qube::IndexFacts &) -> std::optional<qube::Batching> {
        throw Refusal();
    };
    policy.set(settings);
    CHECK(refuses([&] { static_cast<void>(policy.resolve(network)); }));
    CHECK(refuses([&] { static_cast<void>(qube::optimize(network, policy)); }));
    settings.batchable = {};
    settings.is_volatile = [](const qube::TensorFacts &) -> bool { throw Refusal(); };
    policy.set(settings);
    CHECK(refuses([&] { static_cast<void>(qube::optimize(network, policy)); }));
    policy.set({});
    CHECK(qube::optimize(network, policy).cost() > 0);
}

void progress_stops_or_throws()
{
    qube::Spaces letters;
    for (char letter = 'a'; letter <= 'm'; ++letter) { // all with all: a dense network
        letters.add(std::string(1, letter), 3);
    }
    const qube::Network network =
        qube::Network::einsum("abc,cde,efg,gha,bdf,fhi,ikl,ljm,mkj,ei,dk", letters);
    qube::Options options;
    options.objective = qube::Objective::dense_peak_size;
    int reports = 0;
    const auto caller = std::this_thread::get_id();
    options.progress = [&](const qube::Progress &progress) {
        CHECK(progress.n_terms == 1 && progress.terms_done == 0 && progress.states >= 0);
        CHECK(std::this_thread::get_id() == caller);
        ++reports;
        return true;
    };
    const double best = qube::optimize(network, options).peak_elements();
    CHECK(reports > 0);
    options.progress = [](const qube::Progress &) { return false; };
    CHECK(qube::optimize(network, options).peak_elements() >= best); // the best so far
    options.require_optimal = true;
    CHECK_THROWS(qube::optimize(network, options), callback, "progress");
    options.require_optimal = false;
    options.progress = [](const qube::Progress &) -> bool { throw Refusal(); };
    CHECK(refuses([&] { static_cast<void>(qube::optimize(network, options)); }));

    std::vector<qube::Network> terms;
    terms.push_back(term());
    terms.push_back(term());
    for (const std::int64_t threads : {1, 2}) {
        std::vector<std::int64_t> done;
        qube::Options many;
        many.progress = [&](const qube::Progress &progress) {
            CHECK(progress.n_terms == 2 && std::this_thread::get_id() == caller);
            done.push_back(progress.terms_done);
            return true;
        };
        CHECK(qube::optimize_many(terms, qube::Policy(), many, threads).n_terms() == 2);
        CHECK((done == std::vector<std::int64_t>{1, 2}));
        many.progress = [](const qube::Progress &) { return false; };
        CHECK_THROWS(qube::optimize_many(terms, qube::Policy(), many, threads), callback,
                     "progress");
        many.progress = [](const qube::Progress &) -> bool { throw Refusal(); };
        CHECK(refuses(
            [&] { static_cast<void>(qube::optimize_many(terms, qube::Policy(), many, threads)); }));
    }
}

// The largest intermediate, which is easy to know.
struct Largest {
    using State = double;
    static State leaf(const qube::LeafFacts &) { return 0; }
    static State combine(const qube::ContractionFacts &to, State left, State right)
    {
        return std::max({to.footprint, left, right});
    }
    static bool less(State a, State b) { return a < b; }
    static double value(State state) { return state; }
};

// Looks at what it is given, and throws in the call of a number.
struct Checking {
    struct State {
        std::uint64_t tensors;
        double volume;
    };
    int throws_at = 0;
    int calls = 0;

    void count()
    {
        if (++calls == throws_at) {
            throw Refusal();
        }
    }
    State leaf(const qube::LeafFacts &facts)
    {
        count();
        CHECK(facts.is_volatile == (facts.tensor == 1) && facts.footprint > 0);
        return {std::uint64_t{1} << facts.tensor, facts.footprint};
    }
    State combine(const qube::ContractionFacts &to, const State &left, const State &right)
    {
        count();
        CHECK(to.left_tensors == left.tensors && to.right_tensors == right.tensors);
        CHECK(to.left_footprint == left.volume && to.right_footprint == right.volume);
        CHECK(to.left_is_volatile == ((left.tensors & 2) != 0));
        CHECK(to.right_is_volatile == ((right.tensors & 2) != 0));
        CHECK(to.is_volatile == (to.left_is_volatile || to.right_is_volatile));
        CHECK(to.flops >= to.footprint);
        return {left.tensors | right.tensors, to.footprint};
    }
    bool less(const State &, const State &)
    {
        count();
        return false;
    }
    double value(const State &state)
    {
        count();
        return static_cast<double>(state.tensors);
    }
};

// Asks the library, which may fail there, while it is asked.
struct Nested : Largest {
    const qube::Network &network;
    explicit Nested(const qube::Network &asked) : network(asked) {}
    [[nodiscard]] double value(State state) const
    {
        qube::Options options;
        options.volatile_weight = -1;
        CHECK_THROWS(qube::optimize(network, options), option, "volatile_weight is -1");
        return state + qube::optimize_custom(network, Largest{}).cost();
    }
};

struct NotANumber : Largest {
    static double value(State) { return std::numeric_limits<double>::quiet_NaN(); }
};

void models_are_asked()
{
    const qube::Network network = term();
    const Largest constant;
    const qube::Plan plan = qube::optimize_custom(network, constant);
    CHECK(plan.cost() == 7.0 * 7 * 40 && plan.objective() == qube::Objective::custom);
    CHECK(qube::optimize_custom(network, Nested(network)).cost() == 2 * plan.cost());
    CHECK_THROWS(qube::optimize_custom(network, NotANumber{}), callback, "NaN");

    qube::Policy policy;
    policy.add_volatile("t");
    Checking model;
    CHECK(qube::optimize_custom(network, policy, model).cost() == 7);
    const int calls = model.calls;
    CHECK(calls > 5);
    for (int at = 1; at <= calls; ++at) {
        Checking throwing;
        throwing.throws_at = at;
        CHECK(
            refuses([&] { static_cast<void>(qube::optimize_custom(network, policy, throwing)); }));
        CHECK(throwing.calls == at); // nothing is asked after it
    }
}

} // namespace

int main()
{
    power_means_are_asked_for();
    policies_ask();
    progress_stops_or_throws();
    models_are_asked();
    return checks_done();
}
