/// @file
/// qube_budget in C++17: memory budgets, batch policies and contraction plans, before anything is
/// allocated. One header over the C interface (qube_budget.h), which is the manual of what the
/// numbers mean; link libqube_budget.
///
/// Conventions:
///  - What fails throws qube::Error, with the status of the C interface and a message that names
///    the culprit, gives its value and says what is allowed. Nothing else is thrown but
///    std::bad_alloc, and what a callback or cost model of the caller's throws.
///  - Spaces, NetworkBuilder, Network, BatchPolicy, Budget, Request, Run, Fit and Plan own a handle
///    of the library: they are moved, not copied. One that was moved from may be assigned to or
///    destroyed; any other use throws Error with Status::null_pointer.
///  - Everything else (HarmonicConfig, Stage, Options, Node, ...) is a plain struct, a copy of its
///    own.
///  - Text is UTF-8. It need not be NUL-terminated, but a NUL inside is an Error (Status::parse).
///  - Bytes, extents and counts are std::int64_t; volumes (elements) and work (multiply-add pairs)
///    are double. What is counted (stages, tensors, nodes) is counted from 0.
///  - Any number of threads may call const members of one object at the same time. Members that are
///    not const want the object for themselves. Different objects do not know of each other.
#ifndef QUBE_BUDGET_HPP
#define QUBE_BUDGET_HPP

#if defined(_MSVC_LANG) ? _MSVC_LANG < 201703L : __cplusplus < 201703L
#error "qube_budget.hpp needs C++17 or newer (-std=c++17); older standards have qube_budget.h"
#endif

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "qube_budget.h"

namespace qube {

/// Why a call failed: the status codes of the C interface.
enum class Status : std::int32_t {
    ok = QUBE_OK,                         ///< Never in an Error.
    null_pointer = QUBE_ERR_NULL,         ///< An object that was moved from.
    abi = QUBE_ERR_ABI,                   ///< The library that is loaded does not fit this header.
    buffer = QUBE_ERR_BUFFER,             ///< Not met here: buffers are made long enough.
    utf8 = QUBE_ERR_UTF8,                 ///< Text that is not UTF-8.
    input = QUBE_ERR_INPUT,               ///< A budget input outside its range.
    conflict = QUBE_ERR_CONFLICT,         ///< Two inputs that contradict each other.
    overflow = QUBE_ERR_OVERFLOW,         ///< A number that its type cannot hold.
    unknown_stage = QUBE_ERR_UNKNOWN_STAGE, ///< A stage that the budget does not have.
    position = QUBE_ERR_POSITION,         ///< A stage, tensor or index number beyond the last one.
    extent = QUBE_ERR_EXTENT,             ///< An extent below 1.
    power_mean = QUBE_ERR_POWER_MEAN,     ///< A power mean missing, or not finite and above 0.
    unknown_index = QUBE_ERR_UNKNOWN_INDEX, ///< An index that is not in the network.
    unknown_space = QUBE_ERR_UNKNOWN_SPACE, ///< A space without an extent.
    duplicate = QUBE_ERR_DUPLICATE,       ///< A label that is there already.
    parse = QUBE_ERR_PARSE,               ///< Text not in the expected form, or with a NUL inside.
    no_tensors = QUBE_ERR_NO_TENSORS,     ///< A network without tensors.
    too_large = QUBE_ERR_TOO_LARGE,       ///< More than the method can take.
    target = QUBE_ERR_TARGET,             ///< A batch target size below 1, or missing.
    option = QUBE_ERR_OPTION,             ///< An option or weight outside its range.
    document = QUBE_ERR_DOCUMENT,         ///< A JSON document that says what it cannot mean.
    system = QUBE_ERR_SYSTEM,             ///< The operating system did not answer.
    callback = QUBE_ERR_CALLBACK,         ///< A callback of the host failed, or cancelled the call.
    replay = QUBE_ERR_REPLAY,             ///< A plan that its replay does not bear out.
    limit = QUBE_ERR_LIMIT,               ///< A limit that leaves no plan, or none with a proof.
    label = QUBE_ERR_LABEL,               ///< A label that is empty or has control characters, or a
                                          ///< space that no index can tell.
    panic = QUBE_ERR_PANIC,               ///< A defect of the library.
};

/// What every failure throws. what() names the culprit, its value and what is allowed.
class Error : public std::runtime_error {
public:
    Error(Status status, const std::string &message)
        : std::runtime_error(message), status_(status)
    {
    }

    /// The status of the C interface.
    [[nodiscard]] Status status() const noexcept { return status_; }

private:
    Status status_;
};

/// Not part of the interface.
namespace detail {

/// The message of the last call that failed on this thread.
inline std::string last_error()
{
    std::string message(qube_last_error(nullptr, 0), '\0');
    qube_last_error(message.data(), message.size() + 1);
    return message;
}

inline void check(std::int32_t status)
{
    if (status != QUBE_OK) {
        throw Error(static_cast<Status>(status), last_error());
    }
}

/// Text for C: a copy with a NUL behind it and none inside.
inline std::string c_text(std::string_view text, const char *name)
{
    const std::size_t nul = text.find('\0');
    if (nul != std::string_view::npos) {
        throw Error(Status::parse, std::string(name) + " has a NUL at byte " +
                                       std::to_string(nul + 1) + "; allowed: text without NUL");
    }
    return std::string(text);
}

/// Text from C, by asking for the length and then filling.
template <class Call> std::string text_from(const Call &call)
{
    std::size_t length = 0;
    check(call(static_cast<char *>(nullptr), std::size_t{0}, &length));
    std::string text(length, '\0');
    check(call(text.data(), text.size() + 1, &length));
    return text;
}

/// The text that a function of the C interface gives for these arguments.
template <class Function, class... Arguments>
std::string text_of(Function function, Arguments... arguments)
{
    return text_from([&](char *buf, std::size_t cap, std::size_t *length) {
        return function(arguments..., buf, cap, length);
    });
}

/// The labels of a text that has one a line.
inline std::vector<std::string> lines(const std::string &text)
{
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        lines.push_back(text.substr(begin, end - begin));
        begin = end == std::string::npos ? text.size() : end + 1;
    }
    return lines;
}

template <class T> inline std::int64_t count(const std::vector<T> &items)
{
    return static_cast<std::int64_t>(items.size());
}

struct Free {
    void operator()(qube_spaces *handle) const noexcept { qube_spaces_free(handle); }
    void operator()(qube_network_builder *handle) const noexcept
    {
        qube_network_builder_free(handle);
    }
    void operator()(qube_network *handle) const noexcept { qube_network_free(handle); }
    void operator()(qube_policy *handle) const noexcept { qube_policy_free(handle); }
    void operator()(qube_budget *handle) const noexcept { qube_budget_free(handle); }
    void operator()(qube_request *handle) const noexcept { qube_request_free(handle); }
    void operator()(qube_run *handle) const noexcept { qube_run_free(handle); }
    void operator()(qube_fit *handle) const noexcept { qube_fit_free(handle); }
    void operator()(qube_plan *handle) const noexcept { qube_plan_free(handle); }
    void operator()(qube_plans *handle) const noexcept { qube_plans_free(handle); }
};

template <class T> using Handle = std::unique_ptr<T, Free>;

class CustomSearch;

/// The first exception that a callback threw during a call of the library, which nothing may be
/// thrown through: parked in the frame of the caller. A call within a callback has a frame of its
/// own.
class Parked {
public:
    Parked() noexcept : outer_(innermost()) { innermost() = this; }
    ~Parked() { innermost() = outer_; }
    Parked(const Parked &) = delete;
    Parked &operator=(const Parked &) = delete;

    /// Throws again what was thrown, with its type.
    void rethrow() const
    {
        if (thrown_) {
            std::rethrow_exception(thrown_);
        }
    }

    /// Runs what may throw. 0 for the library if it did not; else it ends the call.
    template <class Body> static std::int32_t guarded(const Body &body) noexcept
    {
        try {
            body();
            return 0;
        } catch (...) {
            if (innermost() != nullptr) { // none: the host called the C interface itself
                innermost()->thrown_ = std::current_exception();
            }
            return 1;
        }
    }

private:
    static Parked *&innermost() noexcept
    {
        thread_local Parked *frame = nullptr;
        return frame;
    }

    Parked *outer_;
    std::exception_ptr thrown_;
};

/// A call that may ask callbacks: what they threw comes first.
template <class Call> void ask(const Call &call)
{
    Parked parked;
    const std::int32_t status = call();
    parked.rethrow();
    check(status);
}

/// A function for C to call and to free: hands it over with set(callback, user, free), unless it is
/// empty, which takes a former one back.
template <class Function, class Callback, class Set>
void set_callback(Function function, Callback *callback, const Set &set)
{
    if (!function) {
        check(set(nullptr, nullptr, nullptr));
        return;
    }
    auto owned = std::make_unique<Function>(std::move(function));
    check(set(callback, owned.get(), [](void *user) { delete static_cast<Function *>(user); }));
    static_cast<void>(owned.release()); // the library's from now on
}

/// A library with another binary interface must not be called.
inline void check_abi()
{
    if (qube_abi_version() != QUBE_ABI_VERSION) {
        throw Error(Status::abi, "the library that is loaded has binary interface " +
                                     std::to_string(qube_abi_version()) + "; allowed: " +
                                     std::to_string(QUBE_ABI_VERSION) + ", that of the header");
    }
}

/// The handle that a call makes. Every object begins here.
template <class T, class Call> Handle<T> make(const Call &call)
{
    check_abi();
    T *handle = nullptr;
    ask([&] { return call(&handle); });
    return Handle<T>(handle);
}

} // namespace detail

/// The version of the library that is loaded, "major.minor.patch".
[[nodiscard]] inline std::string version() { return qube_version(); }

/// How much memory this process may use, in bytes: the least of the physical memory and the memory
/// limits of the process's control groups. Reads files of the system at every call; any thread.
/// @throws Error system: the system does not tell
[[nodiscard]] inline std::int64_t memory_limit()
{
    detail::check_abi();
    std::int64_t bytes = 0;
    detail::check(qube_memory_limit(&bytes));
    return bytes;
}

/// A list of labels: `{"i_1", "i_2"}`, or any container of strings. Copies them.
class Labels {
public:
    Labels(std::initializer_list<std::string_view> labels)
        : labels_(labels.begin(), labels.end())
    {
    }

    /// From a std::vector<std::string>, a std::array<const char *, n>, ...
    template <class Range,
              class = std::enable_if_t<!std::is_convertible_v<const Range &, std::string_view>>,
              class = std::enable_if_t<std::is_convertible_v<
                  decltype(*std::begin(std::declval<const Range &>())), std::string_view>>>
    Labels(const Range &labels)
    {
        for (const auto &label : labels) {
            labels_.emplace_back(std::string_view(label));
        }
    }

    /// Pointers for C, which live as long as this object. @throws Error parse: a NUL inside
    [[nodiscard]] std::vector<const char *> pointers(const char *name) const
    {
        std::vector<const char *> pointers;
        for (const std::string &label : labels_) {
            if (label.find('\0') != std::string::npos) {
                detail::c_text(label, name); // throws
            }
            pointers.push_back(label.c_str());
        }
        return pointers;
    }

private:
    std::vector<std::string> labels_;
};

// --- Budgets -------------------------------------------------------------------------------------

/// Inputs of Budget::harmonic. The sizes have no default: they must be set.
struct HarmonicConfig {
    std::int64_t n_pix = 0;   ///< Pixels of all fields together (QU counts twice, TQU three times).
    std::int64_t n_modes = 0; ///< Modes of all fields together, sum of (lmax + 1)^2 - lmin^2.
    std::int64_t lmax_signal = 0; ///< Largest multipole in the signal covariance.
    /// Largest multipole that is estimated, 1 to lmax_signal. Below lmax_signal the switch path is
    /// taken, which holds more.
    std::optional<std::int64_t> lmax = std::nullopt;
    bool release_pixel_projector = true; ///< V is dropped once the kernels are built.
    bool derivative_cache = false;       ///< Derivatives stay in memory in the Fisher stage.
};

/// Inputs of Budget::pixel_direct. The sizes have no default: they must be set.
struct PixelDirectConfig {
    std::int64_t n_pix = 0;       ///< As in HarmonicConfig.
    std::int64_t lmax_signal = 0; ///< Largest multipole in the signal covariance; only reported.
    std::int64_t n_bins = 0;      ///< Bins of multipoles.
    std::int64_t n_params = 0;    ///< n_bins times the number of spectra (T: 1, QU: 3, TQU: 6).
    bool has_switch = true;       ///< The release holds S_fixed, as qube-qml before 1.2 does.
    bool cache_derivatives = false; ///< Binned derivatives stay in memory.
};

/// Which maps a survey takes.
enum class Fields : std::int32_t {
    t = QUBE_FIELDS_T,     ///< Temperature.
    qu = QUBE_FIELDS_QU,   ///< Polarisation.
    tqu = QUBE_FIELDS_TQU, ///< Both.
};

/// What is known of a survey; sizes that the config of a run leaves 0 follow from it. `fields` must
/// be set.
struct Survey {
    Fields fields = {};                             ///< Which maps.
    std::optional<std::int64_t> nside = {};         ///< HEALPix resolution, a power of two.
    std::optional<double> fsky = {};                ///< Observed fraction of the sky, up to 1.
    bool polar_cap = false;                         ///< A polar cap; fsky is 1/6 at most.
    std::optional<std::int64_t> n_obs = {};         ///< Observed pixels of one map; wins over fsky.
    std::optional<std::int64_t> n_obs_polarisation = {}; ///< For TQU, where it is another number.
    std::optional<std::int64_t> lmin = {};          ///< The least multipole; 2 if absent.
    std::optional<std::int64_t> lmax = {};          ///< The largest that is estimated.
    std::int64_t lmax_signal = 0; ///< The largest in the signal covariance; 0: that of the config.
    std::optional<std::int64_t> n_bins = {};        ///< Bins of multipoles.
    std::optional<std::int64_t> n_spectra = {};     ///< If absent all that the fields have.
};

/// ECLIPSE's programs.
enum class EclipseCode : std::int32_t {
    t = QUBE_ECLIPSE_T,     ///< Temperature.
    eb = QUBE_ECLIPSE_EB,   ///< Polarisation.
    teb = QUBE_ECLIPSE_TEB, ///< Both.
};

/// Inputs of Budget::eclipse. `code`, `lmax` and the pixels that the code needs must be set.
struct EclipseConfig {
    EclipseCode code = {};                     ///< Which program.
    std::optional<std::int64_t> pix_t = {};    ///< Observed pixels in temperature; none for EB.
    std::optional<std::int64_t> pix_p = {};    ///< Observed pixels in polarisation; none for T.
    std::int64_t lmax = 0;                     ///< Largest multipole of the power spectra.
    std::optional<std::int64_t> lmax_cov = {}; ///< That of the covariance matrix; if absent `lmax`.
    std::int64_t maps = 1;                     ///< Maps, of each kind where they are crossed.
    bool cross = false;                        ///< The maps are crossed with others.
    bool check_inverse = false;                ///< The inverse of the covariance matrix is checked.
    bool fisher = true; ///< The Fisher matrix is computed; if not, steps 4 to 6 do not run.
};

