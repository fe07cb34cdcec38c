/// @file
/// The inputs of budgets: a run's sizes and switches, the survey that sizes follow from, nodes and
/// ranks. Fields and defaults are those of the C structs of like names, which explain them.
#ifndef QUBE_BUDGET_CONFIG_HPP
#define QUBE_BUDGET_CONFIG_HPP

#include <cstdint>
#include <string>
#include <vector>

#include "error.hpp"

namespace qube {

/// Which maps a survey takes.
enum class Fields : std::int32_t {
    none = 0,              ///< Not set.
    t = QUBE_FIELDS_T,     ///< Temperature.
    qu = QUBE_FIELDS_QU,   ///< Polarisation.
    tqu = QUBE_FIELDS_TQU, ///< Both.
};

/// Which of ECLIPSE's codes runs.
enum class EclipseCode : std::int32_t {
    none = 0,               ///< Not set.
    t = QUBE_ECLIPSE_T,     ///< Temperature.
    eb = QUBE_ECLIPSE_EB,   ///< Polarisation.
    teb = QUBE_ECLIPSE_TEB, ///< Both.
};

/// Which numbers a budget gives.
enum class Model : std::int32_t {
    held = QUBE_MODEL_HELD,           ///< What runs hold. It decides.
    published = QUBE_MODEL_PUBLISHED, ///< The formulas that the program's authors publish.
    printed = QUBE_MODEL_PRINTED,     ///< What ECLIPSE writes into its log.
};

/// Releases of qube-qml.
enum class Release : std::int32_t {
    newest = QUBE_RELEASE_NEWEST, ///< The newest that budgets follow.
    v1_1 = QUBE_RELEASE_1_1,      ///< 1.1
    v1_2 = QUBE_RELEASE_1_2,      ///< 1.2
    v1_3 = QUBE_RELEASE_1_3,      ///< 1.3
};

/// Inputs of Budget::harmonic(); sizes left at 0 are derived from the survey.
struct HarmonicConfig {
    std::int64_t n_pix = 0, n_modes = 0; ///< Pixels and modes of all fields together.
    std::int64_t lmax_signal = 0;        ///< Largest multipole in the signal covariance.
    std::int64_t lmax = 0;               ///< Largest multipole that is estimated; 0: lmax_signal.
    std::int64_t n_spectra = 0;          ///< Spectra that are estimated; 0: several.
    std::int64_t working_dim = 0;        ///< Coordinates that a pixel filter leaves; 0: no filter.
    bool keep_pixel_projector = false;   ///< Keep V once the kernels are built.
    bool covariance_by_caller = false;   ///< The caller passes the noise covariance in.
    Model model = Model::held;           ///< held or published.
    Release release = Release::newest;   ///< The release of qube-qml.
};

/// Inputs of Budget::pixel_direct(); sizes left at 0 are derived from the survey.
struct PixelDirectConfig {
    std::int64_t n_pix = 0;            ///< Pixels of all fields together.
    std::int64_t lmax_signal = 0;      ///< Largest multipole in the signal covariance.
    std::int64_t lmax = 0;             ///< Largest multipole that is estimated; 0: lmax_signal.
    std::int64_t n_bins = 0;           ///< Bins of multipoles.
    std::int64_t n_params = 0;         ///< Parameters; 0: n_bins times n_spectra.
    std::int64_t n_spectra = 0;        ///< Spectra that are estimated; 0: what n_params makes it.
    std::int64_t working_dim = 0;      ///< Coordinates that a pixel filter leaves; 0: no filter.
    bool cache_derivatives = false;    ///< Keep binned derivatives.
    Model model = Model::held;         ///< held or published.
    Release release = Release::newest; ///< The release of qube-qml.
};

/// Inputs of Budget::traditional(); sizes left at 0 are derived from the survey.
struct TraditionalConfig {
    std::int64_t n_pix = 0;            ///< Pixels of all fields together.
    std::int64_t lmax_signal = 0;      ///< Largest multipole in the signal covariance.
    std::int64_t lmax = 0;             ///< Largest multipole that is estimated; 0: lmax_signal.
    std::int64_t n_bins = 0;           ///< Bins of multipoles; 0: unknown.
    std::int64_t n_params = 0;         ///< Parameters; 0: n_bins times n_spectra.
    std::int64_t n_spectra = 0;        ///< Spectra that are estimated; 0: what n_params makes it.
    Model model = Model::held;         ///< held.
    Release release = Release::newest; ///< The release of qube-qml.
};

/// Inputs of Budget::automatic(): those of all paths.
struct AutoConfig {
    std::int64_t n_pix = 0, n_modes = 0;    ///< Pixels and modes of all fields together.
    std::int64_t lmax_signal = 0, lmax = 0; ///< Multipoles of the signal, and estimated ones.
    std::int64_t n_bins = 0, n_params = 0;  ///< Bins and parameters.
    std::int64_t n_spectra = 0;             ///< Spectra that are estimated.
    std::int64_t working_dim = 0;           ///< Coordinates that a pixel filter leaves.
    bool do_cross = false;                  ///< Cross two data splits.
    bool keep_pixel_projector = false;      ///< Harmonic: keep V.
    bool covariance_by_caller = false;      ///< Harmonic: the caller passes the covariance in.
    bool cache_derivatives = false;         ///< Pixel-direct: keep binned derivatives.
    Model model = Model::held;              ///< held or published.
    Release release = Release::newest;      ///< The release of qube-qml.
};

/// Inputs of Budget::eclipse(). Set code, lmax and the pixels.
struct EclipseConfig {
    EclipseCode code = EclipseCode::none;
    std::int64_t pix_t = 0, pix_p = 0; ///< Observed pixels in temperature and polarisation.
    std::int64_t lmax = 0;             ///< Largest multipole of the power spectra.
    std::int64_t lmax_cov = 0;         ///< Largest multipole of the covariance; 0: lmax.
    std::int64_t maps = 1;             ///< Maps, of each kind where they are crossed.
    bool cross = false;                ///< Cross the maps with others.
    bool check_inverse = false;        ///< Check the inverse of the covariance matrix.
    bool fisher = true;                ///< Compute the Fisher matrix.
    Model model = Model::held;         ///< What a run holds, its guide's sums, or its log's totals.
    bool tqu_maps = false;             ///< The map files of T have Q and U, too.
    std::int64_t nside = 0;            ///< Of the map files; 0: the least with all pixels.
};

/// What is known of a survey. Set fields and what else is known.
struct Survey {
    Fields fields = Fields::none;
    std::int64_t nside = 0;              ///< HEALPix resolution.
    double fsky = 0;                     ///< Observed fraction of the sky.
    bool polar_cap = false;              ///< The mask is a polar cap of whole rings.
    std::int64_t n_obs = 0;              ///< Observed pixels of one map.
    std::int64_t n_obs_polarisation = 0; ///< Of a polarisation map for TQU; 0: n_obs.
    std::int64_t lmin = -1;              ///< The least multipole; -1: 2.
    std::int64_t lmax = 0;               ///< The largest that is estimated; 0: lmax_signal.
    std::int64_t lmax_signal = 0;        ///< The largest in the signal covariance.
    std::int64_t n_bins = 0;             ///< Bins of multipoles.
    std::int64_t n_spectra = 0;          ///< Spectra that are estimated; 0: all of the fields.
};

/// What the lines for a job script are for.
enum class Scheduler : std::int32_t {
    slurm = QUBE_SCHEDULER_SLURM, ///< sbatch
    pbs = QUBE_SCHEDULER_PBS,     ///< qsub
    lsf = QUBE_SCHEDULER_LSF,     ///< bsub
};

/// How a run is put on a machine.
struct Job {
    std::int64_t nodes = 1, ranks_per_node = 1, cpus_per_rank = 1;
    bool share_node = false;           ///< The ranks of a node share QUBE's matrices.
    std::int64_t nprow = 0, npcol = 0; ///< ECLIPSE's grid of ranks; 0: the squarest.
    std::int64_t block = 0;            ///< Rows and columns of a block, likewise.
    std::int64_t input_matrices = -1;  ///< Matrices of n_pix^2 held as input; -1: as measured.
    std::int64_t baseline_bytes = -1;  ///< A process before any array; -1: as measured.
    double margin = -1;                ///< Per cent to add to every peak; -1: as measured.
    std::int64_t resident_bytes = 0;   ///< What each rank holds beside.
    std::int64_t cores_per_node = 0;   ///< Processors of a node; 0: not known.
    std::int64_t mem_per_core_cap = 0; ///< The most bytes per processor; 0: no cap.
    Scheduler scheduler = Scheduler::slurm;
    /// Runs that were measured, as calibration: what Comparison::render() makes as JSON. Where they
    /// have a stage, the largest excess of them is its margin.
    std::vector<std::string> calibration;
};

/// A grid of ranks for block-cyclic matrices.
struct Grid {
    std::int64_t nprow = 0, npcol = 0;   ///< Rows and columns; 0: the squarest grid of ranks.
    std::int64_t block = 0;              ///< Rows and columns of a block, likewise.
    std::int64_t ranks = 0;              ///< Ranks that must fill the grid; 0: nprow x npcol.
    std::int64_t myrow = -1, mycol = -1; ///< A rank that is asked about; -1: none.
};

namespace priv {

// In the order of the C structs.

inline qube_harmonic_config in_c(const HarmonicConfig &config)
{
    return {sizeof(qube_harmonic_config),
            config.n_pix,
            config.n_modes,
            config.lmax_signal,
            config.lmax,
            config.n_spectra,
            config.working_dim,
            config.keep_pixel_projector,
            config.covariance_by_caller,
            static_cast<std::int32_t>(config.model),
            static_cast<std::int32_t>(config.release)};
}

inline qube_pixel_direct_config in_c(const PixelDirectConfig &config)
{
    return {sizeof(qube_pixel_direct_config),
            config.n_pix,
            config.lmax_signal,
            config.lmax,
            config.n_bins,
            config.n_params,
            config.n_spectra,
            config.working_dim,
            config.cache_derivatives,
            static_cast<std::int32_t>(config.model),
            static_cast<std::int32_t>(config.release),
            0};
}

inline qube_traditional_config in_c(const TraditionalConfig &config)
{
    return {sizeof(qube_traditional_config),
            config.n_pix,
            config.lmax_signal,
            config.lmax,
            config.n_bins,
            config.n_params,
            config.n_spectra,
            static_cast<std::int32_t>(config.model),
            static_cast<std::int32_t>(config.release)};
}

inline qube_auto_config in_c(const AutoConfig &config)
{
    return {sizeof(qube_auto_config),
            config.n_pix,
            config.n_modes,
            config.lmax_signal,
            config.lmax,
            config.n_bins,
            config.n_params,
            config.n_spectra,
            config.working_dim,
            config.do_cross,
            config.keep_pixel_projector,
            config.covariance_by_caller,
            config.cache_derivatives,
            static_cast<std::int32_t>(config.model),
            static_cast<std::int32_t>(config.release)};
}

inline qube_eclipse_config in_c(const EclipseConfig &config)
{
    return {sizeof(qube_eclipse_config),
            config.pix_t,
            config.pix_p,
            config.lmax,
            config.lmax_cov,
            config.maps,
            static_cast<std::int32_t>(config.code),
            config.cross,
            config.check_inverse,
            config.fisher,
            static_cast<std::int32_t>(config.model),
            config.tqu_maps,
            config.nside};
}

inline qube_survey in_c(const Survey &survey)
{
    return {sizeof(qube_survey),
            survey.nside,
            survey.fsky,
            survey.n_obs,
            survey.n_obs_polarisation,
            survey.lmin,
            survey.lmax,
            survey.lmax_signal,
            survey.n_bins,
            survey.n_spectra,
            static_cast<std::int32_t>(survey.fields),
            survey.polar_cap};
}

/// A job with the array that its calibration is in; the texts stay with the Job.
struct JobInC : qube_job {
    explicit JobInC(const qube_job &c) : qube_job(c) {}
    std::vector<const char *> documents;
};

inline JobInC in_c(const Job &job)
{
    JobInC c({sizeof(qube_job),
              job.nodes,
              job.ranks_per_node,
              job.cpus_per_rank,
              job.nprow,
              job.npcol,
              job.block,
              job.input_matrices,
              job.baseline_bytes,
              job.resident_bytes,
              job.cores_per_node,
              job.mem_per_core_cap,
              job.margin,
              job.share_node,
              static_cast<std::int32_t>(job.scheduler),
              nullptr,
              0});
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
