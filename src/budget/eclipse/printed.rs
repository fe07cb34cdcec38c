//! The arrays that the log of each of the three codes counts, in the order in which its main
//! program allocates and frees them, and where it prints their total.
//!
//! TEB's trace gives all totals of the shipped example; all three give those of runs with 1000 maps
//! (tests/eclipse.rs). What the log leaves out is in [`super::held`].

use super::{Code, EclipseConfig, Sizes};
use crate::Result;
use crate::budget::input::Count;
use crate::budget::recorder::{Print, Recorder};
use crate::budget::term::{Layout, Term};

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
    let covariance = matrix(COVARIANCE, sizes.all, sizes.all)?;
    recorder.step(1, "step_1")?;
    recorder.allocate("harmonics for the covariance", &refs(harmonics), Print::Yes)?;
    recorder.allocate("covariance matrix", &[&covariance], Print::Yes)?;
    recorder.free("harmonics for the covariance", &refs(harmonics), Print::Yes);
    recorder.step(2, "step_2")?;
    if config.check_inverse {
        let check = matrix(INVERSE_CHECK, sizes.all, sizes.all)?;
        recorder.allocate("check of the inverse", &[&check], Print::Yes)?;
        // T prints nothing here, and the same total next.
        let print = if config.code == Code::T { Print::No } else { Print::Yes };
        recorder.free("check of the inverse", &[&check], print);
    }
    recorder.print("inverse of the covariance matrix, in its place");
    Ok(covariance)
}

/// ECLIPSE_TEB.
pub fn teb(config: &EclipseConfig, sizes: &Sizes, recorder: &mut Recorder) -> Result<()> {
    let &Sizes { t, q, all, modes, modes_cov, maps, .. } = sizes;
    let harmonics = [
        matrices("harmonics of T, for the covariance", TWO, t, modes_cov)?,
        matrices("harmonics of Q and U, for the covariance", EIGHT, q, modes_cov)?,
    ];
    let covariance = covariance(config, sizes, &harmonics, recorder)?;

    recorder.step(3, "step_3")?;
    let real = [
        matrix("harmonics of T, real part", t, modes)?,
        matrices("harmonics of Q and U, real part", FOUR, q, modes)?,
    ];
    let imaginary = [
        matrix("harmonics of T, imaginary part", t, modes)?,
        matrices("harmonics of Q and U, imaginary part", FOUR, q, modes)?,
    ];
    recorder.allocate(
        "harmonics",
        &[&real[0], &real[1], &imaginary[0], &imaginary[1]],
        Print::Yes,
    )?;
    let of_maps = matrix(MAPS, all, maps)?;
    let coefficients = matrices("coefficients of the maps", SIX, modes, maps)?;
    if config.cross {
        let others = matrix(OTHER_MAPS, all, maps)?;
        let crossed = matrices("coefficients of the maps to cross with", SIX, modes, maps)?;
        recorder.allocate("maps, and those to cross with", &[&of_maps, &others], Print::Yes)?;
        recorder.allocate("coefficients of the maps", &[&coefficients], Print::Yes)?;
        recorder.free("maps", &[&of_maps], Print::Yes);
        recorder.allocate("coefficients of the maps to cross with", &[&crossed], Print::Yes)?;
        recorder.free("maps to cross with", &[&others], Print::Yes);
        recorder.free("coefficients of all maps", &[&coefficients, &crossed], Print::Yes);
    } else {
        recorder.allocate("maps", &[&of_maps], Print::Yes)?;
        recorder.allocate("coefficients of the maps", &[&coefficients], Print::Yes)?;
        recorder.free("maps and coefficients", &[&of_maps, &coefficients], Print::Yes);
    }
    if !config.fisher {
        return Ok(());
    }

    recorder.step(4, "step_4")?;
    let blocks = [
        matrix("inverse covariance, TT", t, t)?,
        matrices("inverse covariance, TQ and TU", TWO, t, q)?,
        matrices("inverse covariance, QQ, QU and UU", THREE, q, q)?,
    ];
    recorder.allocate("blocks of the inverse covariance", &refs(&blocks), Print::Yes)?;
    recorder.free("covariance matrix", &[&covariance], Print::Yes);
    let products_real = [
        matrices("products with T, real part", THREE, t, modes)?,
        matrices("products with Q and U, real part", FOUR, q, modes)?,
    ];
    let products_imaginary = [
        matrices("products with T, imaginary part", THREE, t, modes)?,
        matrices("products with Q and U, imaginary part", FOUR, q, modes)?,
    ];
    let first_real = matrices("products freed first, real part", TWO, q, modes)?;
    let first_imaginary = matrices("products freed first, imaginary part", TWO, q, modes)?;
    recorder.allocate(
        "products, real part",
        &[&products_real[0], &products_real[1], &first_real],
        Print::Yes,
    )?;
    recorder.free("harmonics, real part", &refs(&real), Print::No);
    let products = [&products_imaginary[0], &products_imaginary[1], &first_imaginary];
    recorder.allocate("products, imaginary part", &products, Print::Yes)?;
    recorder.free("harmonics, imaginary part", &refs(&imaginary), Print::No);
    recorder.free("blocks of the inverse covariance", &refs(&blocks), Print::Yes);

    recorder.step(6, "step_6")?;
    let packed_t = matrices("packed products with T", TWO, t, modes)?;
    let packed_q = matrices("packed products with Q and U", EIGHT, q, modes)?;
    let fisher = matrices("Fisher matrix, first blocks", SIX, modes, modes)?;
    let more = matrices("Fisher matrix, other blocks", SIX, modes, modes)?;
    recorder.free("products with Q and U", &[&first_real, &first_imaginary], Print::No);
    recorder.allocate("packed products with T", &[&packed_t], Print::No)?;
    recorder.allocate("Fisher matrix, first blocks", &[&fisher], Print::Yes)?;
    let [(t_real, q_real), (t_imaginary, q_imaginary)] =
        [&products_real, &products_imaginary].map(|[of_t, of_q]| (of_t, of_q));
    recorder.free("all products with T", &[t_real, t_imaginary, &packed_t], Print::No);
    recorder.allocate("packed products with Q and U", &[&packed_q], Print::No)?;
    recorder.allocate("Fisher matrix, other blocks", &[&more], Print::Yes)?;
    let last = [q_real, q_imaginary, &packed_q];
    recorder.free("all products with Q and U", &last, Print::Yes);
    recorder.free("Fisher matrix", &[&fisher, &more], Print::Yes);
    Ok(())
}