/// A matrix, or several, that a stage holds.
struct Term {
    std::string name;       ///< As its source names the array.
    std::int64_t bytes = 0; ///< Its size.
    bool persistent = false; ///< Alive when the stage ends; else only at the stage's peak.
};

/// A stage of a run.
struct Stage {
    std::string name;                  ///< Such as "basis_setup".
    std::vector<Term> terms;           ///< Persistent terms first.
    std::int64_t persistent_bytes = 0; ///< Sum of the persistent terms.
    std::int64_t transient_bytes = 0;  ///< Sum of the other terms.
    std::int64_t peak_bytes = 0;       ///< persistent_bytes + transient_bytes.
    std::int64_t end_bytes = 0;        ///< Held when the stage ends: persistent and late terms.
    std::vector<Term> late;            ///< Made after the peak, and kept. QUBE's paths have none.
};

/// What a budget was computed from.
struct Input {
    std::string name;  ///< Such as "n_modes".
    std::string value; ///< Digits, "yes" or "no", a name such as "TEB", or "absent".
    std::string from;  ///< What it was computed from; empty if it was given.
};

/// Something that a step of ECLIPSE allocates or frees.
struct Event {
    std::int32_t step = 0;        ///< As the program counts them, from 1.
    std::string name;             ///< Such as "+ maps".
    std::int64_t delta_bytes = 0; ///< Bytes that come, or go (negative).
    std::int64_t total_bytes = 0; ///< Held after it, over all ranks.
    bool printed = false;         ///< The program prints its total here.
};

/// A grid of ranks over which matrices are spread in blocks, as ScaLAPACK does.
struct Grid {
    std::int64_t nprow = 0; ///< Rows of the grid.
    std::int64_t npcol = 0; ///< Columns of the grid.
    std::int64_t block = 0; ///< Rows and columns of a block.
    std::optional<std::int64_t> ranks = {}; ///< Ranks of the run; they must fill the grid.
};

/// What a rank holds at the peak of a stage.
struct RankStage {
    std::string name;               ///< The stage's.
    std::int64_t fullest_bytes = 0; ///< On the rank that holds most, (0, 0).
    std::int64_t least_bytes = 0;   ///< On the rank that holds least, the last one.
    std::int64_t mean_bytes = 0;    ///< Of all, rounded up.
};

/// A term with a matrix of which one rank holds more than 2^31 - 1 elements.
struct LocalTooLarge {
    std::string stage;         ///< The first stage that has it.
    std::string term;          ///< Its name.
    std::int64_t elements = 0; ///< Elements of one matrix on the fullest rank.
};

/// A budget as the ranks of a grid hold it.
struct PerRank {
    std::vector<RankStage> stages;        ///< In the order of the run.
    std::vector<LocalTooLarge> too_large; ///< What a ScaLAPACK with 32-bit integers cannot hold.
};

/// A budget compared with a limit.
struct Check {
    bool fits = true;                  ///< The lifetime peak is at most the limit.
    std::int64_t spare_bytes = 0;      ///< Limit minus lifetime peak; negative: over by so much.
    std::string stage;                 ///< The first stage that exceeds it; empty if it fits.
    std::int64_t stage_over_bytes = 0; ///< How far that stage's peak is beyond the limit.
    std::string term;                  ///< The first term of that stage that no longer fits.
    std::int64_t term_bytes = 0;       ///< The bytes of that term.
    std::string message;               ///< All this in words.
};

/// How a run is put on a machine.
struct Job {
    std::int64_t nodes = 1;          ///< Nodes, up to 2^20.
    std::int64_t ranks_per_node = 1; ///< Ranks (processes) on each of them, up to 2^20.
    std::int64_t cpus_per_rank = 1;  ///< Processors for each rank, for its threads, up to 2^20.
    bool share_node = false;         ///< QUBE: the ranks of a node share one copy of the matrices.
    std::optional<Grid> grid = {};   ///< ECLIPSE: the spread of matrices; if absent the best grid.
    /// QUBE: matrices of n_pix^2 that a process holds as its input in all stages, 0 or more; if
    /// absent 1, the input covariance.
    std::optional<std::int64_t> input_matrices = {};
    /// Bytes of a process before it has any array, 0 or more; if absent 0.26 GiB for QUBE (Python,
    /// as measured), 0 for ECLIPSE (Fortran).
    std::optional<std::int64_t> baseline_bytes = {};
    /// What to add to every peak, in hundredths of a percent, up to 100000; if absent what measured
    /// runs support, which is nothing where nothing was measured.
    std::optional<std::int64_t> margin = {};
};

/// Who holds the matrices.
enum class Holding : std::int32_t {
    every_rank = QUBE_HOLDING_EVERY_RANK, ///< Every rank has a copy of all.
    every_node = QUBE_HOLDING_EVERY_NODE, ///< Every node has one, which its ranks share.
    spread = QUBE_HOLDING_SPREAD,         ///< All ranks together have one, spread block-cyclically.
};

/// What a request comes to.
struct Memory {
    std::int64_t per_node_bytes = 0;        ///< What a node must have.
    std::int64_t total_bytes = 0;           ///< What all nodes together must have.
    std::int64_t shared_per_node_bytes = 0; ///< What the ranks of a node share, margin included.
    std::int64_t own_per_rank_bytes = 0;    ///< What each rank has of its own, margin included.
    std::int64_t resident_bytes = 0; ///< One process in the stage that asks most, without margin.
    std::int64_t margin_bytes = 0;   ///< The margin of one copy in that stage.
    std::int64_t input_bytes = 0;    ///< The input that a copy has in all stages.
    std::int64_t baseline_bytes = 0; ///< A process before it has any array.
    std::string stage;               ///< The stage in which a node holds most, margin included.
    bool calibrated = false;         ///< That stage was compared with measured runs.
    Holding holding = Holding::every_rank; ///< Who holds the matrices.
    std::optional<Grid> grid = {};         ///< How they are spread, where they are.
    std::vector<LocalTooLarge> too_large;  ///< What a ScaLAPACK with 32-bit integers cannot hold.
};

/// What a stage asks for.
struct StageMemory {
    std::string name;        ///< As in the budget.
    /// The terms alive at the peak, as one copy has them, or where matrices are spread, the rank
    /// that holds most.
    std::vector<Term> parts;
    std::int64_t peak_bytes = 0;     ///< Their sum.
    std::int64_t margin_bytes = 0;   ///< The margin of one copy.
    std::string margin_from;         ///< Where it is from, such as "11.44 %, measured".
    bool calibrated = false;         ///< The stage was compared with measured runs.
    std::int64_t per_rank_bytes = 0; ///< One process with all that it reaches, shared or not.
    std::int64_t per_node_bytes = 0; ///< All processes of a node.
};

/// QUBE's two paths.
enum class Path : std::int32_t {
    harmonic = QUBE_PATH_HARMONIC,         ///< Budget::harmonic.
    pixel_direct = QUBE_PATH_PIXEL_DIRECT, ///< Budget::pixel_direct.
};

/// What one of them holds.
struct PathMemory {
    std::optional<std::int64_t> peak_bytes = {};     ///< One copy; none: past 2^63 - 1.
    std::optional<std::int64_t> per_node_bytes = {}; ///< A node; none: past 2^63 - 1.
    bool fits = false;                               ///< A node holds the limit at most.
};

/// Both paths through one survey.
struct Paths {
    Path by_time = Path::harmonic; ///< The one that QUBE takes, by time alone.
    PathMemory harmonic;           ///< What that one holds.
    PathMemory pixel_direct;       ///< What this one holds.
};

/// What can be changed of a run to make it smaller.
enum class Measure : std::int32_t {
    release_projector = QUBE_CHANGE_RELEASE_PROJECTOR,     ///< V, once the kernels are built.
    best_grid = QUBE_CHANGE_BEST_GRID,                     ///< Leave the grid to the library.
    no_derivative_cache = QUBE_CHANGE_NO_DERIVATIVE_CACHE, ///< Keep no derivatives in memory.
    maps = QUBE_CHANGE_MAPS,                               ///< So many maps in one run.
    no_inverse_check = QUBE_CHANGE_NO_INVERSE_CHECK,       ///< Do not check the inverse.
    no_switch = QUBE_CHANGE_NO_SWITCH,           ///< The release that never builds S_fixed.
    ranks_per_node = QUBE_CHANGE_RANKS_PER_NODE, ///< So many ranks on a node.
    nodes = QUBE_CHANGE_NODES,                   ///< So many nodes.
    other_path = QUBE_CHANGE_OTHER_PATH,         ///< QUBE's other path.
    n_bins = QUBE_CHANGE_N_BINS,                 ///< So many bins, parameters as many for each.
};

/// A single change, and what comes of it.
struct Change {
    Measure measure = {};                    ///< What to change.
    std::optional<std::int64_t> value = {};  ///< The number that it is about, if it is about one.
    std::string words;                       ///< What to do.
    std::optional<std::int64_t> per_node_bytes = {}; ///< A node then; none: past 2^63 - 1.
    bool fits = false;                               ///< It makes the run fit.
};

/// Whether a run fits on its nodes, and if not, where it first goes over.
struct Verdict {
    bool fits = true;                  ///< A node holds the limit at most.
    std::int64_t limit_bytes = 0;      ///< The memory of a node that was asked about.
    std::int64_t spare_bytes = 0;      ///< What a node leaves of it; negative: over by so much.
    std::string stage;                 ///< The first stage that is over; empty if it fits.
    std::int64_t stage_over_bytes = 0; ///< How far it is over in that stage.
    /// What takes it over: a term of the budget, "baseline", "input" or "margin".
    std::string term;
    std::int64_t term_bytes = 0; ///< What one copy has of that.
    std::string message;         ///< All this in words.
};

/// A size of a run that can be asked for.
enum class Size : std::int32_t {
    nside = QUBE_SIZE_NSIDE,   ///< The largest, at a fixed fraction of the sky.
    lmax = QUBE_SIZE_LMAX,     ///< The largest.
    n_bins = QUBE_SIZE_N_BINS, ///< The most, with as many parameters for each.
    maps = QUBE_SIZE_MAPS,     ///< The most, of ECLIPSE.
    nodes = QUBE_SIZE_NODES,   ///< The fewest, of 2^14 at most.
    ranks_per_node = QUBE_SIZE_RANKS_PER_NODE, ///< The most, of 2^20 at most, of ECLIPSE's 2^10.
};

/// A value of a size, and what a node holds with it.
struct Tried {
    std::int64_t value = 0;                          ///< The value.
    std::optional<std::int64_t> per_node_bytes = {}; ///< None: past 2^63 - 1.
};

/// What was found of a size.
struct Found {
    /// The extreme value that fits; none: not even the least fits, or any does.
    std::optional<Tried> extreme = {};
    /// The value next to that, which does not fit, where there is one; if none fits, the least (of
    /// nodes, the most that is tried).
    std::optional<Tried> next = {};
    /// What a node holds with any value, where all fit, as nothing depends on the size.
    std::optional<std::int64_t> any_per_node_bytes = {};
    std::string message; ///< All this in words.
};

/// Not part of the interface.
namespace detail {

/// A value, or what means in C that there is none; that itself is no value.
template <class T>
T or_none(const std::optional<T> &value, const char *name,
          const char *allowed = "1 or more", int none = 0)
{
    if (value == static_cast<T>(none)) {
        throw Error(Status::input, std::string(name) + " is " + std::to_string(none) +
                                       "; allowed: " + allowed + ", or no value");
    }
    return value.value_or(static_cast<T>(none));
}

inline qube_harmonic_config in_c(const HarmonicConfig &config)
{
    qube_harmonic_config c;
    check(qube_harmonic_config_init(&c, sizeof c));
    c.n_pix = config.n_pix;
    c.n_modes = config.n_modes;
    c.lmax_signal = config.lmax_signal;
    c.lmax = or_none(config.lmax, "lmax");
    c.release_pixel_projector = config.release_pixel_projector;
    c.derivative_cache = config.derivative_cache;
    return c;
}

inline qube_pixel_direct_config in_c(const PixelDirectConfig &config)
{
    qube_pixel_direct_config c;
    check(qube_pixel_direct_config_init(&c, sizeof c));
    c.n_pix = config.n_pix;
    c.lmax_signal = config.lmax_signal;
    c.n_bins = config.n_bins;
    c.n_params = config.n_params;
    c.has_switch = config.has_switch;
    c.cache_derivatives = config.cache_derivatives;
    return c;
}

inline qube_survey in_c(const Survey &survey)
{
    qube_survey s;
    check(qube_survey_init(&s, sizeof s));
    s.fields = static_cast<std::int32_t>(survey.fields);
    s.nside = or_none(survey.nside, "nside");
    s.fsky = or_none(survey.fsky, "fsky", "above 0, up to 1");
    s.polar_cap = survey.polar_cap;
    s.n_obs = or_none(survey.n_obs, "n_obs");
    s.n_obs_polarisation = or_none(survey.n_obs_polarisation, "n_obs_polarisation");
    s.lmin = or_none(survey.lmin, "lmin", "0 or more", -1);
    s.lmax = or_none(survey.lmax, "lmax");
    s.lmax_signal = survey.lmax_signal;
    s.n_bins = or_none(survey.n_bins, "n_bins");
    s.n_spectra = or_none(survey.n_spectra, "n_spectra");
    return s;
}

inline qube_eclipse_config in_c(const EclipseConfig &config)
{
    qube_eclipse_config c;
    check(qube_eclipse_config_init(&c, sizeof c));
    c.code = static_cast<std::int32_t>(config.code);
    c.pix_t = or_none(config.pix_t, "pix_t");
    c.pix_p = or_none(config.pix_p, "pix_p");
    c.lmax = config.lmax;
    c.lmax_cov = or_none(config.lmax_cov, "lmax_cov");
    c.maps = config.maps;
    c.cross = config.cross;
    c.check_inverse = config.check_inverse;
    c.fisher = config.fisher;
    return c;
}

inline qube_grid in_c(const Grid &grid)
{
    qube_grid g;
    check(qube_grid_init(&g, sizeof g));
    g.nprow = grid.nprow;
    g.npcol = grid.npcol;
    g.block = grid.block;
    g.ranks = or_none(grid.ranks, "ranks");
    return g;
}

inline qube_job in_c(const Job &job)
{
    qube_job c;
    check(qube_job_init(&c, sizeof c));
    c.nodes = job.nodes;
    c.ranks_per_node = job.ranks_per_node;
    c.cpus_per_rank = job.cpus_per_rank;
    c.share_node = job.share_node;
    if (job.grid) {
        const qube_grid grid = in_c(*job.grid);
        c.nprow = or_none(std::optional(grid.nprow), "nprow");
        c.npcol = grid.npcol;
        c.block = grid.block;
        // The library compares the grid with the job, and refuses a job beyond 2^20.
        const std::int64_t most = std::int64_t{1} << 20;
        const bool counts = job.nodes <= most && job.ranks_per_node <= most && job.nodes > 0;
        if (job.grid->ranks && counts && grid.ranks != job.nodes * job.ranks_per_node) {
            throw Error(Status::conflict, "the grid's ranks is " + std::to_string(grid.ranks) +
                                              ", but nodes x ranks_per_node is " +
                                              std::to_string(job.nodes * job.ranks_per_node) +
                                              "; allowed: the same, or no value");
        }
    }
    c.input_matrices = or_none(job.input_matrices, "input_matrices", "0 or more", -1);
    c.baseline_bytes = or_none(job.baseline_bytes, "baseline_bytes", "0 or more", -1);
    c.margin = or_none(job.margin, "margin", "0 to 100000", -1);
    return c;
}

/// Bytes that may be past 2^63 - 1, which is -1 in C.
inline std::optional<std::int64_t> unless_overflow(std::int64_t bytes)
{
    return bytes == -1 ? std::nullopt : std::optional(bytes);
}

/// Both paths, unless the run does not tell them.
inline std::optional<Paths> paths_of(const qube_paths &c)
{
    if (c.by_time == 0) {
        return std::nullopt;
    }
    return Paths{static_cast<Path>(c.by_time),
                 {unless_overflow(c.harmonic_peak_bytes),
                  unless_overflow(c.harmonic_per_node_bytes), c.harmonic_fits != 0},
                 {unless_overflow(c.pixel_direct_peak_bytes),
                  unless_overflow(c.pixel_direct_per_node_bytes), c.pixel_direct_fits != 0}};
}

} // namespace detail

