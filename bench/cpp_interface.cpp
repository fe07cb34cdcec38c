// Times calls through the C++ headers for run.py, as a host makes them: those that c_interface
// times in C, with the same inputs, and the chains again through the adapter for SeQuant.
//   cpp_interface SECONDS budget|fit PATH
//   cpp_interface SECONDS chain|adapter N
// Prints what c_interface prints. A call makes its inputs, reads what the result tells, and frees.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <qube_budget/sequant.hpp>

namespace {

constexpr std::pair<const char *, qube::Path> paths[] = {
    {"harmonic", qube::Path::harmonic},
    {"pixel-direct", qube::Path::pixel_direct},
    {"eclipse", qube::Path::eclipse},
};

qube::Budget budget_of(qube::Path path)
{
    if (path == qube::Path::harmonic) { // the run of the README
        return qube::Budget::harmonic(
            {.n_pix = 59136, .n_modes = 33274, .lmax_signal = 256, .lmax = 128});
    }
    if (path == qube::Path::pixel_direct) {
        return qube::Budget::pixel_direct(
            {.n_pix = 9800, .lmax_signal = 256, .n_bins = 6, .n_params = 18});
    }
    return qube::Budget::eclipse({.code = qube::EclipseCode::teb,
                                  .pix_t = 29000,
                                  .pix_p = 27000,
                                  .lmax = 192,
                                  .maps = 1000});
}

double budget(qube::Path path)
{
    return static_cast<double>(budget_of(path).lifetime_peak_bytes());
}

double fit(qube::Path path)
{
    const qube::Fit fit = budget_of(path).fit(std::int64_t{32} << 30);
    return fit.request().per_node_bytes() > 0 ? static_cast<double>(fit.spare_bytes()) : 0;
}

// A product of matrices, A(0, 1) A(1, 2) ..., of 10 to 22 rows.
std::int64_t rows_of(int index) { return 10 + 7 * index % 13; }

double chain(int tensors)
{
    std::vector<std::string> labels;
    qube::NetworkBuilder builder;
    for (int i = 0; i <= tensors; ++i) {
        labels.push_back("i_" + std::to_string(i));
        builder.add_index(labels.back(), rows_of(i));
    }
    for (std::size_t i = 0; i + 1 < labels.size(); ++i) {
        builder.add_tensor("A", {labels[i], labels[i + 1]});
    }
    return qube::optimize(builder.build()).cost();
}

// The same as a host's own types have it.
struct Index {
    int number;
    bool operator==(const Index &) const = default;
};

std::size_t hash_value(const Index &index) { return static_cast<std::size_t>(index.number); }

struct Chain {
    std::vector<std::vector<Index>> tensors;
};

} // namespace

template <> struct qube::seq::NetworkTraits<Chain> {
    using Index = ::Index;
    using Tensor = std::vector<::Index>;
    static auto &tensors(const Chain &chain) { return chain.tensors; }
    static const char *tensor_label(const Tensor &) { return "A"; }
    static auto &indices(const Tensor &tensor) { return tensor; }
    static auto index_label(const ::Index &index) { return "i_" + std::to_string(index.number); }
    static const char *index_space(const ::Index &) { return "i"; }
    static std::vector<::Index> protos(const ::Index &) { return {}; }
};

namespace {

double adapted_chain(int tensors)
{
    Chain chain;
    for (int i = 0; i < tensors; ++i) {
        chain.tensors.push_back({{i}, {i + 1}});
    }
    return qube::seq::plan_single_term(chain, [](const Index &i) { return rows_of(i.number); })
        .cost();
}

// As c_interface does: the first of runs of 1, 2, 4, .. calls that fills the seconds.
template <class Work> void time_calls(double seconds, const Work &work)
{
    using Clock = std::chrono::steady_clock;
    double value = 0, passed = 0;
    long calls = 1;
    for (;; calls *= 2) {
        const auto begun = Clock::now();
        for (long call = 0; call < calls; ++call) {
            value = work();
        }
        passed = std::chrono::duration<double>(Clock::now() - begun).count();
        if (passed >= seconds) {
            break;
        }
    }
    std::printf("{\"seconds\":%.9g,\"calls\":%ld,\"values\":[%.17g]}\n",
                passed / static_cast<double>(calls), calls, value);
}

bool run(double seconds, const std::string &work, const std::string &which)
{
    const int tensors = std::atoi(which.c_str());
    if (tensors > 0 && work == "chain") {
        time_calls(seconds, [tensors] { return chain(tensors); });
        return true;
    }
    if (tensors > 0 && work == "adapter") {
        time_calls(seconds, [tensors] { return adapted_chain(tensors); });
        return true;
    }
    for (const auto &[name, path] : paths) {
        if (which == name && work == "budget") {
            time_calls(seconds, [path = path] { return budget(path); });
            return true;
        }
        if (which == name && work == "fit") {
            time_calls(seconds, [path = path] { return fit(path); });
            return true;
        }
    }
    return false;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 4 || !run(std::atof(argv[1]), argv[2], argv[3])) {
        std::fprintf(stderr, "usage: cpp_interface SECONDS budget|fit PATH, or chain|adapter N\n");
        return 2;
    }
}