/// ECLIPSE_EB.
pub fn eb(config: &EclipseConfig, sizes: &Sizes, recorder: &mut Recorder) -> Result<()> {
    let &Sizes { q, modes, modes_cov, .. } = sizes;
    let harmonics = [matrices("harmonics, for the covariance", EIGHT, q, modes_cov)?];
    let packing = Some(matrices("harmonics, while they are packed", FOUR, q, modes)?);
    let parts = Parts {
        harmonics: matrices("harmonics", EIGHT, q, modes)?,
        packing,
        products: matrices("products", FOUR, q, modes)?,
        packed: matrices("packed products", EIGHT, q, modes)?,
        fisher: fisher(&["Fisher matrix, EE", "Fisher matrix, BB", "Fisher matrix, EB"], modes)?,
    };
    of_one_kind(config, sizes, &harmonics, &parts, recorder)
}

/// ECLIPSE_T.
pub fn t(config: &EclipseConfig, sizes: &Sizes, recorder: &mut Recorder) -> Result<()> {
    let &Sizes { t, modes, modes_cov, .. } = sizes;
    let harmonics = [matrices("harmonics, for the covariance", TWO, t, modes_cov)?];
    let parts = Parts {
        harmonics: matrices("harmonics", TWO, t, modes)?,
        packing: None,
        products: matrix("products", t, modes)?,
        packed: matrices("packed products", TWO, t, modes)?,
        fisher: fisher(&["Fisher matrix"], modes)?,
    };
    of_one_kind(config, sizes, &harmonics, &parts, recorder)
}

/// The arrays of T and EB, which allocate in the same order.
struct Parts {
    harmonics: Term,
    packing: Option<Term>,
    products: Term,
    packed: Term,
    fisher: Vec<Term>,
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
    let Parts { harmonics, packing, products, packed, fisher } = parts;
    recorder.allocate("harmonics", &[harmonics], Print::Yes)?;
    if let Some(packing) = packing {
        recorder.allocate("harmonics, while they are packed", &[packing], Print::Yes)?;
        recorder.free("harmonics, while they are packed", &[packing], Print::Yes);
    }
    let of_maps = matrix(MAPS, sizes.all, sizes.maps)?;
    let others = matrix(OTHER_MAPS, sizes.all, sizes.maps)?;
    let maps = if config.cross { vec![&of_maps, &others] } else { vec![&of_maps] };
    recorder.allocate("maps", &maps, Print::Yes)?;
    recorder.free("maps", &maps, Print::Yes);
    if !config.fisher {
        return Ok(());
    }
    recorder.step(4, "step_4")?;
    recorder.allocate("products", &[products], Print::Yes)?;
    recorder.free("covariance matrix and products", &[&covariance, products], Print::Yes);
    recorder.step(5, "step_5")?;
    recorder.allocate("products", &[products], Print::Yes)?;
    recorder.free("products", &[products], Print::Yes);
    recorder.step(6, "step_6")?;
    recorder.allocate("packed products", &[packed], Print::Yes)?;
    for block in fisher {
        recorder.allocate(block.name(), &[block], Print::Yes)?;
    }
    // T then prints two totals that are a fault of its own: it takes off arrays of another shape.
    let print = if config.code == Code::T { Print::No } else { Print::Yes };
    recorder.free("harmonics and products", &[harmonics, packed], print);
    recorder.free("Fisher matrix", &refs(fisher), Print::No);
    Ok(())
}

/// Blocks of the Fisher matrix, two matrices of all modes each.
fn fisher(names: &[&'static str], modes: Count) -> Result<Vec<Term>> {
    names.iter().map(|&name| matrices(name, TWO, modes, modes)).collect()
}

fn refs(terms: &[Term]) -> Vec<&Term> {
    terms.iter().collect()
}

/// A matrix over all ranks.
fn matrix(name: &'static str, rows: Count, columns: Count) -> Result<Term> {
    Ok(Term::matrix(name, rows, columns)?.laid_out(Layout::BlockCyclic))
}

/// `count` matrices over all ranks.
fn matrices(name: &'static str, count: Count, rows: Count, columns: Count) -> Result<Term> {
    Ok(Term::matrices(name, count, rows, columns)?.laid_out(Layout::BlockCyclic))
}