/// The path that QUBE takes, by the time that it expects: harmonic if
/// n_modes^3 <= (n_bins + 1) n_pix^3. It never looks at memory. Exact for all sizes.
/// @throws Error input (a size below 1)
[[nodiscard]] inline Path path_by_time(std::int64_t n_pix, std::int64_t n_modes,
                                       std::int64_t n_bins)
{
    detail::check_abi();
    std::int32_t path = 0;
    detail::check(qube_path_by_time(n_pix, n_modes, n_bins, &path));
    return static_cast<Path>(path);
}

class Request;

/// A memory budget: the stages of a run, each with its named terms in bytes. It never changes.
class Budget {
public:
    /// The budget of QUBE's harmonic path, above the baseline of the process
    /// (qube_budget_harmonic() gives the formulas).
    /// @throws Error input, conflict (lmax above lmax_signal), overflow (past 2^63 - 1 bytes)
    [[nodiscard]] static Budget harmonic(const HarmonicConfig &config)
    {
        const qube_harmonic_config c = detail::in_c(config);
        return Budget(detail::make<qube_budget>(
            [&](qube_budget **out) { return qube_budget_harmonic(&c, out); }));
    }

    /// The budget of QUBE's pixel-direct path, above the baseline of the process
    /// (qube_budget_pixel_direct() gives the formulas).
    /// @throws Error input, overflow (past 2^63 - 1 bytes)
    [[nodiscard]] static Budget pixel_direct(const PixelDirectConfig &config)
    {
        const qube_pixel_direct_config c = detail::in_c(config);
        return Budget(detail::make<qube_budget>(
            [&](qube_budget **out) { return qube_budget_pixel_direct(&c, out); }));
    }

    /// The harmonic path of sizes that follow from a survey; sizes of the options that are not 0
    /// count as given. inputs() tells what follows, and from what.
    /// @throws Error input, conflict (sizes that contradict each other), overflow
    [[nodiscard]] static Budget harmonic(const Survey &survey, const HarmonicConfig &options = {})
    {
        const qube_survey s = detail::in_c(survey);
        const qube_harmonic_config c = detail::in_c(options);
        return Budget(detail::make<qube_budget>(
            [&](qube_budget **out) { return qube_budget_harmonic_of_survey(&s, &c, out); }));
    }

    /// The pixel-direct path of sizes that follow from a survey, likewise.
    /// @throws Error input, conflict (sizes that contradict each other), overflow
    [[nodiscard]] static Budget pixel_direct(const Survey &survey,
                                             const PixelDirectConfig &options = {})
    {
        const qube_survey s = detail::in_c(survey);
        const qube_pixel_direct_config c = detail::in_c(options);
        return Budget(detail::make<qube_budget>(
            [&](qube_budget **out) { return qube_budget_pixel_direct_of_survey(&s, &c, out); }));
    }

    /// ECLIPSE, step by step as it allocates and frees, over all ranks (qube_budget_eclipse() gives
    /// the formulas); events() has every step.
    /// @throws Error input, overflow
    [[nodiscard]] static Budget eclipse(const EclipseConfig &config)
    {
        const qube_eclipse_config c = detail::in_c(config);
        return Budget(detail::make<qube_budget>(
            [&](qube_budget **out) { return qube_budget_eclipse(&c, out); }));
    }

    /// ECLIPSE as its guide sums it up, which leaves out what grows with the number of maps.
    /// @throws Error input, overflow
    [[nodiscard]] static Budget eclipse_published(const EclipseConfig &config)
    {
        const qube_eclipse_config c = detail::in_c(config);
        return Budget(detail::make<qube_budget>(
            [&](qube_budget **out) { return qube_budget_eclipse_published(&c, out); }));
    }

    /// How many stages there are, 1 or more.
    [[nodiscard]] std::int64_t stage_count() const
    {
        std::int64_t count = 0;
        detail::check(qube_budget_stage_count(get(), &count));
        return count;
    }

    /// All stages, in the order of the run.
    [[nodiscard]] std::vector<Stage> stages() const
    {
        std::vector<Stage> stages;
        for (std::int64_t number = 0, n = stage_count(); number < n; ++number) {
            stages.push_back(stage(number));
        }
        return stages;
    }

    /// The stage of this number, from 0. @throws Error position
    [[nodiscard]] Stage stage(std::int64_t number) const
    {
        qube_stage sums = {};
        sums.struct_size = sizeof sums;
        detail::check(qube_budget_stage(get(), number, &sums));
        Stage stage{stage_name(number),   {},             sums.persistent_bytes,
                    sums.transient_bytes, sums.peak_bytes, sums.end_bytes, {}};
        const std::int64_t at_peak = sums.n_persistent + sums.n_transient;
        for (std::int64_t t = 0; t < at_peak + sums.n_late; ++t) {
            std::int64_t bytes = 0;
            std::int32_t persistent = 0;
            detail::check(qube_budget_term(get(), number, t, &bytes, &persistent));
            (t < at_peak ? stage.terms : stage.late)
                .push_back({term_name(number, t), bytes, persistent != 0});
        }
        return stage;
    }

    /// The stage of this exact name. @throws Error unknown_stage (the message lists the names)
    [[nodiscard]] Stage stage(std::string_view name) const
    {
        std::int64_t number = 0;
        detail::check(qube_budget_find_stage(get(), detail::c_text(name, "name").c_str(), &number));
        return stage(number);
    }

    /// The largest peak of all stages, in bytes.
    [[nodiscard]] std::int64_t lifetime_peak_bytes() const
    {
        std::int64_t bytes = 0;
        detail::check(qube_budget_lifetime_peak(get(), &bytes));
        return bytes;
    }

    /// The stage that has it; the first one where several do.
    [[nodiscard]] Stage peak_stage() const
    {
        std::int64_t number = 0;
        detail::check(qube_budget_peak_stage(get(), &number));
        return stage(number);
    }

    /// Compares with a limit in bytes, such as memory_limit() gives. A peak equal to the limit
    /// fits.
    /// @throws Error input (a limit below 1)
    [[nodiscard]] Check check(std::int64_t limit_bytes) const
    {
        qube_check c = {};
        c.struct_size = sizeof c;
        detail::check(qube_budget_check(get(), limit_bytes, &c));
        Check check;
        check.fits = c.fits != 0;
        check.spare_bytes = c.spare_bytes;
        if (!check.fits) {
            check.stage = stage_name(c.stage);
            check.stage_over_bytes = c.stage_over_bytes;
            check.term = term_name(c.stage, c.term);
            check.term_bytes = c.term_bytes;
        }
        check.message = detail::text_from([&](char *buf, std::size_t cap, std::size_t *length) {
            return qube_budget_check_message(get(), limit_bytes, buf, cap, length);
        });
        return check;
    }

    /// What it was computed from, and which of that was computed itself.
    [[nodiscard]] std::vector<Input> inputs() const
    {
        std::int64_t count = 0;
        detail::check(qube_budget_input_count(get(), &count));
        std::vector<Input> inputs;
        for (std::int64_t i = 0; i < count; ++i) {
            inputs.push_back({text_of(qube_budget_input_name, i),
                              text_of(qube_budget_input_value, i),
                              text_of(qube_budget_input_from, i)});
        }
        return inputs;
    }

    /// What is allocated and freed, in the order of the run; empty for QUBE's paths, and for the
    /// sums of ECLIPSE's guide.
    [[nodiscard]] std::vector<Event> events() const
    {
        std::int64_t count = 0;
        detail::check(qube_budget_event_count(get(), &count));
        std::vector<Event> events;
        for (std::int64_t i = 0; i < count; ++i) {
            qube_event e = {};
            e.struct_size = sizeof e;
            detail::check(qube_budget_event(get(), i, &e));
            events.push_back({e.step, text_of(qube_budget_event_name, i), e.delta_bytes,
                              e.total_bytes, e.printed != 0});
        }
        return events;
    }

    /// What each rank of a grid holds, where all matrices are spread over it block-cyclically.
    /// @throws Error input, conflict (ranks that do not fill the grid), overflow
    [[nodiscard]] PerRank per_rank(const Grid &grid) const
    {
        const qube_grid g = detail::in_c(grid);
        PerRank per_rank;
        for (std::int64_t number = 0, n = stage_count(); number < n; ++number) {
            qube_rank_stage r = {};
            r.struct_size = sizeof r;
            detail::check(qube_budget_per_rank(get(), &g, number, &r));
            per_rank.stages.push_back(
                {stage_name(number), r.fullest_bytes, r.least_bytes, r.mean_bytes});
        }
        std::int64_t count = 0;
        detail::check(qube_budget_too_large_count(get(), &g, &count));
        for (std::int64_t i = 0; i < count; ++i) {
            std::int64_t stage = 0, term = 0, elements = 0;
            detail::check(qube_budget_too_large(get(), &g, i, &stage, &term, &elements));
            per_rank.too_large.push_back({stage_name(stage), term_name(stage, term), elements});
        }
        return per_rank;
    }

    /// The grid and block, of those that are tried, with which the fullest rank holds least.
    /// @throws Error input (ranks below 1), overflow
    [[nodiscard]] Grid best_grid(std::int64_t ranks) const
    {
        qube_grid g = {};
        g.struct_size = sizeof g;
        detail::check(qube_budget_best_grid(get(), ranks, &g));
        return {g.nprow, g.npcol, g.block, g.ranks};
    }

    /// The memory that the run asks a machine for (qube_budget_request() gives the formulas).
    /// @throws Error input (a number of the job, or one that the code has no use for), conflict (a
    ///         grid that the ranks do not fill), overflow
    [[nodiscard]] Request request(const Job &job = {}) const;

    /// The release whose memory use the budget follows, such as "qube-qml 1.1".
    [[nodiscard]] std::string release() const { return text(qube_budget_release); }

    /// How far the numbers were compared with runs, in words.
    [[nodiscard]] std::string note() const { return text(qube_budget_note); }

    /// A table for people, lines of at most 100 columns. The layout may change between releases.
    [[nodiscard]] std::string table() const { return text(qube_budget_table); }

    /// A JSON document on one line, schema "qube-budget/1".
    [[nodiscard]] std::string json() const { return text(qube_budget_json); }

    /// A drawing, an SVG document: a bar for each stage with its arrays stacked in it, and a line for
    /// a limit in bytes (0: none). Equal budgets give equal bytes.
    /// @throws Error input (a negative limit)
    [[nodiscard]] std::string svg(std::int64_t limit_bytes = 0) const
    {
        return detail::text_from([&](char *buf, std::size_t cap, std::size_t *length) {
            return qube_budget_svg(get(), limit_bytes, buf, cap, length);
        });
    }

    /// The budget beside what a run of it measured, a log or a JSON document of resident sizes
    /// (qube_budget_compare_table() gives both forms), as a table for people.
    /// @throws Error document (it cannot be read), unknown_stage (the message lists the names)
    [[nodiscard]] std::string compare(std::string_view measured) const
    {
        return comparison(qube_budget_compare_table, measured);
    }

    /// The same as a JSON document on one line, schema "qube-compare/1".
    /// @throws Error as compare()
    [[nodiscard]] std::string compare_json(std::string_view measured) const
    {
        return comparison(qube_budget_compare_json, measured);
    }

    /// The handle, for calls of the C interface; it stays this object's.
    [[nodiscard]] const qube_budget *get() const noexcept { return handle_.get(); }

private:
    friend class Run;
    explicit Budget(detail::Handle<qube_budget> handle) noexcept : handle_(std::move(handle)) {}

    template <class Function> std::string text(Function function) const
    {
        return detail::text_from([&](char *buf, std::size_t cap, std::size_t *length) {
            return function(get(), buf, cap, length);
        });
    }

    template <class Function>
    std::string comparison(Function function, std::string_view measured) const
    {
        const std::string c = detail::c_text(measured, "measured");
        return detail::text_from([&](char *buf, std::size_t cap, std::size_t *length) {
            return function(get(), c.c_str(), buf, cap, length);
        });
    }

    template <class Function> std::string text_of(Function function, std::int64_t item) const
    {
        return detail::text_from([&](char *buf, std::size_t cap, std::size_t *length) {
            return function(get(), item, buf, cap, length);
        });
    }

    std::string stage_name(std::int64_t number) const
    {
        return text_of(qube_budget_stage_name, number);
    }

    std::string term_name(std::int64_t stage, std::int64_t term) const
    {
        return detail::text_from([&](char *buf, std::size_t cap, std::size_t *length) {
            return qube_budget_term_name(get(), stage, term, buf, cap, length);
        });
    }

    detail::Handle<qube_budget> handle_;
};

/// The memory that a run asks a machine for, put on nodes and ranks. It never changes.
class Request {
public:
    /// What it comes to.
    [[nodiscard]] Memory memory() const
    {
        qube_memory c = {};
        c.struct_size = sizeof c;
        detail::check(qube_request_memory(get(), &c));
        Memory memory;
        memory.per_node_bytes = c.per_node_bytes;
        memory.total_bytes = c.total_bytes;
        memory.shared_per_node_bytes = c.shared_per_node_bytes;
        memory.own_per_rank_bytes = c.own_per_rank_bytes;
        memory.resident_bytes = c.resident_bytes;
        memory.margin_bytes = c.margin_bytes;
        memory.input_bytes = c.input_bytes;
        memory.baseline_bytes = c.baseline_bytes;
        memory.stage = stage_name(c.stage);
        memory.calibrated = c.calibrated != 0;
        memory.holding = static_cast<Holding>(c.holding);
        if (memory.holding == Holding::spread) {
            memory.grid = Grid{c.nprow, c.npcol, c.block, c.nprow * c.npcol};
        }
        for (std::int64_t i = 0; i < c.n_too_large; ++i) {
            std::int64_t stage = 0, term = 0, elements = 0;
            detail::check(qube_request_too_large(get(), i, &stage, &term, &elements));
            memory.too_large.push_back({stage_name(stage),
                                        detail::text_of(qube_request_too_large_name, get(), i),
                                        elements});
        }
        return memory;
    }

