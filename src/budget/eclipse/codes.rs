//! What each of the three codes allocates and frees, in its order.
//!
//! TEB's trace gives all totals of the printed run; those of EB and T follow their order of allocation,
//! and have not been compared with a run.

use super::trace::{Print, Recorder};
use super::{EclipseConfig, Sizes};
use crate::Result;
use crate::budget::input::Count;
use crate::budget::stage::Term;

const COVARIANCE: &str = "covariance matrix";
const INVERSE_CHECK: &str = "product of the matrix and its inverse";
const MAPS: &str = "maps";
const OTHER_MAPS: &str = "maps to cross with";

const fn times(name: &'static str, value: u64) -> Count {
    Count::constant(name, value)
}

const TWO: Count = times("2", 2);
const THREE: Count = times("3", 3);
const FOUR: Count = times("4", 4);
const SIX: Count = times("6", 6);
const EIGHT: Count = times("8", 8);

/// Steps 1 and 2, which are the same in all codes: the covariance matrix is made of harmonics, and
/// its inverse takes its place, which may be checked. Returns the matrix.
fn covariance(
    config: &EclipseConfig,
    sizes: &Sizes,
    harmonics: &[Term],
    recorder: &mut Recorder,
) -> Result<Term> {
    let matrix = Term::matrix(COVARIANCE, sizes.all, sizes.all)?;
    recorder.step(1, "step_1")?;
    recorder.allocate("harmonics for the covariance", harmonics, Print::Yes)?;
    recorder.allocate("covariance matrix", &[matrix], Print::Yes)?;
    recorder.free("harmonics for the covariance", harmonics, Print::Yes);
    recorder.step(2, "step_2")?;
    if config.check_inverse {
        let check = Term::matrix(INVERSE_CHECK, sizes.all, sizes.all)?;
        recorder.allocate("check of the inverse", &[check], Print::Yes)?;
        recorder.free("check of the inverse", &[check], Print::Yes);
    }
    recorder.print("inverse of the covariance matrix, in its place");
    Ok(matrix)
}

/// ECLIPSE_TEB.
pub fn teb(config: &EclipseConfig, sizes: &Sizes, recorder: &mut Recorder) -> Result<()> {
    let &Sizes { t, q, all, modes, modes_cov, maps } = sizes;
    let harmonics = [
        Term::matrices("harmonics of T, for the covariance", TWO, t, modes_cov)?,
        Term::matrices("harmonics of Q and U, for the covariance", EIGHT, q, modes_cov)?,
    ];
    let covariance = covariance(config, sizes, &harmonics, recorder)?;

    recorder.step(3, "step_3")?;
    let real = [
        Term::matrix("harmonics of T, real part", t, modes)?,
        Term::matrices("harmonics of Q and U, real part", FOUR, q, modes)?,
    ];
    let imaginary = [
        Term::matrix("harmonics of T, imaginary part", t, modes)?,
        Term::matrices("harmonics of Q and U, imaginary part", FOUR, q, modes)?,
    ];
    recorder.allocate("harmonics", &[real, imaginary].concat(), Print::Yes)?;
    let of_maps = Term::matrix(MAPS, all, maps)?;
    let coefficients = Term::matrices("coefficients of the maps", SIX, modes, maps)?;
    recorder.allocate("maps", &[of_maps], Print::Yes)?;
    if config.cross {
        let others = Term::matrix(OTHER_MAPS, all, maps)?;
        let crossed = Term::matrices("coefficients of the maps to cross with", SIX, modes, maps)?;
        recorder.allocate("maps to cross with", &[others], Print::No)?;
        recorder.allocate("coefficients of the maps", &[coefficients], Print::Yes)?;
        recorder.free("maps", &[of_maps], Print::No);
        recorder.allocate("coefficients of the maps to cross with", &[crossed], Print::Yes)?;
        recorder.free("maps and coefficients", &[others, coefficients, crossed], Print::Yes);
    } else {
        recorder.allocate("coefficients of the maps", &[coefficients], Print::Yes)?;
        recorder.free("maps and coefficients", &[of_maps, coefficients], Print::Yes);
    }
    if !config.fisher {
        return Ok(());
    }

    recorder.step(4, "step_4")?;
    let blocks = [
        Term::matrix("inverse covariance, TT", t, t)?,
        Term::matrices("inverse covariance, TQ and TU", TWO, t, q)?,
        Term::matrices("inverse covariance, QQ, QU and UU", THREE, q, q)?,
    ];
    recorder.allocate("blocks of the inverse covariance", &blocks, Print::Yes)?;
    recorder.free("covariance matrix", &[covariance], Print::Yes);
    let products_real = [
        Term::matrices("products with T, real part", THREE, t, modes)?,
        Term::matrices("products with Q and U, real part", FOUR, q, modes)?,
    ];
    let products_imaginary = [
        Term::matrices("products with T, imaginary part", THREE, t, modes)?,
        Term::matrices("products with Q and U, imaginary part", FOUR, q, modes)?,
    ];
    let first_real = Term::matrices("products freed first, real part", TWO, q, modes)?;
    let first_imaginary = Term::matrices("products freed first, imaginary part", TWO, q, modes)?;
    let whole = |products: [Term; 2], first| [products[0], products[1], first];
    recorder.allocate("products, real part", &whole(products_real, first_real), Print::Yes)?;
    recorder.free("harmonics, real part", &real, Print::No);
    let products = whole(products_imaginary, first_imaginary);
    recorder.allocate("products, imaginary part", &products, Print::Yes)?;
    recorder.free("harmonics, imaginary part", &imaginary, Print::No);
    recorder.free("blocks of the inverse covariance", &blocks, Print::Yes);

    recorder.step(6, "step_6")?;
    let packed_t = Term::matrices("packed products with T", TWO, t, modes)?;
    let packed_q = Term::matrices("packed products with Q and U", EIGHT, q, modes)?;
    let fisher = Term::matrices("Fisher matrix, first blocks", SIX, modes, modes)?;
    let more = Term::matrices("Fisher matrix, other blocks", SIX, modes, modes)?;
    recorder.free("products with Q and U", &[first_real, first_imaginary], Print::No);
    recorder.allocate("packed products with T", &[packed_t], Print::No)?;
    recorder.allocate("Fisher matrix, first blocks", &[fisher], Print::Yes)?;
    let [(t_real, q_real), (t_imaginary, q_imaginary)] =
        [products_real, products_imaginary].map(|[of_t, of_q]| (of_t, of_q));
    recorder.free("all products with T", &[t_real, t_imaginary, packed_t], Print::No);
    recorder.allocate("packed products with Q and U", &[packed_q], Print::No)?;
    recorder.allocate("Fisher matrix, other blocks", &[more], Print::Yes)?;
    let last = [q_real, q_imaginary, packed_q];
    recorder.free("all products with Q and U", &last, Print::Yes);
    recorder.free("Fisher matrix", &[fisher, more], Print::Yes);
    Ok(())
}

