// Plans one term of a local coupled-cluster calculation, as a framework's optimize step does. It
// takes the term as text, a table of extents and a batch policy, and prints the contractions in
// order, the size of each result, and the peak.
#include <algorithm>
#include <cstdio>
#include <qube_budget.hpp>

namespace {

// A cluster of 14 water molecules: 56 occupied orbitals i, 602 projected atomic orbitals μ̃, 1652
// density fitting functions Κ, and 12 pair-natural orbitals a in every pair.
constexpr const char *term = "g{μ̃_1;i_3;Κ_1} C{a_3<i_2>;μ̃_1} g{μ̃_2;μ̃_3;Κ_1} C{a_4<i_1>;μ̃_2} "
                             "C{μ̃_3;a_1<i_1,i_2>} t{a_4<i_1>;i_1} t{a_5<i_3>;i_3} t{a_3<i_2>;i_2} "
                             "C{μ̃_5;a_5<i_3>} s{μ̃_4;μ̃_5} C{a_2<i_1,i_2>;μ̃_4}";

qube::Spaces extents()
{
    qube::Spaces spaces;
    spaces.add("i", 56).add("μ̃", 602).add("Κ", 1652);
    // Pair-natural orbitals come with power means of their domain sizes; here all domains are
    // equal.
    spaces.add("a", 12, {12, 12, 12, 12});
    return spaces;
}

qube::Options options()
{
    qube::Options options;
    options.objective = qube::Objective::dense_peak_size_batched;
    options.volatile_weight = 20; // iterations: so often the amplitudes t change
    // The roofline of a node of 2.5e12 multiply-add pairs and 400e9 bytes a second. It does
    // 8 * 2.5e12 / 400e9 = 50 pairs in the time that moves one double. A contraction with less work
    // per element moved is charged for the traffic instead.
    options.machine_balance = 8 * 2.5e12 / 400e9;
    options.fast_mem_elems = 64.0 * 1024 * 1024 / 8; // doubles in a cache of 64 MiB
    return options;
}

std::string size(double elements, const qube::Options &options)
{
    const double mib = elements * static_cast<double>(options.bytes_per_element) / (1024 * 1024);
    char text[32];
    if (mib < 1024) {
        std::snprintf(text, sizeof text, "%.2f MiB", mib);
    } else {
        std::snprintf(text, sizeof text, "%.2f GiB", mib / 1024);
    }
    return text;
}

// Columns of a text on a terminal: its characters in UTF-8 without combining marks (U+0300 to
// U+036F, such as the tilde of μ̃).
std::size_t columns(const std::string &text)
{
    std::size_t columns = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
        const bool mark = byte == 0xCC || (byte == 0xCD && next < 0xB0);
        columns += (byte & 0xC0) != 0x80 && !mark;
    }
    return columns;
}

std::string blanks(std::size_t width, const std::string &text)
{
    return std::string(width - std::min(width, columns(text)), ' ');
}
std::string left(std::size_t width, const std::string &text)
{
    return text + blanks(width, text);
}
std::string right(std::size_t width, const std::string &text)
{
    return blanks(width, text) + text;
}

void line(const std::string &node, const std::string &operands, const std::string &open,
          const std::string &full, const std::string &sliced, const std::string &loops)
{
    const std::string text = right(4, node) + "  " + left(11, operands) + "  " + left(33, open) +
                             right(11, full) + right(11, sliced) + "  " + loops;
    std::printf("%s\n", text.substr(0, text.find_last_not_of(' ') + 1).c_str());
}

void print(const qube::Plan &plan, const qube::Options &options)
{
    const auto nodes = plan.nodes();
    // A tensor by its label and number in the term, a result by its node.
    const auto name = [&](std::int64_t number) {
        const std::int64_t tensor = nodes[number].tensor;
        return tensor < 0 ? "#" + std::to_string(number)
                          : std::string(plan.tensors()[tensor]) + std::to_string(tensor);
    };
    line("node", "contracts", "open in the result", "full", "sliced", "loops");
    for (std::int64_t number = 0; number < static_cast<std::int64_t>(nodes.size()); ++number) {
        const qube::Node node = nodes[number];
        if (node.tensor >= 0) {
            continue;
        }
        std::string open, loops;
        for (const std::int64_t index : plan.open(node)) {
            open.append(open.empty() ? "" : " ").append(plan.indices()[index]);
        }
        for (const qube::Loop &loop : node.loops) {
            loops.append(loops.empty() ? "" : ", ").append(plan.indices()[loop.index]);
            loops +=
                ": " + std::to_string(loop.batches) + " batches of " + std::to_string(loop.batch);
        }
        line(name(number), name(node.first) + " x " + name(node.second), open,
             size(node.footprint, options), size(node.sliced_footprint, options), loops);
    }
    std::printf("\npeak %s at %s, %.3g multiply-add pairs, found in %.1f ms\n",
                size(plan.peak_elements(), options).c_str(), name(plan.peak_node()).c_str(),
                plan.flops(), 1e3 * plan.seconds());
}

} // namespace

int main()
try {
    const qube::Network network = qube::Network::parse(term, extents());
    qube::Policy policy; // the evaluator asks the same object: policy.resolve(network)
    policy.batch_space("Κ", 236).add_volatile("t");
    qube::Options options = ::options();

    const qube::Plan plan = qube::optimize(network, policy, options);
    std::printf("%s\n\n", term);
    print(plan, options);

    options.objective = qube::Objective::dense_peak_size;
    const qube::Plan unsliced = qube::optimize(network, policy, options);
    std::printf("peak %s if nothing is sliced\n", size(unsliced.peak_elements(), options).c_str());
    const std::int64_t limit = qube::memory_limit();
    std::printf("this process may use %s: the plan %s\n",
                size(static_cast<double>(limit / options.bytes_per_element), options).c_str(),
                plan.peak_bytes() <= limit ? "fits" : "does not fit");
} catch (const qube::Error &error) {
    std::fprintf(stderr, "optimize: %s\n", error.what());
    return 1;
}