    /// How many stages there are: those of the budget, with the same numbers.
    [[nodiscard]] std::int64_t stage_count() const
    {
        std::int64_t count = 0;
        detail::check(qube_request_stage_count(get(), &count));
        return count;
    }

    /// All stages, in the order of the run.
    [[nodiscard]] std::vector<StageMemory> stages() const
    {
        std::vector<StageMemory> stages;
        for (std::int64_t number = 0, n = stage_count(); number < n; ++number) {
            stages.push_back(stage(number));
        }
        return stages;
    }

    /// The stage of this number, from 0. @throws Error position
    [[nodiscard]] StageMemory stage(std::int64_t number) const
    {
        qube_stage_memory c = {};
        c.struct_size = sizeof c;
        detail::check(qube_request_stage(get(), number, &c));
        StageMemory stage;
        stage.name = stage_name(number);
        for (std::int64_t part = 0; part < c.n_parts; ++part) {
            std::int64_t bytes = 0;
            std::int32_t persistent = 0;
            detail::check(qube_request_part(get(), number, part, &bytes, &persistent));
            stage.parts.push_back({detail::text_of(qube_request_part_name, get(), number, part),
                                   bytes, persistent != 0});
        }
        stage.peak_bytes = c.peak_bytes;
        stage.margin_bytes = c.margin_bytes;
        stage.margin_from = detail::text_of(qube_request_margin_from, get(), number);
        stage.calibrated = c.calibrated != 0;
        stage.per_rank_bytes = c.per_rank_bytes;
        stage.per_node_bytes = c.per_node_bytes;
        return stage;
    }

    /// A line for a job script (SLURM) that asks for the memory of a node, rounded up to whole MiB.
    [[nodiscard]] std::string job_script() const
    {
        return detail::text_of(qube_request_job_script, get(), QUBE_SCRIPT_NODE);
    }

    /// The same by the memory of a processor (--mem-per-cpu); take one or the other.
    [[nodiscard]] std::string job_script_per_cpu() const
    {
        return detail::text_of(qube_request_job_script, get(), QUBE_SCRIPT_CPU);
    }

    /// What to know of the numbers, in sentences: who holds the matrices, what is not calibrated.
    [[nodiscard]] std::vector<std::string> notes() const
    {
        return detail::lines(detail::text_of(qube_request_notes, get()));
    }

    /// A table for people, lines of at most 100 columns. The layout may change between releases.
    [[nodiscard]] std::string table() const { return detail::text_of(qube_request_table, get()); }

    /// A JSON document on one line, schema "qube-request/1"; with a limit in bytes (0: none) also
    /// whether a node holds that at most.
    /// @throws Error input (a negative limit)
    [[nodiscard]] std::string json(std::int64_t limit_bytes = 0) const
    {
        return detail::text_of(qube_request_json, get(), limit_bytes);
    }

    /// A drawing, an SVG document: a bar for each stage of what a node holds, processes, input and
    /// margin with the arrays, and a line for the memory of a node in bytes (0: none).
    /// @throws Error input (a negative limit)
    [[nodiscard]] std::string svg(std::int64_t limit_bytes = 0) const
    {
        return detail::text_of(qube_request_svg, get(), limit_bytes);
    }

    /// The handle, for calls of the C interface; it stays this object's.
    [[nodiscard]] const qube_request *get() const noexcept { return handle_.get(); }

private:
    friend class Budget;
    friend class Fit;
    explicit Request(detail::Handle<qube_request> handle) noexcept : handle_(std::move(handle)) {}

    std::string stage_name(std::int64_t number) const
    {
        return detail::text_of(qube_request_stage_name, get(), number);
    }

    detail::Handle<qube_request> handle_;
};

inline Request Budget::request(const Job &job) const
{
    const qube_job c = detail::in_c(job);
    return Request(detail::make<qube_request>(
        [&](qube_request **out) { return qube_budget_request(get(), &c, out); }));
}

/// A run on its nodes, against the memory that each of them has. It never changes.
class Fit {
public:
    /// Whether it fits, and if not, where it first goes over.
    [[nodiscard]] Verdict verdict() const
    {
        const qube_verdict c = in_c();
        return {c.fits != 0,
                c.limit_bytes,
                c.spare_bytes,
                detail::text_of(qube_fit_stage_name, get()),
                c.stage_over_bytes,
                detail::text_of(qube_fit_term_name, get()),
                c.term_bytes,
                detail::text_of(qube_fit_message, get())};
    }

    /// Single changes that make the run smaller, the cheapest first; empty if it fits.
    [[nodiscard]] std::vector<Change> changes() const
    {
        std::vector<Change> changes;
        for (std::int64_t number = 0, n = in_c().n_changes; number < n; ++number) {
            changes.push_back(change(number));
        }
        return changes;
    }

    /// The cheapest change that makes it fit; none if there is none, or if it fits.
    [[nodiscard]] std::optional<Change> cheapest() const
    {
        const std::int64_t number = in_c().cheapest;
        return number < 0 ? std::nullopt : std::optional(change(number));
    }

    /// What to change, in one sentence; empty if it fits.
    [[nodiscard]] std::string advice() const { return detail::text_of(qube_fit_advice, get()); }

    /// Both of QUBE's paths; none for ECLIPSE, and where the run does not tell the sizes of both.
    [[nodiscard]] std::optional<Paths> paths() const
    {
        qube_paths c = {};
        c.struct_size = sizeof c;
        detail::check(qube_fit_paths(get(), &c));
        return detail::paths_of(c);
    }

    /// The request of the run, which tells the stages and their parts.
    [[nodiscard]] Request request() const
    {
        return Request(detail::make<qube_request>(
            [&](qube_request **out) { return qube_fit_request(get(), out); }));
    }

    /// A table for people, lines of at most 100 columns. The layout may change between releases.
    [[nodiscard]] std::string table() const { return detail::text_of(qube_fit_table, get()); }

    /// A JSON document on one line, schema "qube-fit/1".
    [[nodiscard]] std::string json() const { return detail::text_of(qube_fit_json, get()); }

    /// The handle, for calls of the C interface; it stays this object's.
    [[nodiscard]] const qube_fit *get() const noexcept { return handle_.get(); }

private:
    friend class Run;
    explicit Fit(detail::Handle<qube_fit> handle) noexcept : handle_(std::move(handle)) {}

    qube_verdict in_c() const
    {
        qube_verdict c = {};
        c.struct_size = sizeof c;
        detail::check(qube_fit_verdict(get(), &c));
        return c;
    }

    Change change(std::int64_t number) const
    {
        qube_change c = {};
        c.struct_size = sizeof c;
        detail::check(qube_fit_change(get(), number, &c));
        return {static_cast<Measure>(c.kind),
                c.value == 0 ? std::nullopt : std::optional(c.value),
                detail::text_of(qube_fit_change_words, get(), number),
                detail::unless_overflow(c.per_node_bytes),
                c.fits != 0};
    }

    detail::Handle<qube_fit> handle_;
};

/// A run that questions are asked of: its inputs, and the survey that these follow from where there
/// is one, so that a size can be changed and all others follow. It never changes. Bad inputs are
/// refused when it is made, but a run that overflows is not: a smaller one may be asked for.
class Run {
public:
    /// On QUBE's harmonic path. @throws Error input, conflict (lmax above lmax_signal)
    [[nodiscard]] static Run harmonic(const HarmonicConfig &config)
    {
        const qube_harmonic_config c = detail::in_c(config);
        return Run(detail::make<qube_run>(
            [&](qube_run **out) { return qube_run_harmonic(&c, out); }));
    }

    /// On QUBE's pixel-direct path. @throws Error input
    [[nodiscard]] static Run pixel_direct(const PixelDirectConfig &config)
    {
        const qube_pixel_direct_config c = detail::in_c(config);
        return Run(detail::make<qube_run>(
            [&](qube_run **out) { return qube_run_pixel_direct(&c, out); }));
    }

    /// On the harmonic path, of sizes that follow from a survey, as for Budget::harmonic.
    /// @throws Error input, conflict (sizes that contradict each other), overflow (a size)
    [[nodiscard]] static Run harmonic(const Survey &survey, const HarmonicConfig &options = {})
    {
        const qube_survey s = detail::in_c(survey);
        const qube_harmonic_config c = detail::in_c(options);
        return Run(detail::make<qube_run>(
            [&](qube_run **out) { return qube_run_harmonic_of_survey(&s, &c, out); }));
    }

    /// On the pixel-direct path, of sizes that follow from a survey, likewise.
    /// @throws Error input, conflict (sizes that contradict each other), overflow (a size)
    [[nodiscard]] static Run pixel_direct(const Survey &survey,
                                          const PixelDirectConfig &options = {})
    {
        const qube_survey s = detail::in_c(survey);
        const qube_pixel_direct_config c = detail::in_c(options);
        return Run(detail::make<qube_run>(
            [&](qube_run **out) { return qube_run_pixel_direct_of_survey(&s, &c, out); }));
    }

    /// Of ECLIPSE. @throws Error input
    [[nodiscard]] static Run eclipse(const EclipseConfig &config)
    {
        const qube_eclipse_config c = detail::in_c(config);
        return Run(
            detail::make<qube_run>([&](qube_run **out) { return qube_run_eclipse(&c, out); }));
    }

    /// Its budget. @throws Error overflow
    [[nodiscard]] Budget budget() const
    {
        return Budget(detail::make<qube_budget>(
            [&](qube_budget **out) { return qube_run_budget(get(), out); }));
    }

    /// Compares what each node holds (Budget::request) with the memory that it has, in bytes, such
    /// as memory_limit() gives; if that is too little, tries single changes.
    /// @throws Error input (the limit, or the job), conflict (a grid that the ranks do not fill),
    ///         overflow
    [[nodiscard]] Fit fit(std::int64_t limit_bytes, const Job &job = {}) const
    {
        const qube_job c = detail::in_c(job);
        return Fit(detail::make<qube_fit>(
            [&](qube_fit **out) { return qube_run_fit(get(), &c, limit_bytes, out); }));
    }

    /// The extreme value of a size with which a node of so many bytes suffices: exact, one more (of
    /// nodes one less) does not fit. The job's own number of nodes or ranks is replaced where that
    /// is asked for, and then its grid, too.
    /// @throws Error input (the limit, the job, a size that this run does not have or that others
    ///         were given in place of), conflict
    [[nodiscard]] Found extreme(Size size, std::int64_t limit_bytes, const Job &job = {}) const
    {
        const qube_job j = detail::in_c(job);
        qube_found c = {};
        c.struct_size = sizeof c;
        detail::check(
            qube_run_extreme(get(), static_cast<std::int32_t>(size), &j, limit_bytes, &c));
        Found found;
        if (c.kind == QUBE_FOUND_EXTREME) {
            found.extreme = Tried{c.value, c.per_node_bytes};
        }
        if (c.next_value != 0) {
            found.next = Tried{c.next_value, detail::unless_overflow(c.next_per_node_bytes)};
        }
        if (c.kind == QUBE_FOUND_ANY) {
            found.any_per_node_bytes = c.per_node_bytes;
        }
        found.message = detail::text_of(qube_found_message, &c);
        return found;
    }

    /// Both of QUBE's paths, and which of them a node of so many bytes can hold; none for ECLIPSE,
    /// and where the run does not tell the sizes of both: fields, pixels, multipoles and bins.
    /// @throws Error input (the limit, or the job)
    [[nodiscard]] std::optional<Paths> paths(std::int64_t limit_bytes, const Job &job = {}) const
    {
        const qube_job j = detail::in_c(job);
        qube_paths c = {};
        c.struct_size = sizeof c;
        detail::check(qube_run_paths(get(), &j, limit_bytes, &c));
        return detail::paths_of(c);
    }

    /// The handle, for calls of the C interface; it stays this object's.
    [[nodiscard]] const qube_run *get() const noexcept { return handle_.get(); }

private:
    explicit Run(detail::Handle<qube_run> handle) noexcept : handle_(std::move(handle)) {}

    detail::Handle<qube_run> handle_;
};

// --- Networks ------------------------------------------------------------------------------------

/// Power means of the domain sizes of composite indices: the mean of order k is
/// (sum over pairs of d^k / pairs)^(1/k), for k = 1 to orders.
/// @param domains  domain sizes of all pairs, elements, 0 or more, one at least above 0
/// @param orders   as many as a network has composite indices with the same protos; up to 1024
/// @throws Error power_mean, input
[[nodiscard]] inline std::vector<double> power_means(const std::vector<std::int64_t> &domains,
                                                     std::int64_t orders)
{
    detail::check_abi();
    std::vector<double> means(orders < 0 || orders > 1024 ? 0 : static_cast<std::size_t>(orders));
    detail::check(
        qube_power_means(domains.data(), detail::count(domains), means.data(), orders));
    return means;
}

/// A composite index, as a callback is told of it.
struct CompositeFacts {
    std::string_view label;  ///< With the protos: `a_1<i_1,i_2>`; valid during the call, ...
    std::string_view space;  ///< ... as this is.
    std::int64_t extent = 0; ///< Mean domain size, elements.
};

/// The k-th power mean of the domain sizes d of a composite index, (sum over pairs of d^k /
/// pairs)^(1/k), finite and above 0. It is asked of every composite index without power means, in
/// the order of the network, for k = 1 to the number of those with the same protos; on the thread
/// that builds or reads the network. What it throws leaves that call with its type.
using InnerPow = std::function<double(const CompositeFacts &index, std::int64_t k)>;

namespace detail {

inline std::int32_t inner_pow(void *user, const char *label, const char *space,
                              std::int64_t extent, std::int64_t k, double *mean) noexcept
{
    return Parked::guarded([&] {
        *mean = (*static_cast<const InnerPow *>(user))(CompositeFacts{label, space, extent}, k);
    });
}

} // namespace detail

/// A table of extents by space: `i` 56, `μ̃` 602, ... (for einsum texts a space is a letter). One
/// table serves many networks.
class Spaces {
public:
    /// An empty table.
    Spaces() : handle_(detail::make<qube_spaces>(qube_spaces_create)) {}

    /// Adds a space of plain indices, or of composite ones that all have the same extent.
    /// @param space   the labels of its indices up to the first `_` or digit
    /// @param extent  elements, 1 or more
    /// @throws Error extent, duplicate
    Spaces &add(std::string_view space, std::int64_t extent)
    {
        const std::string c_space = detail::c_text(space, "space");
        detail::check(qube_spaces_add(handle_.get(), c_space.c_str(), extent));
        return *this;
    }

    /// Adds a space of composite indices, whose extents depend on their protos.
    /// @param extent       mean domain size, elements, 1 or more
    /// @param power_means  power_means[k-1] = (sum over pairs of d^k / pairs)^(1/k) of the domain
    ///                     sizes d; as many as a network has composite indices with the same protos
    /// @throws Error extent, power_mean, duplicate
    Spaces &add(std::string_view space, std::int64_t extent, const std::vector<double> &power_means)
    {
        const std::string c_space = detail::c_text(space, "space");
        detail::check(qube_spaces_add_composite(handle_.get(), c_space.c_str(), extent,
                                                power_means.data(), detail::count(power_means)));
        return *this;
    }