/// ECLIPSE_EB.
pub fn eb(config: &EclipseConfig, sizes: &Sizes, recorder: &mut Recorder) -> Result<()> {
    let &Sizes { q, modes, modes_cov, .. } = sizes;
    let harmonics = [Term::matrices("harmonics, for the covariance", EIGHT, q, modes_cov)?];
    let packing = Some(Term::matrices("harmonics, while they are packed", FOUR, q, modes)?);
    let parts = Parts {
        harmonics: Term::matrices("harmonics", EIGHT, q, modes)?,
        packing,
        products: Term::matrices("products of step 4", FOUR, q, modes)?,
        last: Term::matrices("products of step 6", FOUR, q, modes)?,
        fisher: Term::matrices("Fisher matrix", SIX, modes, modes)?,
    };
    of_one_kind(config, sizes, &harmonics, &parts, recorder)
}

/// ECLIPSE_T.
pub fn t(config: &EclipseConfig, sizes: &Sizes, recorder: &mut Recorder) -> Result<()> {
    let &Sizes { t, modes, modes_cov, .. } = sizes;
    let harmonics = [Term::matrices("harmonics, for the covariance", TWO, t, modes_cov)?];
    let parts = Parts {
        harmonics: Term::matrices("harmonics", TWO, t, modes)?,
        packing: None,
        products: Term::matrix("products of step 4", t, modes)?,
        last: Term::matrix("products of step 6", t, modes)?,
        fisher: Term::matrices("Fisher matrix", TWO, modes, modes)?,
    };
    of_one_kind(config, sizes, &harmonics, &parts, recorder)
}

/// The arrays of T and EB, which allocate in the same order.
struct Parts {
    harmonics: Term,
    packing: Option<Term>,
    products: Term,
    last: Term,
    fisher: Term,
}

fn of_one_kind(
    config: &EclipseConfig,
    sizes: &Sizes,
    harmonics: &[Term],
    parts: &Parts,
    recorder: &mut Recorder,
) -> Result<()> {
    let covariance = covariance(config, sizes, harmonics, recorder)?;
    recorder.step(3, "step_3")?;
    recorder.allocate("harmonics", &[parts.harmonics], Print::No)?;
    if let Some(packing) = parts.packing {
        recorder.allocate("harmonics, while they are packed", &[packing], Print::No)?;
        recorder.free("harmonics, while they are packed", &[packing], Print::No);
    }
    let mut maps = vec![Term::matrix(MAPS, sizes.all, sizes.maps)?];
    recorder.allocate("maps", &maps, Print::No)?;
    if config.cross {
        let others = Term::matrix(OTHER_MAPS, sizes.all, sizes.maps)?;
        recorder.allocate("maps to cross with", &[others], Print::No)?;
        maps.push(others);
    }
    recorder.free("maps", &maps, Print::No);
    if !config.fisher {
        return Ok(());
    }
    recorder.step(4, "step_4")?;
    recorder.allocate("products", &[parts.products], Print::No)?;
    recorder.free("covariance matrix", &[covariance], Print::No);
    recorder.step(6, "step_6")?;
    recorder.allocate("products", &[parts.last], Print::No)?;
    recorder.allocate("Fisher matrix", &[parts.fisher], Print::No)?;
    recorder.free(
        "harmonics and products",
        &[parts.harmonics, parts.products, parts.last],
        Print::No,
    );
    recorder.free("Fisher matrix", &[parts.fisher], Print::No);
    Ok(())
}
