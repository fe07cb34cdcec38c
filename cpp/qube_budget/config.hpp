/// @file
/// Inputs of budgets: sizes and switches of a run, the survey, nodes and ranks. Fields and defaults
/// are those of the C structs, which explain them. Sizes left at 0 are derived from the survey.
#ifndef QUBE_BUDGET_CONFIG_HPP
#define QUBE_BUDGET_CONFIG_HPP

#include <cstdint>
#include <string>
#include <vector>

#include "error.hpp"

namespace qube {

/// The maps of a survey.
enum class Fields : std::int32_t {
    none = 0,              ///< Not set.
    t = QUBE_FIELDS_T,     ///< Temperature.
    qu = QUBE_FIELDS_QU,   ///< Polarisation.
    tqu = QUBE_FIELDS_TQU, ///< Both.
};

/// ECLIPSE's codes.
enum class EclipseCode : std::int32_t {
    none = 0,               ///< Not set.
    t = QUBE_ECLIPSE_T,     ///< Temperature.
    eb = QUBE_ECLIPSE_EB,   ///< Polarisation.
    teb = QUBE_ECLIPSE_TEB, ///< Both.
};

/// The source of a budget's numbers.
enum class Model : std::int32_t {
    held = QUBE_MODEL_HELD,           ///< Measured runs; every decision uses it.
    published = QUBE_MODEL_PUBLISHED, ///< Formulas of the program's authors.
    printed = QUBE_MODEL_PRINTED,     ///< Totals in ECLIPSE's log.
};

/// Releases of qube-qml.
enum class Release : std::int32_t {
    newest = QUBE_RELEASE_NEWEST, ///< The newest that budgets know.
    v1_1 = QUBE_RELEASE_1_1,      ///< 1.1
    v1_2 = QUBE_RELEASE_1_2,      ///< 1.2
    v1_3 = QUBE_RELEASE_1_3,      ///< 1.3
};

/// Inputs of Budget::harmonic().
struct HarmonicConfig {
    std::int64_t n_pix = 0;            ///< Pixels of all fields together.
    std::int64_t n_modes = 0;          ///< Modes of all fields together.
    std::int64_t lmax_signal = 0;      ///< Largest multipole in the signal covariance.
    std::int64_t lmax = 0;             ///< Largest estimated multipole; 0: lmax_signal.
    std::int64_t n_spectra = 0;        ///< Estimated spectra; 0: several.
    std::int64_t working_dim = 0;      ///< Coordinates after a pixel filter; 0: no filter.
    bool keep_pixel_projector = false; ///< Keep V after the kernels are built.
    bool covariance_by_caller = false; ///< The caller passes the noise covariance in.
    Model model = Model::held;         ///< held or published.
    Release release = Release::newest; ///< The release of qube-qml.
};

/// Inputs of Budget::pixel_direct().
struct PixelDirectConfig {
    std::int64_t n_pix = 0;            ///< Pixels of all fields together.
    std::int64_t lmax_signal = 0;      ///< Largest multipole in the signal covariance.
    std::int64_t lmax = 0;             ///< Largest estimated multipole; 0: lmax_signal.
    std::int64_t n_bins = 0;           ///< Bins of multipoles.
    std::int64_t n_params = 0;         ///< Parameters; 0: n_bins times n_spectra.
    std::int64_t n_spectra = 0;        ///< Estimated spectra; 0: n_params / n_bins.
    std::int64_t working_dim = 0;      ///< Coordinates after a pixel filter; 0: no filter.
    bool cache_derivatives = false;    ///< Keep binned derivatives.
    Model model = Model::held;         ///< held or published.
    Release release = Release::newest; ///< The release of qube-qml.
};

/// Inputs of Budget::traditional().
struct TraditionalConfig {
    std::int64_t n_pix = 0;            ///< Pixels of all fields together.
    std::int64_t lmax_signal = 0;      ///< Largest multipole in the signal covariance.
    std::int64_t lmax = 0;             ///< Largest estimated multipole; 0: lmax_signal.
    std::int64_t n_bins = 0;           ///< Bins of multipoles; 0: unknown.
    std::int64_t n_params = 0;         ///< Parameters; 0: n_bins times n_spectra.
    std::int64_t n_spectra = 0;        ///< Estimated spectra; 0: n_params / n_bins.
    Model model = Model::held;         ///< held.
    Release release = Release::newest; ///< The release of qube-qml.
};

/// Inputs of Budget::automatic(): those of all paths.
struct AutoConfig {
    std::int64_t n_pix = 0;            ///< Pixels of all fields together.
    std::int64_t n_modes = 0;          ///< Modes of all fields together.
    std::int64_t lmax_signal = 0;      ///< Largest multipole in the signal covariance.
    std::int64_t lmax = 0;             ///< Largest estimated multipole; 0: lmax_signal.
    std::int64_t n_bins = 0;           ///< Bins of multipoles.
    std::int64_t n_params = 0;         ///< Parameters; 0: n_bins times n_spectra.
    std::int64_t n_spectra = 0;        ///< Estimated spectra.
    std::int64_t working_dim = 0;      ///< Coordinates after a pixel filter; 0: no filter.
    bool do_cross = false;             ///< Cross two data splits: the traditional path.
    bool keep_pixel_projector = false; ///< Harmonic: keep V after the kernels are built.
    bool covariance_by_caller = false; ///< Harmonic: the caller passes the covariance in.
    bool cache_derivatives = false;    ///< Pixel-direct: keep binned derivatives.
    Model model = Model::held;         ///< held or published.
    Release release = Release::newest; ///< The release of qube-qml.
};

/// Inputs of Budget::eclipse(). Set code, lmax and the pixels.
struct EclipseConfig {
    EclipseCode code = EclipseCode::none; ///< Must be set.
    std::int64_t pix_t = 0;               ///< Observed pixels in temperature; 0 for EB.
    std::int64_t pix_p = 0;               ///< Observed pixels in polarisation; 0 for T.
    std::int64_t lmax = 0;                ///< Largest multipole of the power spectra.
    std::int64_t lmax_cov = 0;            ///< Largest multipole of the covariance; 0: lmax.
    std::int64_t maps = 1;                ///< Maps; of each kind where crossed.
    bool cross = false;                   ///< Cross the maps with others.
    bool check_inverse = false;           ///< Check the inverse of the covariance matrix.
    bool fisher = true;                   ///< Compute the Fisher matrix.
    Model model = Model::held;            ///< held, published (its guide) or printed (its log).
    bool tqu_maps = false;                ///< The map files of T also have Q and U.
    std::int64_t nside = 0;               ///< Of the map files; 0: the least for the pixels.
};

/// A survey. Set fields and the known sizes; explicit sizes of a config override derived ones.
struct Survey {
    Fields fields = Fields::none;        ///< Must be set.
    std::int64_t nside = 0;              ///< HEALPix resolution; 0: unknown.
    double fsky = 0;                     ///< Observed fraction of the sky; 0: unknown.
    bool polar_cap = false;              ///< The mask is a polar cap of whole rings.
    std::int64_t n_obs = 0;              ///< Observed pixels of one map; 0: unknown.
    std::int64_t n_obs_polarisation = 0; ///< Of a polarisation map for TQU; 0: n_obs.
    std::int64_t lmin = -1;              ///< Least multipole; -1: 2.
    std::int64_t lmax = 0;               ///< Largest estimated multipole; 0: lmax_signal.
    std::int64_t lmax_signal = 0;        ///< Largest multipole in the signal covariance.
    std::int64_t n_bins = 0;             ///< Bins of multipoles; 0: unknown.
    std::int64_t n_spectra = 0;          ///< Estimated spectra; 0: all of the fields.
};

/// The scheduler that job lines address.
enum class Scheduler : std::int32_t {
    slurm = QUBE_SCHEDULER_SLURM, ///< sbatch
    pbs = QUBE_SCHEDULER_PBS,     ///< qsub
    lsf = QUBE_SCHEDULER_LSF,     ///< bsub
};

/// The nodes and ranks of a run, and the memory of a process beside its arrays.
struct Job {
    std::int64_t nodes = 1;                 ///< Nodes.
    std::int64_t ranks_per_node = 1;        ///< Ranks (processes) on each node.
    std::int64_t cpus_per_rank = 1;         ///< Processors for each rank.
    bool share_node = false;                ///< The ranks of a node share QUBE's matrices.
    std::int64_t nprow = 0;                 ///< Rows of ECLIPSE's grid; 0: the squarest grid.
    std::int64_t npcol = 0;                 ///< Columns of ECLIPSE's grid; 0: likewise.
    std::int64_t block = 0;                 ///< Rows and columns of a block; 0: 64.
    std::int64_t input_matrices = -1;       ///< Input matrices of n_pix^2; -1: as measured.
    std::int64_t baseline_bytes = -1;       ///< A process without arrays; -1: as measured.
    double margin = -1;                     ///< Per cent added to each peak; -1: as measured.
    std::int64_t resident_bytes = 0;        ///< Other memory of each rank, bytes.
    std::int64_t cores_per_node = 0;        ///< Processors of a node; 0: unknown.
    std::int64_t mem_per_core_cap = 0;      ///< The most bytes per processor; 0: no cap.
    Scheduler scheduler = Scheduler::slurm; ///< The scheduler of the job lines.
    /// Measured runs as calibration: JSON documents of Comparison::render(). The margin of a stage
    /// is their largest excess in it.
    std::vector<std::string> calibration;
};

/// A grid of ranks for block-cyclic matrices.
struct Grid {
    std::int64_t nprow = 0;  ///< Rows; 0: the squarest grid of ranks.
    std::int64_t npcol = 0;  ///< Columns; 0: likewise.
    std::int64_t block = 0;  ///< Rows and columns of a block; 0: 64.
    std::int64_t ranks = 0;  ///< Ranks that must fill the grid; 0: nprow x npcol.
    std::int64_t myrow = -1; ///< Row of a rank to report, from 0; -1: none.
    std::int64_t mycol = -1; ///< Column of a rank to report, from 0; -1: none.
};

/// Not part of the interface.
namespace priv {

/// An enumerator as C has it.
template <class Enum> constexpr std::int32_t code(Enum value)
{
    return static_cast<std::int32_t>(value);
}

/// The fields that all of QUBE's configs have; the others are zero.
template <class C, class Config> C common(const Config &config)
{
    C c = {};
    c.struct_size = sizeof c;
    c.n_pix = config.n_pix;
    c.lmax_signal = config.lmax_signal;
    c.lmax = config.lmax;
    c.n_spectra = config.n_spectra;
    c.model = code(config.model);
    c.release = code(config.release);
    return c;
}

inline qube_harmonic_config in_c(const HarmonicConfig &config)
{
    auto c = common<qube_harmonic_config>(config);
    c.n_modes = config.n_modes;
    c.working_dim = config.working_dim;
    c.keep_pixel_projector = config.keep_pixel_projector;
    c.covariance_by_caller = config.covariance_by_caller;
    return c;
}

inline qube_pixel_direct_config in_c(const PixelDirectConfig &config)
{
    auto c = common<qube_pixel_direct_config>(config);
    c.n_bins = config.n_bins;
    c.n_params = config.n_params;
    c.working_dim = config.working_dim;
    c.cache_derivatives = config.cache_derivatives;
    return c;
}

inline qube_traditional_config in_c(const TraditionalConfig &config)
{
    auto c = common<qube_traditional_config>(config);
    c.n_bins = config.n_bins;
    c.n_params = config.n_params;
    return c;
}

inline qube_auto_config in_c(const AutoConfig &config)
{
    auto c = common<qube_auto_config>(config);
    c.n_modes = config.n_modes;
    c.n_bins = config.n_bins;
    c.n_params = config.n_params;
    c.working_dim = config.working_dim;
    c.do_cross = config.do_cross;
    c.keep_pixel_projector = config.keep_pixel_projector;
    c.covariance_by_caller = config.covariance_by_caller;
    c.cache_derivatives = config.cache_derivatives;
    return c;
}

// The others: in the order of the C structs.

inline qube_eclipse_config in_c(const EclipseConfig &config)
{
    return {sizeof(qube_eclipse_config), config.pix_t, config.pix_p, config.lmax, config.lmax_cov,
            config.maps, code(config.code), config.cross, config.check_inverse, config.fisher,
            code(config.model), config.tqu_maps, config.nside};
}

inline qube_survey in_c(const Survey &survey)
{
    return {sizeof(qube_survey), survey.nside, survey.fsky, survey.n_obs,
            survey.n_obs_polarisation, survey.lmin, survey.lmax, survey.lmax_signal, survey.n_bins,
            survey.n_spectra, code(survey.fields), survey.polar_cap};
}

/// A job with the array of its calibration. The texts stay in the Job.
struct JobInC : qube_job {
    /// Takes an element of C.
    explicit JobInC(const qube_job &c) : qube_job(c) {}
    std::vector<const char *> documents;
};

inline JobInC in_c(const Job &job)
{
    JobInC c({sizeof(qube_job), job.nodes, job.ranks_per_node, job.cpus_per_rank, job.nprow,
              job.npcol, job.block, job.input_matrices, job.baseline_bytes, job.resident_bytes,
              job.cores_per_node, job.mem_per_core_cap, job.margin, job.share_node,
              code(job.scheduler), nullptr, 0});
    for (const std::string &document : job.calibration) {
        c.documents.push_back(document.c_str());
    }
    c.calibration = c.documents.data(); // a moved vector keeps its array
    c.n_calibration = static_cast<std::int64_t>(c.documents.size());
    return c;
}

inline qube_grid in_c(const Grid &grid)
{
    return {sizeof(qube_grid), grid.nprow, grid.npcol, grid.block,
            grid.ranks,        grid.myrow, grid.mycol};
}

} // namespace priv
} // namespace qube

#endif // QUBE_BUDGET_CONFIG_HPP