    /// Asks `inner_pow` for the power means of composite indices whose spaces have none, when a term
    /// is read with the table. Empty: asks no more, their extents stand for every k.
    Spaces &set_inner_pow_callback(InnerPow inner_pow)
    {
        detail::set_callback(std::move(inner_pow), detail::inner_pow,
                             [this](auto... callback) {
                                 return qube_spaces_set_inner_pow_callback(handle_.get(),
                                                                           callback...);
                             });
        return *this;
    }

    /// The handle, for calls of the C interface; it stays this object's.
    [[nodiscard]] const qube_spaces *get() const noexcept { return handle_.get(); }

private:
    detail::Handle<qube_spaces> handle_;
};

/// An index of a network.
struct Index {
    std::string label;       ///< Unique in the network.
    std::int64_t extent = 0; ///< Elements; of a composite index the mean domain size.
};

struct Case;

/// What one term contracts: indices, tensors, and the indices open in the result. It never changes.
class Network {
public:
    /// Reads a term in the manner of SeQuant: `g{μ̃_1;i_3;Κ_1} C{a_3<i_2>;μ̃_1} t{a_3<i_2>;i_2}`
    /// (label, then bra;ket;aux in braces; a composite index has its protos in angle brackets). The
    /// result keeps the indices that occur in exactly one slot.
    /// @throws Error parse (with the position), unknown_space, no_tensors, duplicate, utf8,
    ///         power_mean (a callback's); what a callback of the table throws
    [[nodiscard]] static Network parse(std::string_view text, const Spaces &spaces)
    {
        const std::string c = detail::c_text(text, "text");
        return Network(detail::make<qube_network>(
            [&](qube_network **out) { return qube_network_parse(c.c_str(), spaces.get(), out); }));
    }

    /// Reads an einsum expression: `ijk,kl->ijl`. Without `->` the result keeps the letters that
    /// occur once.
    /// @throws Error parse (with the position), unknown_space, no_tensors, unknown_index,
    ///         duplicate, utf8
    [[nodiscard]] static Network einsum(std::string_view text, const Spaces &letters)
    {
        const std::string c = detail::c_text(text, "text");
        return Network(detail::make<qube_network>([&](qube_network **out) {
            return qube_network_einsum(c.c_str(), letters.get(), out);
        }));
    }

    /// Reads a JSON document, of the form that qube_network_from_json() documents: the network, and
    /// a policy with what the document says of batches and volatile tensors.
    /// @throws Error document (with line and column), target, and those of NetworkBuilder
    [[nodiscard]] static Case from_json(std::string_view text);

    /// How many tensors there are.
    [[nodiscard]] std::int64_t tensor_count() const
    {
        std::int64_t count = 0;
        detail::check(qube_network_tensor_count(get(), &count));
        return count;
    }

    /// The label of a tensor. @throws Error position
    [[nodiscard]] std::string tensor_label(std::int64_t tensor) const
    {
        return detail::text_from([&](char *buf, std::size_t cap, std::size_t *length) {
            return qube_network_tensor_label(get(), tensor, buf, cap, length);
        });
    }

    /// How many indices there are, those that are only protos included.
    [[nodiscard]] std::int64_t index_count() const
    {
        std::int64_t count = 0;
        detail::check(qube_network_index_count(get(), &count));
        return count;
    }

    /// An index. @throws Error position
    [[nodiscard]] Index index(std::int64_t number) const
    {
        Index index;
        detail::check(qube_network_index_extent(get(), number, &index.extent));
        index.label = detail::text_from([&](char *buf, std::size_t cap, std::size_t *length) {
            return qube_network_index_label(get(), number, buf, cap, length);
        });
        return index;
    }

    /// The handle, for calls of the C interface; it stays this object's.
    [[nodiscard]] const qube_network *get() const noexcept { return handle_.get(); }

private:
    friend class NetworkBuilder;
    explicit Network(detail::Handle<qube_network> handle) noexcept : handle_(std::move(handle)) {}
    detail::Handle<qube_network> handle_;
};

/// Collects the indices and tensors of a network. Its calls can be chained.
class NetworkBuilder {
public:
    /// An empty builder.
    NetworkBuilder() : handle_(detail::make<qube_network_builder>(qube_network_builder_create)) {}

    /// Adds a plain index. Its space is its label up to the first `_`, digit or `<`.
    /// @param label   unique in the network
    /// @param extent  elements, 1 or more
    /// @throws Error extent, duplicate
    NetworkBuilder &add_index(std::string_view label, std::int64_t extent)
    {
        return add_composite(label, std::nullopt, extent, {}, {});
    }

    /// The same, with the name of its space.
    NetworkBuilder &add_index(std::string_view label, std::string_view space, std::int64_t extent)
    {
        return add_composite(label, space, extent, {}, {});
    }

    /// Adds a composite index: one whose extent depends on plain indices added before, its protos.
    /// @param label        unique in the network, by custom with the protos: `a_1<i_1,i_2>`
    /// @param space        its space; without one the label up to the first `_`, digit or `<`
    /// @param extent       mean domain size, elements, 1 or more
    /// @param protos       labels of the protos
    /// @param power_means  as for Spaces::add; none: those of a callback; without one the extent
    ///                     stands for every k
    /// @throws Error extent, power_mean, duplicate, unknown_index (a proto), document (a composite
    ///         proto)
    NetworkBuilder &add_composite(std::string_view label, std::optional<std::string_view> space,
                                  std::int64_t extent, const Labels &protos,
                                  const std::vector<double> &power_means = {})
    {
        const std::string c_label = detail::c_text(label, "label");
        const std::string c_space = detail::c_text(space.value_or(std::string_view()), "space");
        const std::vector<const char *> c_protos = protos.pointers("protos");
        detail::check(qube_network_builder_add_composite(
            handle_.get(), c_label.c_str(), space ? c_space.c_str() : nullptr, extent,
            c_protos.data(), detail::count(c_protos), power_means.data(),
            detail::count(power_means)));
        return *this;
    }

    /// Adds a tensor; tensors are numbered from 0. Labels of tensors may repeat, and an index may
    /// stand twice on one tensor (a trace).
    /// @param label    its label, by which policies know it
    /// @param indices  labels of the indices in its slots; `{}` for a scalar
    /// @throws Error unknown_index
    NetworkBuilder &add_tensor(std::string_view label, const Labels &indices)
    {
        const std::string c_label = detail::c_text(label, "label");
        const std::vector<const char *> c_indices = indices.pointers("indices");
        detail::check(qube_network_builder_add_tensor(handle_.get(), c_label.c_str(),
                                                      c_indices.data(), detail::count(c_indices)));
        return *this;
    }

    /// Sets the indices open in the result, as einsum does: they may keep an index that several
    /// tensors carry, or leave out one that a single tensor carries. Without this call they are
    /// those that occur in exactly one slot of the whole network.
    /// @throws Error unknown_index, duplicate
    NetworkBuilder &set_targets(const Labels &targets)
    {
        const std::vector<const char *> c_targets = targets.pointers("targets");
        detail::check(qube_network_builder_set_targets(handle_.get(), c_targets.data(),
                                                       detail::count(c_targets)));
        return *this;
    }

    /// Asks `inner_pow` for the power means of composite indices that are added without, when the
    /// network is built. Empty: asks no more, their extents stand for every k.
    NetworkBuilder &set_inner_pow_callback(InnerPow inner_pow)
    {
        detail::set_callback(std::move(inner_pow), detail::inner_pow,
                             [this](auto... callback) {
                                 return qube_network_builder_set_inner_pow_callback(handle_.get(),
                                                                                    callback...);
                             });
        return *this;
    }

    /// Builds the network; the builder stays as it is.
    /// @throws Error no_tensors, unknown_index (a target that no tensor carries), power_mean (a
    ///         callback's); what a callback throws
    [[nodiscard]] Network build() const
    {
        return Network(detail::make<qube_network>([this](qube_network **out) {
            return qube_network_builder_build(handle_.get(), out);
        }));
    }

    /// The handle, for calls of the C interface; it stays this object's.
    [[nodiscard]] const qube_network_builder *get() const noexcept { return handle_.get(); }

private:
    detail::Handle<qube_network_builder> handle_;
};

// --- Policies ------------------------------------------------------------------------------------

/// What an index is in a network.
enum class Role : std::int32_t {
    Contracted = QUBE_ROLE_CONTRACTED, ///< Summed at some contraction.
    External = QUBE_ROLE_EXTERNAL,     ///< Open in the result.
};

/// An index, as a callback is told of it.
struct IndexFacts {
    std::string_view label;  ///< Valid during the call, ...
    std::string_view space;  ///< ... as this is.
    std::int64_t extent = 0; ///< Elements; of a composite index the mean domain size.
    Role role = Role::Contracted; ///< What it is in the network.
};

/// A tensor, as a callback is told of it.
struct TensorFacts {
    std::string_view label;  ///< Valid during the call.
    std::int64_t tensor = 0; ///< Its number in the network, from 0.
};

/// Into which batches a callback lets loops slice an index.
struct Batching {
    std::int64_t target = 0; ///< The most elements of a batch, 1 or more.
    std::int64_t tile = 1;   ///< A batch has whole tiles of this many elements, 1 or more.
};

/// Whether loops may slice an index, and into which batches.
using Batchable = std::function<std::optional<Batching>(const IndexFacts &index)>;

/// Whether a tensor changes on every iteration.
using Volatile = std::function<bool(const TensorFacts &tensor)>;

/// How loops may slice an index of a network.
struct Slicing {
    bool is_batchable = false;    ///< They may at all.
    Role role = Role::Contracted; ///< What the index is in the network.
    std::int64_t target = 0;      ///< The most elements of a batch; 0 where it must not be sliced.
    std::int64_t tile = 0;        ///< A batch has whole tiles of this many; 0 as above.
    std::int64_t batch = 0;       ///< Elements of a batch: target in whole tiles, one at least, no
                                  ///< more than the extent, which it is where nothing is sliced.
    std::int64_t batches = 0;     ///< How many batches there are.
};

namespace detail {

inline std::int32_t batchable(void *user, const char *label, const char *space, std::int64_t extent,
                              std::int32_t role, std::int32_t *is_batchable, std::int64_t *target,
                              std::int64_t *tile) noexcept
{
    return Parked::guarded([&] {
        const IndexFacts index{label, space, extent, static_cast<Role>(role)};
        if (const auto batching = (*static_cast<const Batchable *>(user))(index)) {
            *is_batchable = 1;
            *target = batching->target;
            *tile = batching->tile;
        }
    });
}

inline std::int32_t is_volatile(void *user, const char *label, std::int64_t tensor,
                                std::int32_t *answer) noexcept
{
    return Parked::guarded([&] {
        *answer = (*static_cast<const Volatile *>(user))(TensorFacts{label, tensor}) ? 1 : 0;
    });
}

/// A size as C gives it: 0 is none.
inline std::optional<std::int64_t> optional_size(std::int64_t size)
{
    return size == 0 ? std::nullopt : std::optional<std::int64_t>(size);
}

} // namespace detail

/// Which indices may be sliced, how finely, and which tensors change on every iteration: one object
/// that the optimizer and the run-time evaluator both read. It names spaces and labels, so one
/// policy serves many networks. Its calls can be chained. What is said of an index by label goes
/// before what is said by space, and that before what a callback says.
class BatchPolicy {
public:
    /// A policy that batches nothing and calls no tensor volatile.
    BatchPolicy() : handle_(detail::make<qube_policy>(qube_policy_create)) {}

    /// A policy that says the same.
    BatchPolicy(const BatchPolicy &other)
        : handle_(detail::make<qube_policy>(
              [&](qube_policy **out) { return qube_policy_clone(other.get(), out); }))
    {
    }
    BatchPolicy &operator=(const BatchPolicy &other)
    {
        return *this = BatchPolicy(other); // if that throws, nothing has changed
    }
    BatchPolicy(BatchPolicy &&) noexcept = default;
    BatchPolicy &operator=(BatchPolicy &&) noexcept = default;

    /// Reads what json() wrote.
    /// @throws Error document, target, option
    [[nodiscard]] static BatchPolicy from_json(std::string_view text)
    {
        const std::string c_text = detail::c_text(text, "text");
        return BatchPolicy(detail::make<qube_policy>(
            [&](qube_policy **out) { return qube_policy_from_json(c_text.c_str(), out); }));
    }

    /// Adds what a document says, as if it were said now; what it leaves out stays as it is.
    /// @throws Error document, target, option; then nothing has been added
    BatchPolicy &add_json(std::string_view text)
    {
        detail::check(qube_policy_add_json(handle_.get(), detail::c_text(text, "text").c_str()));
        return *this;
    }

    /// The policy as a JSON document on one line, schema qube-policy/1.
    /// @throws Error document (it has a callback, which no document can hold; see resolved())
    [[nodiscard]] std::string json() const
    {
        return detail::text_from([this](char *buf, std::size_t cap, std::size_t *length) {
            return qube_policy_json(get(), buf, cap, length);
        });
    }

    /// The policy for people, a line for each of its parts.
    [[nodiscard]] std::string report() const
    {
        return detail::text_from([this](char *buf, std::size_t cap, std::size_t *length) {
            return qube_policy_report(get(), buf, cap, length);
        });
    }

    /// Lets loops slice the indices of a space that have this role.
    /// @param space   the space; one that a network does not have does nothing there
    /// @param target  the most elements of a batch, 1 or more
    /// @throws Error target
    BatchPolicy &batch_space(std::string_view space, std::int64_t target,
                             Role role = Role::Contracted)
    {
        const auto set = role == Role::External ? qube_policy_batch_external_space
                                                : qube_policy_batch_space;
        detail::check(set(handle_.get(), detail::c_text(space, "space").c_str(), target));
        return *this;
    }

    /// Lets loops slice one index where it has this role; goes before what its space says.
    /// @throws Error target
    BatchPolicy &batch_index(std::string_view label, std::int64_t target,
                             Role role = Role::Contracted)
    {
        const auto set = role == Role::External ? qube_policy_batch_external_index
                                                : qube_policy_batch_index;
        detail::check(set(handle_.get(), detail::c_text(label, "label").c_str(), target));
        return *this;
    }

    /// Says that the indices of a space come in tiles: a batch is rounded down to whole tiles, and
    /// has one at least.
    /// @param tile  elements of a tile, 1 or more; where nothing is said, 1
    /// @throws Error target
    BatchPolicy &tile_space(std::string_view space, std::int64_t tile)
    {
        detail::check(
            qube_policy_tile_space(handle_.get(), detail::c_text(space, "space").c_str(), tile));
        return *this;
    }

    /// Says that one index comes in tiles; goes before what its space says.
    /// @throws Error target
    BatchPolicy &tile_index(std::string_view label, std::int64_t tile)
    {
        detail::check(
            qube_policy_tile_index(handle_.get(), detail::c_text(label, "label").c_str(), tile));
        return *this;
    }

    /// Asks `batchable` about each index of a network of which nothing is said by label or space in
    /// its role. It is asked by what is given the policy and the network (optimize(), slicing(), ...),
    /// on their thread: once about each index, in order, then the other callback about the tensors.
    /// What it throws leaves the call with its type. Copies of the policy share it, and so may calls
    /// on several threads at a time. Empty: asks no more.
    BatchPolicy &set_batchable_callback(Batchable batchable)
    {
        detail::set_callback(std::move(batchable), detail::batchable, [this](auto... callback) {
            return qube_policy_set_batchable_callback(handle_.get(), callback...);
        });
        return *this;
    }

    /// Asks `is_volatile` about each tensor of a network that is not volatile by label or number, as
    /// set_batchable_callback() says. Empty: asks no more.
    BatchPolicy &set_volatile_callback(Volatile is_volatile)
    {
        detail::set_callback(std::move(is_volatile), detail::is_volatile,
                             [this](auto... callback) {
                                 return qube_policy_set_volatile_callback(handle_.get(),
                                                                          callback...);
                             });
        return *this;
    }

    /// The memory that a plan has to fit, bytes, 1 or more: what DenseTimeSpaceBatched and
    /// DenseSpaceTimeBatched slice for; no value, as in a new policy: they open no loop.
    /// @throws Error option
    BatchPolicy &set_peak_threshold(std::optional<std::int64_t> bytes)
    {
        detail::check(bytes ? qube_policy_set_peak_threshold(handle_.get(), *bytes)
                            : qube_policy_clear_peak_threshold(handle_.get()));
        return *this;
    }

    /// Says that the tensors of this label change on every iteration.
    BatchPolicy &add_volatile(std::string_view label)
    {
        detail::check(
            qube_policy_add_volatile(handle_.get(), detail::c_text(label, "label").c_str()));
        return *this;
    }

    /// Says that one tensor changes on every iteration. A number means something in one network
    /// only; prefer labels in a policy that serves many.
    /// @throws Error input
    BatchPolicy &add_volatile_tensor(std::int64_t tensor)
    {
        detail::check(qube_policy_add_volatile_tensor(handle_.get(), tensor));
        return *this;
    }

    /// Whether to decline loops over subtrees that hold a volatile tensor; no in a new policy.
    BatchPolicy &set_persistent_only(bool on)
    {
        detail::check(qube_policy_set_persistent_only(handle_.get(), on));
        return *this;
    }

    /// How much of a batch's contribution lives beside the accumulator while it is added: 0 (in a
    /// new policy) nothing, 1 all of it; 0, or 1e-9 to 1e18.
    /// @throws Error option (NaN and negative numbers too)
    BatchPolicy &set_accumulation_factor(double factor)
    {
        detail::check(qube_policy_set_accumulation_factor(handle_.get(), factor));
        return *this;
    }

    /// What batch_space said of a space in this role: the most elements that a batch of its indices
    /// may have, unless the index itself has a target.
    [[nodiscard]] std::optional<std::int64_t> space_target(std::string_view space,
                                                           Role role = Role::Contracted) const
    {
        return said(role == Role::External ? qube_policy_external_space_target
                                           : qube_policy_space_target,
                    detail::c_text(space, "space"));
    }

    /// What batch_index said of a label in this role.
    [[nodiscard]] std::optional<std::int64_t> index_target(std::string_view label,
                                                           Role role = Role::Contracted) const
    {
        return said(role == Role::External ? qube_policy_external_index_target
                                           : qube_policy_index_target,
                    detail::c_text(label, "label"));
    }

    /// What tile_space said of a space.
    [[nodiscard]] std::optional<std::int64_t> space_tile(std::string_view space) const
    {
        return said(qube_policy_space_tile, detail::c_text(space, "space"));
    }

    /// What tile_index said of a label.
    [[nodiscard]] std::optional<std::int64_t> index_tile(std::string_view label) const
    {
        return said(qube_policy_index_tile, detail::c_text(label, "label"));
    }

    /// What set_peak_threshold said.
    [[nodiscard]] std::optional<std::int64_t> peak_threshold() const
    {
        std::int64_t bytes = 0;
        detail::check(qube_policy_peak_threshold(get(), &bytes));
        return detail::optional_size(bytes);
    }

    /// What set_persistent_only said.
    [[nodiscard]] bool persistent_only() const
    {
        std::int32_t on = 0;
        detail::check(qube_policy_persistent_only(get(), &on));
        return on != 0;
    }

    /// What set_accumulation_factor said.
    [[nodiscard]] double accumulation_factor() const
    {
        double factor = 0;
        detail::check(qube_policy_accumulation_factor(get(), &factor));
        return factor;
    }

    /// How loops may slice an index of a network in the role that it has there: what an evaluator
    /// asks before it slices. Callbacks are asked about the whole network; for many questions about
    /// one network, ask its resolved() policy.
    /// @throws Error unknown_index, position (a volatile tensor that is not there), target (a
    ///         callback's); what a callback throws
    [[nodiscard]] Slicing slicing(const Network &network, std::string_view label) const
    {
        const std::string c_label = detail::c_text(label, "label");
        qube_slicing c = {};
        c.struct_size = sizeof c;
        detail::ask(
            [&] { return qube_policy_slicing(get(), network.get(), c_label.c_str(), &c); });
        return {c.is_batchable != 0, static_cast<Role>(c.role), c.target, c.tile, c.batch,
                c.batches};
    }

    /// The most elements that a batch of an index may have; none where it must not be sliced.
    /// @throws as slicing()
    [[nodiscard]] std::optional<std::int64_t> target(const Network &network,
                                                     std::string_view label) const
    {
        return detail::optional_size(slicing(network, label).target);
    }

    /// Whether a tensor of the network changes on every iteration.
    /// @throws Error position, target (a callback's); what a callback throws
    [[nodiscard]] bool is_volatile(const Network &network, std::int64_t tensor) const
    {
        std::int32_t is_volatile = 0;
        detail::ask([&] {
            return qube_policy_is_volatile(get(), network.get(), tensor, &is_volatile);
        });
        return is_volatile != 0;
    }

    /// What the policy says of one network, as a policy by index label and tensor number: it says the
    /// same there, has no callbacks, and has json().
    /// @throws Error position, target (a callback's); what a callback throws
    [[nodiscard]] BatchPolicy resolved(const Network &network) const
    {
        return BatchPolicy(detail::make<qube_policy>([&](qube_policy **out) {
            return qube_policy_resolve(get(), network.get(), out);
        }));
    }

    /// The handle, for calls of the C interface; it stays this object's.
    [[nodiscard]] const qube_policy *get() const noexcept { return handle_.get(); }

private:
    friend class Network;
    explicit BatchPolicy(detail::Handle<qube_policy> handle) noexcept
        : handle_(std::move(handle))
    {
    }

    /// What a getter of sizes says of a name.
    [[nodiscard]] std::optional<std::int64_t>
    said(std::int32_t (*getter)(const qube_policy *, const char *, std::int64_t *),
         const std::string &name) const
    {
        std::int64_t size = 0;
        detail::check(getter(get(), name.c_str(), &size));
        return detail::optional_size(size);
    }

    detail::Handle<qube_policy> handle_;
};

/// What a JSON document holds: `auto [network, policy] = qube::Network::from_json(text);`
struct Case {
    Network network;
    BatchPolicy policy; ///< What the document says of batches and volatile tensors.
};

inline Case Network::from_json(std::string_view text)
{
    const std::string c = detail::c_text(text, "text");
    qube_policy *policy = nullptr;
    detail::Handle<qube_network> network = detail::make<qube_network>(
        [&](qube_network **out) { return qube_network_from_json(c.c_str(), out, &policy); });
    return Case{Network(std::move(network)), BatchPolicy(detail::Handle<qube_policy>(policy))};
}

// --- Plans ---------------------------------------------------------------------------------------

/// What a plan is to be best in. The names are SeQuant's.
enum class Objective : std::int32_t {
    DenseFLOPs = QUBE_DENSE_FLOPS,  ///< Least work.
    DenseSize = QUBE_DENSE_SIZE,    ///< Least storage, summed over the contractions.
    DensePeakSize = QUBE_DENSE_PEAK, ///< Least work among the plans with a peak near the least.
    DensePeakSizeBatched = QUBE_DENSE_PEAK_BATCHED, ///< The same, where loops may slice.
    DenseTimeSpace = QUBE_DENSE_TIME_SPACE, ///< Least work, and with that the least peak.
    /// Least work among the plans that fit the policy's peak threshold, where loops may slice and what
    /// they repeat is charged; then the fewest sliced indices, then the least peak.
    DenseTimeSpaceBatched = QUBE_DENSE_TIME_SPACE_BATCHED,
    /// The same, but the least peak right after the least work.
    DenseSpaceTimeBatched = QUBE_DENSE_SPACE_TIME_BATCHED,
    Custom = QUBE_CUSTOM, ///< Of plans that optimize_custom() made; optimize() does not take it.
};

/// Charges memory traffic as work (all objectives but the additive ones): a contraction costs its work or its
/// traffic, whichever takes longer. Each is 0, or 1e-9 to 1e18. Names and defaults are SeQuant's;
/// the default is off.
struct RooflineParams {
    /// Multiply-add pairs that take as long as moving one element: 8 F / B for F pairs and B bytes
    /// a second. 0: off.
    double machine_balance = 0;
    double fast_mem_elems = 0;  ///< Elements of fast memory. 0: everything is moved once.
    double block_tiles = 3;     ///< Blocks that fast memory holds at a time.
    double block_prefactor = 1; ///< Factor of the blocked traffic.
};

/// When a search stops before its end: with the best plan so far, see Summary::optimal and gap. 0 is no
/// limit, and 1 GiB for the bytes.
struct Limits {
    std::int64_t max_states = 0; ///< Labels closed: ways to contract a set of tensors.
    double max_seconds = 0;      ///< 1e-9 to 1e9; the plan then depends on the machine.
    std::int64_t max_bytes = 0;  ///< Bytes of the tables of the search, up to 2^37.
};

/// Options of optimize(). Names and defaults are SeQuant's.
struct Options {
    Objective objective = Objective::DenseFLOPs;
    /// How often a contraction that depends on a volatile tensor is carried out, for one of those
    /// that do not; 1e-9 to 1e18. The additive objectives count at least 1.
    double volatile_weight = 1;
    /// Cost of one element of an intermediate's footprint, additive objectives only; 0, or 1e-9 to
    /// 1e18.
    double footprint_weight = 0;
    /// How far above the least peak a plan may be to save work, as a fraction, DensePeakSize and
    /// DensePeakSizeBatched only; 0, or 1e-9 to 1e18.
    double peak_flops_tolerance = 0.10;
    RooflineParams roofline = {};
    /// Search connected subsets only, no outer products.
    bool prune_outer_products = true;
    /// Size composite indices by their power means; else by their extents.
    bool use_inner_pow = true;
    std::int64_t bytes_per_element = 8; ///< 1 to 1024.
    /// Pay for intermediates that are equal up to a renaming of indices once within the term,
    /// additive objectives only: see Node::shared_with. Tensors of one label are one tensor, here.
    bool subnet_cse = false;
    /// Find all points (peak, cost) among which the plan is chosen, where the peak counts, which takes
    /// longer; else the chosen one only. The plan is the same.
    bool frontier = false;
    Limits limits = {};
    /// Refuse plans that are not proven best in the space searched (Error limit).
    bool require_optimal = false;
};

/// A loop over batches of an index.
struct Loop {
    std::string index;            ///< The label of the index that is sliced.
    std::int64_t batch = 0;       ///< Elements of a batch; the last one may be shorter.
    std::int64_t batches = 0;     ///< How many batches there are.
    Role role = Role::Contracted; ///< Contracted: batches add to the result; external: each makes a
                                  ///< block of it.
};

/// A tensor or result that is alive at a node's turn.
struct Alive {
    std::int64_t number = 0; ///< Its number in single assignment, as Node::number.
    double elements = 0;     ///< Its size, as the loops that have been entered slice it.
};

/// What a cache that outlives one evaluation of a plan is to do with a node.
enum class Cache : std::int32_t {
    Transient = QUBE_CACHE_TRANSIENT, ///< Not to be kept.
    Keep = QUBE_CACHE_KEEP,           ///< Persistent, and taken by a volatile node: worth keeping.
    Sliced = QUBE_CACHE_SLICED,       ///< The same, but it only ever exists in slices.
};

/// A tensor of the term, or the result of a contraction. Sizes are elements, work is multiply-add
/// pairs. Numbers are in single assignment: tensors are 0 to n - 1 as in the network, the k-th
/// contraction is n + k.
struct Node {
    std::int64_t number = 0;       ///< The node's own number.
    std::int64_t first = -1;       ///< Of a contraction: the operand that is evaluated first.
    std::int64_t second = -1;      ///< The other operand.
    bool is_leaf = false;          ///< A tensor of the term; else a contraction.
    bool is_volatile = false;      ///< Depends on a volatile tensor.
    Cache cache = Cache::Transient; ///< Whether to keep it for the next replay.
    std::string label;             ///< Of a tensor; empty for a contraction.
    std::vector<std::string> open; ///< Labels of the open indices.
    std::vector<Loop> loops;       ///< Opened around the evaluation of both operands.
    std::vector<std::string> nest; ///< Labels of the indices that the loops around the node slice,
                                   ///< the outermost first.
    double repetitions = 1;        ///< How often loops around it make it be carried out again.
    double footprint = 0;          ///< Volume.
    double sliced_footprint = 0;   ///< Volume as the loops around the node slice it.
    double flops = 0;              ///< Work of the contraction; 0 for a tensor.
    double cost = 0;               ///< What the objective charges for it; 0 for a tensor.
    double live_before = 0;        ///< Elements alive before the node's turn, ...
    double live = 0;               ///< ... at it, ...
    double live_after = 0;         ///< ... and after it.
    /// With Options::subnet_cse, the number of the contraction, evaluated before, whose result this
    /// one is too; -1: none. Nothing is computed or copied for it, and that result lives until its
    /// last use. The k-th labels in the `open` of the two correspond.
    std::int64_t shared_with = -1;
    /// Not evaluated: below a node that is shared with another. A tensor does not count as alive then.
    bool is_skipped = false;
    std::vector<Alive> alive;      ///< What is alive at it, itself included. What `live` has beyond
                                   ///< the sum is a batch's contribution beside its accumulator, or
                                   ///< the block that is being made.
};

/// A point of the frontier.
struct Point {
    double peak = 0; ///< Elements.
    double cost = 0; ///< What the objective charges.
};

/// What a lower bound is about.
enum class Quantity : std::int32_t {
    Cost = QUBE_BOUNDED_COST,
    Peak = QUBE_BOUNDED_PEAK, ///< Elements.
};

/// What a plan comes to.
struct Summary {
    Objective objective = Objective::DenseFLOPs;
    double cost = 0;             ///< What the objective charges for the plan.
    double flops = 0;            ///< Work, unweighted, multiply-add pairs.
    double peak_elements = 0;    ///< The most elements alive at a time.
    std::int64_t peak_node = 0;  ///< The place in Plan::nodes() where it is.
    std::int64_t n_tensors = 0;
    std::int64_t bytes_per_element = 0; ///< What turns elements into bytes.
    double lower_bound = 0;      ///< What no plan in the space searched goes below, ...
    Quantity bounded = Quantity::Cost; ///< ... in cost or peak.
    /// By how much the plan may exceed the best one in the space searched, as a fraction: 0 where it is
    /// proven best. No value where the bound is far too low to tell.
    std::optional<double> gap;
    std::int64_t labels = 0;     ///< Labels that the search closed; of a subset DP, in its table.
    std::int64_t looks = 0;      ///< How often it looked at one; of a subset DP, steps.
    bool exhaustive = false;     ///< Outer products were searched too.
    bool optimal = false;        ///< Proven best in the space searched.
    double seconds = 0;          ///< Wall-clock time of the optimization.
};

/// That nothing fits a threshold on the peak, and what there is to do about it.
struct Infeasible {
    std::int64_t threshold_bytes = 0; ///< The threshold of the policy.
    double least_peak = 0;         ///< The least peak of all schedules, or of those found: elements.
    std::vector<Loop> loops;       ///< Those of a schedule that reaches it.
    /// The least peak if every batch were a single tile, elements: whether finer batches would do. No
    /// value where that search was out of reach.
    std::optional<double> finest_peak;
    /// Both in bytes, rounded up to whole elements. No value from 2^53 elements on, where a double no
    /// longer counts each.
    std::optional<std::int64_t> least_peak_bytes;
    std::optional<std::int64_t> finest_peak_bytes;
};

/// An order in which the contractions of a plan can be carried out.
struct Order {
    std::vector<std::int64_t> nodes; ///< The contractions, by their places in Plan::nodes().
    double peak_elements = 0;        ///< The most elements alive at a time.
    std::int64_t peak_node = 0;      ///< The contraction at which that is; 0 for a single tensor.
};

namespace detail {

inline qube_options c_options(const Options &options)
{
    qube_options o;
    check(qube_options_init(&o, sizeof o));
    o.objective = static_cast<std::int32_t>(options.objective);
    o.volatile_weight = options.volatile_weight;
    o.footprint_weight = options.footprint_weight;
    o.peak_flops_tolerance = options.peak_flops_tolerance;
    o.machine_balance = options.roofline.machine_balance;
    o.fast_mem_elems = options.roofline.fast_mem_elems;
    o.block_tiles = options.roofline.block_tiles;
    o.block_prefactor = options.roofline.block_prefactor;
    o.prune_outer_products = options.prune_outer_products;
    o.use_inner_pow = options.use_inner_pow;
    o.bytes_per_element = options.bytes_per_element;
    o.subnet_cse = options.subnet_cse;
    o.frontier = options.frontier;
    o.require_optimal = options.require_optimal;
    o.max_states = options.limits.max_states;
    o.max_seconds = options.limits.max_seconds;
    o.max_bytes = options.limits.max_bytes;
    return o;
}

} // namespace detail

/// An order of contraction with every number that belongs to it. It never changes, and does not
/// need the network and policy it was made from.
class Plan {
public:
    /// What the plan comes to.
    [[nodiscard]] Summary summary() const
    {
        const qube_summary s = c_summary();
        Summary summary;
        summary.objective = static_cast<Objective>(s.objective);
        summary.cost = s.cost;
        summary.flops = s.flops;
        summary.peak_elements = s.peak_elements;
        summary.peak_node = s.peak_node;
        summary.n_tensors = s.n_tensors;
        summary.bytes_per_element = s.bytes_per_element;
        summary.lower_bound = s.lower_bound;
        summary.bounded = static_cast<Quantity>(s.bounded);
        if (s.gap >= 0) {
            summary.gap = s.gap;
        }
        summary.labels = s.labels;
        summary.looks = s.looks;
        summary.exhaustive = s.exhaustive != 0;
        summary.optimal = s.optimal != 0;
        summary.seconds = s.seconds;
        return summary;
    }

    /// What the objective charges for the plan.
    [[nodiscard]] double cost() const { return c_summary().cost; }

    /// Work, unweighted, multiply-add pairs.
    [[nodiscard]] double flops() const { return c_summary().flops; }

    /// The most elements alive at a time.
    [[nodiscard]] double peak_elements() const { return c_summary().peak_elements; }

    /// The peak in bytes, rounded up to whole elements.
    /// @throws Error overflow above 2^53 elements, where a double no longer counts each
    [[nodiscard]] std::int64_t peak_bytes() const
    {
        std::int64_t bytes = 0;
        detail::check(qube_plan_peak_bytes(get(), &bytes));
        return bytes;
    }

    /// Postfix, as SeQuant's EvalSequence: tensor numbers, and -1 to contract the two results on
    /// top of the stack.
    [[nodiscard]] std::vector<std::int64_t> sequence() const
    {
        std::size_t length = 0;
        detail::check(qube_plan_sequence(get(), nullptr, 0, &length));
        std::vector<std::int64_t> sequence(length);
        detail::check(qube_plan_sequence(get(), sequence.data(), sequence.size(), &length));
        return sequence;
    }

    /// The numbers that each contraction takes, in order: tensors are 0 to n - 1, the k-th
    /// contraction makes n + k.
    [[nodiscard]] std::vector<std::pair<std::int64_t, std::int64_t>> pairs() const
    {
        std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
        for (std::int64_t place = 0, n = c_summary().n_nodes; place < n; ++place) {
            const qube_node c = c_node(place);
            if (c.is_leaf == 0) {
                pairs.emplace_back(c.first, c.second);
            }
        }
        return pairs;
    }

    /// All nodes in the order of their evaluation, one for each entry of the sequence.
    [[nodiscard]] std::vector<Node> nodes() const
    {
        std::vector<Node> nodes;
        for (std::int64_t place = 0, n = c_summary().n_nodes; place < n; ++place) {
            nodes.push_back(node(place, c_node(place)));
        }
        return nodes;
    }

    /// The contractions, in order.
    [[nodiscard]] std::vector<Node> steps() const
    {
        std::vector<Node> steps;
        for (std::int64_t place = 0, n = c_summary().n_nodes; place < n; ++place) {
            const qube_node c = c_node(place);
            if (c.is_leaf == 0) {
                steps.push_back(node(place, c));
            }
        }
        return steps;
    }

    /// The points at the root by increasing peak; none for additive objectives.
    [[nodiscard]] std::vector<Point> frontier() const
    {
        std::size_t length = 0;
        detail::check(qube_plan_frontier(get(), nullptr, nullptr, 0, &length));
        std::vector<double> peaks(length), costs(length);
        detail::check(qube_plan_frontier(get(), peaks.data(), costs.data(), length, &length));
        std::vector<Point> frontier;
        for (std::size_t i = 0; i < length; ++i) {
            frontier.push_back({peaks[i], costs[i]});
        }
        return frontier;
    }

    /// The order of the plan's contractions that holds least: also one that the sequence cannot
    /// express, because it begins one operand before the other is done. It is the plan's own where
    /// none holds less; other trees are not looked at. qube_plan_best_order() says more.
    [[nodiscard]] Order best_order() const
    {
        Order order;
        std::size_t length = 0;
        detail::check(qube_plan_best_order(get(), nullptr, 0, &length, &order.peak_elements,
                                           &order.peak_node));
        order.nodes.resize(length);
        detail::check(qube_plan_best_order(get(), order.nodes.data(), length, &length,
                                           &order.peak_elements, &order.peak_node));
        return order;
    }

    /// Whether nothing fits the policy's threshold on the peak; no value: the plan does, or the
    /// objective has none. The plan is then what comes nearest.
    [[nodiscard]] std::optional<Infeasible> infeasible() const
    {
        qube_infeasible c = {};
        c.struct_size = sizeof c;
        detail::check(qube_plan_infeasible(get(), &c));
        if (c.is_infeasible == 0) {
            return std::nullopt;
        }
        const auto known = [](auto value) {
            return value >= 0 ? std::optional<decltype(value)>(value) : std::nullopt;
        };
        Infeasible found;
        found.threshold_bytes = c.threshold_bytes;
        found.least_peak = c.least_peak;
        found.finest_peak = known(c.finest_peak);
        found.least_peak_bytes = known(c.least_peak_bytes);
        found.finest_peak_bytes = known(c.finest_peak_bytes);
        for (std::int64_t number = 0; number < c.n_loops; ++number) {
            Loop loop;
            std::int32_t role = 0;
            detail::check(
                qube_plan_infeasible_loop(get(), number, &loop.batch, &loop.batches, &role));
            loop.role = static_cast<Role>(role);
            loop.index = detail::text_from([&](char *buf, std::size_t cap, std::size_t *length) {
                return qube_plan_infeasible_loop_index(get(), number, buf, cap, length);
            });
            found.loops.push_back(std::move(loop));
        }
        return found;
    }

    /// A text for people: steps, footprints, live memory, the peak.
    [[nodiscard]] std::string report() const
    {
        return detail::text_from([this](char *buf, std::size_t cap, std::size_t *length) {
            return qube_plan_report(get(), buf, cap, length);
        });
    }

    /// A JSON document on one line, schema "qube-plan/1".
    [[nodiscard]] std::string json() const
    {
        return detail::text_from([this](char *buf, std::size_t cap, std::size_t *length) {
            return qube_plan_json(get(), buf, cap, length);
        });
    }

    /// A drawing of live memory over the plan, an SVG document: a column for each node, what is
    /// alive stacked in it, the loops as bands, the peak and what is alive there.
    [[nodiscard]] std::string svg() const
    {
        return detail::text_from([this](char *buf, std::size_t cap, std::size_t *length) {
            return qube_plan_svg(get(), buf, cap, length);
        });
    }

    /// The contraction tree in the DOT language of Graphviz, with the loops as frames.
    [[nodiscard]] std::string dot() const
    {
        return detail::text_from([this](char *buf, std::size_t cap, std::size_t *length) {
            return qube_plan_dot(get(), buf, cap, length);
        });
    }

    /// Reads what json() or the command line (qube plan --json) wrote, on this host or another.
    /// @throws Error document
    [[nodiscard]] static Plan from_json(std::string_view text)
    {
        const std::string c = detail::c_text(text, "text");
        return Plan(detail::make<qube_plan>(
            [&](qube_plan **out) { return qube_plan_from_json(c.c_str(), out); }));
    }

    /// The plan as bytes, to be sent or stored; they mean the same on every host.
    [[nodiscard]] std::vector<std::uint8_t> to_bytes() const
    {
        std::size_t length = 0;
        detail::check(qube_plan_to_bytes(get(), nullptr, 0, &length));
        std::vector<std::uint8_t> bytes(length);
        detail::check(qube_plan_to_bytes(get(), bytes.data(), bytes.size(), &length));
        return bytes;
    }

    /// Reads what to_bytes() gave.
    /// @throws Error document
    [[nodiscard]] static Plan from_bytes(const std::vector<std::uint8_t> &bytes)
    {
        return Plan(detail::make<qube_plan>([&](qube_plan **out) {
            return qube_plan_from_bytes(bytes.data(), static_cast<std::int64_t>(bytes.size()), out);
        }));
    }

    /// Replays the plan by code that shares nothing with the search, and compares all that it says of
    /// itself; qube_plan_verify() lists what that is. For plans that were read, sent or stored, and
    /// for hosts that trust no search.
    /// @throws Error replay, and the message says what differs first; those of optimize()
    void verify(const Network &network, const BatchPolicy &policy,
                const Options &options = {}) const
    {
        if (policy.get() == nullptr) { // in C that means no policy
            throw Error(Status::null_pointer, "policy was moved from; allowed: a policy");
        }
        const qube_options o = detail::c_options(options);
        detail::check(qube_plan_verify(get(), network.get(), policy.get(), &o));
    }

    /// The same for a plan that was made without a policy.
    void verify(const Network &network, const Options &options = {}) const
    {
        const qube_options o = detail::c_options(options);
        detail::check(qube_plan_verify(get(), network.get(), nullptr, &o));
    }

    /// The handle, for calls of the C interface; it stays this object's.
    [[nodiscard]] const qube_plan *get() const noexcept { return handle_.get(); }

private:
    friend Plan optimize(const Network &, const BatchPolicy &, const Options &);
    friend Plan optimize(const Network &, const Options &);
    template <class Progress>
    friend Plan optimize_with_progress(const Network &, const BatchPolicy &, const Options &,
                                       Progress &&);
    friend class Plans;
    friend class detail::CustomSearch;
    explicit Plan(detail::Handle<qube_plan> handle) noexcept : handle_(std::move(handle)) {}

    static Plan find(const Network &network, const qube_policy *policy, const Options &options)
    {
        const qube_options o = detail::c_options(options);
        return Plan(detail::make<qube_plan>(
            [&](qube_plan **out) { return qube_optimize(network.get(), policy, &o, out); }));
    }

    qube_summary c_summary() const
    {
        qube_summary s = {};
        s.struct_size = sizeof s;
        detail::check(qube_plan_summary(get(), &s));
        return s;
    }

    qube_node c_node(std::int64_t place) const
    {
        qube_node c = {};
        c.struct_size = sizeof c;
        detail::check(qube_plan_node(get(), place, &c));
        return c;
    }

    template <class Function> std::string node_text(Function function, std::int64_t place) const
    {
        return detail::text_from([&](char *buf, std::size_t cap, std::size_t *length) {
            return function(get(), place, buf, cap, length);
        });
    }

    Node node(std::int64_t place, const qube_node &c) const
    {
        Node node;
        node.number = c.number;
        node.first = c.first;
        node.second = c.second;
        node.is_leaf = c.is_leaf != 0;
        node.is_volatile = c.is_volatile != 0;
        node.cache = static_cast<Cache>(c.cache);
        node.label = node_text(qube_plan_node_label, place);
        node.open = detail::lines(node_text(qube_plan_node_open, place));
        node.nest = detail::lines(node_text(qube_plan_node_nest, place));
        for (std::int64_t number = 0; number < c.n_loops; ++number) {
            Loop loop;
            std::int32_t role = 0;
            detail::check(qube_plan_loop(get(), place, number, &loop.batch, &loop.batches));
            detail::check(qube_plan_loop_role(get(), place, number, &role));
            loop.role = static_cast<Role>(role);
            loop.index = detail::text_from([&](char *buf, std::size_t cap, std::size_t *length) {
                return qube_plan_loop_index(get(), place, number, buf, cap, length);
            });
            node.loops.push_back(std::move(loop));
        }
        node.footprint = c.footprint;
        node.sliced_footprint = c.sliced_footprint;
        node.flops = c.flops;
        node.cost = c.cost;
        node.live_before = c.live_before;
        node.live = c.live;
        node.live_after = c.live_after;
        node.shared_with = c.shared_with;
        node.is_skipped = c.is_skipped != 0;
        node.repetitions = c.repetitions;
        node.alive = alive(place, static_cast<std::size_t>(c.n_alive));
        return node;
    }

    std::vector<Alive> alive(std::int64_t place, std::size_t count) const
    {
        std::vector<std::int64_t> numbers(count);
        std::vector<double> elements(count);
        detail::check(qube_plan_node_alive(get(), place, numbers.data(), elements.data(), count,
                                           &count));
        std::vector<Alive> alive;
        for (std::size_t i = 0; i < count; ++i) {
            alive.push_back({numbers[i], elements[i]});
        }
        return alive;
    }

    detail::Handle<qube_plan> handle_;
};

/// Finds the best plan of a network, of 64 tensors at most for work, storage and peaks, and of 16 where
/// slicing is not free or there is a threshold on the peak, on the calling thread: it is proven best in
/// the space searched, but for large terms with Options::subnet_cse (see Summary::optimal). Of more
/// tensors, up to 64 with a threshold and up to 4096 else, it is a good plan of which less is proven.
/// Same input, same plan.
/// At a limit of the options, or from 31 tensors on after a second or two, it is the best plan so far.
/// @throws Error limit (one that leaves no plan, or none with a proof where that is required)
/// @throws Error too_large, option, power_mean (a table shorter than the network needs), overflow
///         (the product of all extents leaves 2^-700 to 2^700), target (a callback's); what a
///         callback of the policy throws
[[nodiscard]] inline Plan optimize(const Network &network, const BatchPolicy &policy,
                                   const Options &options = {})
{
    if (policy.get() == nullptr) { // in C that means no policy
        throw Error(Status::null_pointer, "policy was moved from; allowed: a policy");
    }
    return Plan::find(network, policy.get(), options);
}

/// The same without a policy: nothing is sliced, no tensor is volatile.
[[nodiscard]] inline Plan optimize(const Network &network, const Options &options = {})
{
    return Plan::find(network, nullptr, options);
}

/// How far the search for one plan has come.
struct SearchProgress {
    std::int64_t labels = 0;            ///< Labels closed so far.
    Quantity bounded = Quantity::Cost;  ///< What the next two are: the least peak comes first.
    double value = 0;                   ///< The least that a plan is known to come to.
    double lower_bound = 0;             ///< What no plan goes below.
};

namespace detail {

/// A host's progress on one search, and what it threw.
template <class Progress> struct WatchedSearch {
    Progress &progress;
    std::exception_ptr thrown;

    static std::int32_t call(void *user, std::int64_t labels, std::int32_t bounded, double value,
                             double lower_bound) noexcept
    {
        auto *const watched = static_cast<WatchedSearch *>(user);
        try {
            const SearchProgress now = {labels, static_cast<Quantity>(bounded), value, lower_bound};
            return watched->progress(now) ? 0 : 1;
        } catch (...) {
            watched->thrown = std::current_exception();
            return 1;
        }
    }
};

} // namespace detail

/// As optimize(), with reports on the way.
/// @param progress  called as progress(const SearchProgress &) on the calling thread, before the first
///                  label is closed and then now and again; false stops the search with the best plan
///                  so far, as a limit does; what it throws leaves the call with its type
/// @throws Error callback, stopped without a plan (see Limits), and those of optimize()
template <class Progress>
[[nodiscard]] Plan optimize_with_progress(const Network &network, const BatchPolicy &policy,
                                          const Options &options, Progress &&progress)
{
    if (policy.get() == nullptr) { // in C that means no policy
        throw Error(Status::null_pointer, "policy was moved from; allowed: a policy");
    }
    const qube_options o = detail::c_options(options);
    using Watched = detail::WatchedSearch<std::remove_reference_t<Progress>>;
    Watched watched = {progress, nullptr};
    return Plan(detail::make<qube_plan>([&](qube_plan **out) {
        const std::int32_t status = qube_optimize_with_progress(
            network.get(), policy.get(), &o, &Watched::call, &watched, out);
        if (watched.thrown) {
            // The search may have ended with a plan; it has no owner yet.
            qube_plan_free(*out);
            *out = nullptr;
            std::rethrow_exception(watched.thrown);
        }
        return status;
    }));
}

// --- Cost models of one's own --------------------------------------------------------------------

/// What is known of a tensor of the network.
struct LeafFacts {
    std::int64_t tensor = 0;  ///< Its number in the network, from 0.
    double footprint = 0;     ///< Its volume, elements.
    bool is_volatile = false; ///< It changes on every iteration.
};

/// What is known of the contraction of two operands. Volumes are elements.
struct ContractionFacts {
    std::uint64_t left_tensors = 0;  ///< The tensors below the left operand: bit t is tensor t.
    std::uint64_t right_tensors = 0; ///< Those below the right one, which has the highest of both.
    double left_footprint = 0;       ///< Volume of the left operand, ...
    double right_footprint = 0;      ///< ... of the right one, ...
    double footprint = 0;            ///< ... and of the result.
    double flops = 0;                ///< Work, multiply-add pairs.
    bool left_is_volatile = false;   ///< The left operand depends on a volatile tensor, ...
    bool right_is_volatile = false;  ///< ... the right one, ...
    bool is_volatile = false;        ///< ... or the result.
};

/// Not part of the interface.
namespace detail {

/// A search under a model, and the first exception that the model threw.
class CustomSearch {
public:
    template <class Model>
    static Plan run(const Network &network, const qube_policy *policy, Model &model,
                    const Options &options)
    {
        using State = typename std::remove_const_t<Model>::State;
        static_assert(std::is_trivially_copyable_v<State>, "State must be trivially copyable");
        static_assert(sizeof(State) <= 4096, "State must have at most 4096 bytes");
        static_assert(alignof(State) <= 16, "State must not be aligned to more than 16 bytes");
        const qube_options o = detail::c_options(options);
        Frame<Model> frame{model, nullptr};
        qube_cost_model c;
        check(qube_cost_model_init(&c, sizeof c));
        c.state_size = sizeof(State);
        c.user = &frame;
        c.leaf = leaf<Model>;
        c.combine = combine<Model>;
        c.compare = compare<Model>;
        c.value = value<Model>;
        return Plan(make<qube_plan>([&](qube_plan **out) {
            const std::int32_t status =
                qube_optimize_custom(network.get(), policy, &o, &c, out);
            if (frame.thrown) {
                std::rethrow_exception(frame.thrown);
            }
            return status;
        }));
    }

private:
    template <class Model> struct Frame {
        Model &model;
        std::exception_ptr thrown;
    };

    template <class Model> using State = typename std::remove_const_t<Model>::State;

    /// Runs what may throw; nothing may be thrown through the library.
    template <class Model, class Body>
    static std::int32_t guarded(void *user, const Body &body) noexcept
    {
        Frame<Model> &frame = *static_cast<Frame<Model> *>(user);
        try {
            body(frame.model);
            return 0;
        } catch (...) {
            frame.thrown = std::current_exception();
            return 1;
        }
    }

    template <class Model> static const State<Model> &at(const void *state) noexcept
    {
        return *static_cast<const State<Model> *>(state);
    }

    template <class Model>
    static std::int32_t leaf(void *user, const qube_leaf_facts *c, void *state) noexcept
    {
        return guarded<Model>(user, [&](Model &model) {
            const LeafFacts facts{c->tensor, c->footprint, c->is_volatile != 0};
            ::new (state) State<Model>(model.leaf(facts));
        });
    }

    template <class Model>
    static std::int32_t combine(void *user, const qube_contraction_facts *c, const void *left,
                                const void *right, void *state) noexcept
    {
        return guarded<Model>(user, [&](Model &model) {
            const ContractionFacts facts{c->left_tensors,          c->right_tensors,
                                         c->left_footprint,        c->right_footprint,
                                         c->footprint,             c->flops,
                                         c->left_is_volatile != 0, c->right_is_volatile != 0,
                                         c->is_volatile != 0};
            ::new (state) State<Model>(model.combine(facts, at<Model>(left), at<Model>(right)));
        });
    }

    template <class Model>
    static std::int32_t compare(void *user, const void *a, const void *b,
                                std::int32_t *order) noexcept
    {
        return guarded<Model>(user, [&](Model &model) {
            if (model.less(at<Model>(a), at<Model>(b))) {
                *order = -1;
            } else {
                *order = model.less(at<Model>(b), at<Model>(a)) ? 1 : 0;
            }
        });
    }

    template <class Model>
    static std::int32_t value(void *user, const void *state, double *cost) noexcept
    {
        return guarded<Model>(user, [&](Model &model) { *cost = model.value(at<Model>(state)); });
    }
};

} // namespace detail

/// Finds the best plan of a network of 16 tensors at most under a cost model of one's own, on the
/// calling thread. The model is any object, const or not, with
///
///     using State = ...; // kept of a set of tensors: trivially copyable, at most 4096 bytes
///     State leaf(const qube::LeafFacts &);
///     State combine(const qube::ContractionFacts &, const State &left, const State &right);
///     bool less(const State &a, const State &b); // a is better; both are of the same set
///     double value(const State &);               // a finite number; asked of the plan, once
///
/// One best state is kept for each set, so combine must be monotone: a better state of an operand
/// never makes a worse state of the result. Where states are equal, the last one met counts.
/// A search that a limit stops gives the plan that the model likes best of those of little work, storage
/// and peak; nothing is known then of what no plan goes below, and the lower bound is -DBL_MAX.
/// What the model throws ends the search and is rethrown here, with its type. The plan's cost is
/// the model's value; its nodes have none. The objective, the weights and the roofline of the
/// options are not used, and no loops are opened; of the policy, what is volatile counts.
/// @throws Error as optimize(); too_large: all states together take more than 2^27 bytes;
///         callback: the value is not finite
template <class Model>
[[nodiscard]] Plan optimize_custom(const Network &network, const BatchPolicy &policy,
                                   Model &&model, const Options &options = {})
{
    if (policy.get() == nullptr) { // in C that means no policy
        throw Error(Status::null_pointer, "policy was moved from; allowed: a policy");
    }
    return detail::CustomSearch::run(network, policy.get(), model, options);
}

/// The same without a policy: no tensor is volatile.
template <class Model>
[[nodiscard]] Plan optimize_custom(const Network &network, Model &&model,
                                   const Options &options = {})
{
    return detail::CustomSearch::run(network, nullptr, model, options);
}

/// A node of the plan of one of many terms.
struct Place {
    std::int64_t term = 0; ///< The term, from 0.
    std::int64_t node = 0; ///< The place in Plan::nodes() of its plan.
};

/// An intermediate that several plans compute, or one computes again: equal up to a renaming of
/// indices, equally volatile, and not sliced by a loop around it.
struct Shared {
    std::vector<Place> places; ///< Where it is met; it would be computed at the first.
    double savings = 0;        ///< What computing it at the others costs.
};

/// What the plans of many terms come to.
struct Totals {
    double cost = 0;                       ///< Sum of the plans' costs.
    double flops = 0;                      ///< Sum of their work, multiply-add pairs.
    double peak_elements = 0;              ///< The largest peak.
    std::optional<std::int64_t> peak_term; ///< The first term that has it; none without terms.
    std::int64_t n_terms = 0;
    double savings = 0; ///< What sharing would take off the cost, if each were computed once.
};

/// The plans of many terms, what they come to together, and what they share. It never changes.
class Plans {
public:
    [[nodiscard]] Totals totals() const
    {
        const qube_totals c = c_totals();
        Totals totals;
        totals.cost = c.cost;
        totals.flops = c.flops;
        totals.peak_elements = c.peak_elements;
        if (c.peak_term >= 0) {
            totals.peak_term = c.peak_term;
        }
        totals.n_terms = c.n_terms;
        totals.savings = c.savings;
        return totals;
    }

    /// The plan of a term, counted from 0.
    /// @throws Error position
    [[nodiscard]] Plan plan(std::int64_t term) const
    {
        return Plan(detail::make<qube_plan>(
            [&](qube_plan **out) { return qube_plans_plan(get(), term, out); }));
    }

    /// The shared intermediates, the largest saving first. Those within one are not listed again.
    [[nodiscard]] std::vector<Shared> shared() const
    {
        std::vector<Shared> all;
        for (std::int64_t number = 0, n = c_totals().n_shared; number < n; ++number) {
            Shared one;
            detail::check(qube_plans_shared(get(), number, &one.savings));
            std::size_t length = 0;
            detail::check(qube_plans_shared_places(get(), number, nullptr, nullptr, 0, &length));
            std::vector<std::int64_t> terms(length), nodes(length);
            detail::check(qube_plans_shared_places(get(), number, terms.data(), nodes.data(),
                                                   length, &length));
            for (std::size_t i = 0; i < length; ++i) {
                one.places.push_back({terms[i], nodes[i]});
            }
            all.push_back(std::move(one));
        }
        return all;
    }

    /// The C handle, valid as long as this object.
    [[nodiscard]] const qube_plans *get() const noexcept { return handle_.get(); }

private:
    template <class Progress>
    friend Plans optimize_many(const std::vector<Network> &, const BatchPolicy &, const Options &,
                               std::int64_t, Progress &&);

    explicit Plans(detail::Handle<qube_plans> handle) noexcept : handle_(std::move(handle)) {}

    qube_totals c_totals() const
    {
        qube_totals totals = {};
        totals.struct_size = sizeof totals;
        detail::check(qube_plans_totals(get(), &totals));
        return totals;
    }

    detail::Handle<qube_plans> handle_;
};

namespace detail {

/// A host's progress, and what it threw: parked in the caller's frame until C has returned.
template <class Progress> struct Watched {
    Progress &progress;
    std::exception_ptr thrown;

    static std::int32_t call(void *user, std::int64_t done, std::int64_t total) noexcept
    {
        auto *const watched = static_cast<Watched *>(user);
        try {
            return watched->progress(done, total) ? 0 : 1;
        } catch (...) {
            watched->thrown = std::current_exception();
            return 1;
        }
    }
};

} // namespace detail

/// Plans every term with one policy and one set of options.
/// @param num_threads  1: the calling thread alone; more, up to 1024, are started for this call. The
///                     answer does not depend on it.
/// @param progress     called as progress(done, total) on the calling thread after each term; false
///                     ends the call (Error callback); what it throws leaves the call with its type
/// @throws Error callback, input (num_threads), and those of optimize(), naming the first term; what
///         a callback of the policy throws, before the first term is planned
template <class Progress>
[[nodiscard]] Plans optimize_many(const std::vector<Network> &networks, const BatchPolicy &policy,
                                  const Options &options, std::int64_t num_threads,
                                  Progress &&progress)
{
    if (policy.get() == nullptr) { // in C that means no policy
        throw Error(Status::null_pointer, "policy was moved from; allowed: a policy");
    }
    std::vector<const qube_network *> handles;
    for (const Network &network : networks) {
        handles.push_back(network.get());
    }
    const qube_options o = detail::c_options(options);
    using Watched = detail::Watched<std::remove_reference_t<Progress>>;
    Watched watched = {progress, nullptr};
    return Plans(detail::make<qube_plans>([&](qube_plans **plans) {
        const std::int32_t status =
            qube_optimize_many(handles.data(), detail::count(handles), policy.get(), &o,
                               num_threads, &Watched::call, &watched, plans);
        if (watched.thrown) {
            std::rethrow_exception(watched.thrown);
        }
        return status;
    }));
}

/// The same without progress.
[[nodiscard]] inline Plans optimize_many(const std::vector<Network> &networks,
                                         const BatchPolicy &policy, const Options &options = {},
                                         std::int64_t num_threads = 1)
{
    return optimize_many(networks, policy, options, num_threads,
                         [](std::int64_t, std::int64_t) { return true; });
}

} // namespace qube

#endif // QUBE_BUDGET_HPP
