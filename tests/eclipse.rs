//! Budgets of ECLIPSE against what its guide and its shipped example print.

use qube_budget::Error;
use qube_budget::budget::{Budget, Code, EclipseConfig, Grid};

const MIB: f64 = 1_048_576.0;
const GIB: f64 = 1_073_741_824.0;

/// The shipped example, Example_NSide8, which checks the inverse.
fn shipped() -> EclipseConfig {
    EclipseConfig {
        pix_t: Some(580),
        pix_p: Some(395),
        maps: 1000,
        check_inverse: true,
        ..EclipseConfig::new(Code::Teb, 16)
    }
}

/// NSide 64 of the guide: 29009 pixels, lmax 192.
fn nside_64(code: Code) -> EclipseConfig {
    let pixels = Some(29009);
    EclipseConfig {
        pix_t: pixels.filter(|_| code != Code::Eb),
        pix_p: pixels.filter(|_| code != Code::T),
        check_inverse: true,
        ..EclipseConfig::new(code, 192)
    }
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// A term made of so many doubles, as a formula says.
fn doubles(elements: u64) -> u64 {
    8 * elements
}

#[test]
fn the_trace_gives_the_totals_that_the_shipped_example_prints() {
    let budget = shipped().budget().unwrap();
    let printed = budget.trace().iter().filter(|event| event.printed);
    let totals: Vec<f64> =
        printed.map(|event| rounded(event.total_bytes.get() as f64 / MIB)).collect();
    let expected = [
        9.39, 23.71, 14.32, 28.64, 14.32, 14.32, 23.71, 34.17, 47.21, 23.71, 33.35, 19.03, 27.96,
        32.20, 17.87, 20.68, 21.18, 7.44, 0.0,
    ];
    assert_eq!(totals, expected);
    assert_eq!(rounded(budget.lifetime_peak_bytes().get() as f64 / MIB), 47.21);
    assert_eq!(budget.peak_stage().name(), "step_3");
    let published = shipped().published().unwrap();
    assert_eq!(rounded(published.lifetime_peak_bytes().get() as f64 / MIB), 32.20);
}

/// Eqs. 6.1 to 6.9 for the guide's NSide 64.
#[test]
fn the_published_sums() {
    let expected = [
        (Code::Teb, [112.857, 222.767, 252.823]),
        (Code::Eb, [50.159, 121.678, 190.811]),
        (Code::T, [12.540, 30.421, 52.876]),
    ];
    for (code, sums) in expected {
        let budget = nside_64(code).published().unwrap();
        let peaks: Vec<f64> = budget
            .stages()
            .iter()
            .map(|stage| (stage.peak_bytes().get() as f64 / GIB * 1000.0).round() / 1000.0)
            .collect();
        assert_eq!(peaks, sums, "{code:?}");
    }
}

fn totals_are_consistent(budget: &Budget) {
    let mut total = 0;
    for event in budget.trace() {
        total += event.delta_bytes;
        assert_eq!(total, event.total_bytes.signed(), "{event:?}");
    }
    let mut steps: Vec<u32> = budget.trace().iter().map(|event| event.step).collect();
    steps.dedup();
    assert_eq!(steps.len(), budget.stages().len());
    let mut carried = 0;
    for (stage, step) in budget.stages().iter().zip(steps) {
        let events = budget.trace().iter().filter(|event| event.step == step);
        let totals: Vec<u64> = events.map(|event| event.total_bytes.get()).collect();
        let most = totals.iter().copied().fold(carried, u64::max);
        assert_eq!(stage.peak_bytes().get(), most, "{}", stage.name());
        carried = *totals.last().unwrap();
        assert_eq!(stage.end_bytes().get(), carried, "{}", stage.name());
        let terms: u64 = stage.terms().map(|term| term.bytes().get()).sum();
        assert_eq!(terms, most);
    }
    let whole = budget.stages().len() == 5;
    assert_eq!(carried == 0, whole, "all is freed at the end of step 6, and not before");
}

#[test]
fn stages_are_what_the_trace_says() {
    for code in Code::ALL {
        for (cross, check_inverse, fisher) in
            [(false, false, true), (true, false, true), (true, true, false), (false, true, true)]
        {
            for (lmax_cov, maps) in [(None, 1), (Some(40), 700), (Some(400), 20000)] {
                let config = EclipseConfig {
                    cross,
                    check_inverse,
                    fisher,
                    lmax_cov,
                    maps,
                    ..nside_64(code)
                };
                let budget = config.budget().unwrap();
                totals_are_consistent(&budget);
                assert_eq!(budget.stages().len(), if fisher { 5 } else { 3 });
            }
        }
    }
}

/// The formulas of each step, stated as totals.
#[test]
fn steps_hold_what_their_formulas_say() {
    let (t, q, modes, modes_cov, maps): (u64, u64, u64, u64, u64) =
        (29009, 29009, 37245, 148_992, 300);
    for cross in [false, true] {
        let peak = |code, step: &str| {
            let config =
                EclipseConfig { lmax_cov: Some(385), maps: maps as i64, cross, ..nside_64(code) };
            config.budget().unwrap().stage(step).unwrap().peak_bytes().get()
        };
        let d = t + 2 * q;
        let maps_of = |one: u64| if cross { 2 * one } else { one };
        assert_eq!(peak(Code::Teb, "step_1"), doubles(d * d + (2 * t + 8 * q) * modes_cov));
        assert_eq!(peak(Code::Teb, "step_2"), doubles(2 * d * d));
        let held = d * d + (2 * t + 8 * q) * modes;
        let more = if cross {
            (2 * d * maps + 6 * modes * maps).max(d * maps + 12 * modes * maps)
        } else {
            d * maps + 6 * modes * maps
        };
        assert_eq!(peak(Code::Teb, "step_3"), doubles(held + more));
        let d = 2 * q;
        assert_eq!(peak(Code::Eb, "step_1"), doubles(d * d + 8 * q * modes_cov));
        let with_maps = 8 * q * modes + maps_of(2 * q * maps);
        assert_eq!(peak(Code::Eb, "step_3"), doubles(d * d + with_maps.max(12 * q * modes)));
        assert_eq!(peak(Code::Eb, "step_4"), doubles(d * d + 12 * q * modes));
        assert_eq!(peak(Code::Eb, "step_6"), doubles(16 * q * modes + 6 * modes * modes));
        let modes_t = modes + 3;
        let modes_cov_t = modes_cov + 3;
        assert_eq!(peak(Code::T, "step_1"), doubles(t * t + 2 * t * modes_cov_t));
        assert_eq!(peak(Code::T, "step_3"), doubles(t * t + 2 * t * modes_t + maps_of(t * maps)));
        assert_eq!(peak(Code::T, "step_4"), doubles(t * t + 3 * t * modes_t));
        assert_eq!(peak(Code::T, "step_6"), doubles(4 * t * modes_t + 2 * modes_t * modes_t));
    }
}

/// D = 1370 in blocks of 150 on 2 x 2 ranks: 750 x 750 on the first, 4.29 MiB of 3.58 on average.
#[test]
fn the_first_rank_holds_most() {
    let config = EclipseConfig { check_inverse: false, ..shipped() };
    let budget = config.budget().unwrap();
    let grid = Grid::new(2, 2, 150, Some(4)).unwrap();
    let per_rank = budget.per_rank(grid).unwrap();
    let second = &per_rank.stages[1];
    assert_eq!(budget.stages()[1].peak_bytes().get(), doubles(1370 * 1370));
    assert_eq!(second.fullest.get(), doubles(750 * 750));
    assert_eq!(second.least.get(), doubles(620 * 620));
    assert_eq!(rounded(second.fullest.get() as f64 / MIB), 4.29);
    assert_eq!(rounded(second.mean.get() as f64 / MIB), 3.58);
    assert!(per_rank.too_large.is_empty());
    let alone = budget.per_rank(Grid::new(1, 1, 64, None).unwrap()).unwrap();
    for (rank, stage) in alone.stages.iter().zip(budget.stages()) {
        assert_eq!([rank.fullest, rank.least, rank.mean], [stage.peak_bytes(); 3]);
    }
}

/// The third step of EB packs harmonics, then holds maps, which are larger together from 2 L = 192 maps
/// on. In one block all harmonics fall to the first rank, so that it holds most while they are packed.
#[test]
fn a_rank_may_hold_most_at_another_moment_than_all_together() {
    let grid = Grid::new(1, 2, 128, None).unwrap();
    let third_step = |maps| {
        let config = EclipseConfig { pix_p: Some(300), maps, ..EclipseConfig::new(Code::Eb, 9) };
        config.budget().unwrap().per_rank(grid).unwrap().stages[2].clone()
    };
    // Of 600 columns in blocks of 128 the first, third and fifth (of 88) are the first rank's.
    let first_rank = doubles(600 * (128 + 128 + 88) + 12 * 300 * 96);
    assert_eq!(third_step(192).fullest.get(), first_rank);
    assert_eq!(third_step(193).fullest.get(), first_rank);
    for maps in 2..400 {
        assert!(third_step(maps).fullest >= third_step(maps - 1).fullest, "{maps} maps");
    }
}

#[test]
fn local_matrices_beyond_32_bits_are_named() {
    let budget = nside_64(Code::Teb).budget().unwrap();
    let found = budget.per_rank(Grid::new(1, 2, 64, None).unwrap()).unwrap();
    let names: Vec<&str> = found.too_large.iter().map(|local| local.term).collect();
    assert!(names.contains(&"covariance matrix"), "{names:?}");
    assert!(found.too_large.iter().all(|local| local.elements > i32::MAX as u64));
    let many = budget.per_rank(Grid::new(8, 8, 64, None).unwrap()).unwrap();
    assert!(many.too_large.is_empty());
}

#[test]
fn the_best_grid_is_no_worse_than_any_that_is_tried() {
    let budget = shipped().budget().unwrap();
    for ranks in [1, 2, 12, 36, 37] {
        let best = budget.best_grid(ranks).unwrap();
        assert_eq!(best.grid.ranks(), ranks as u64);
        for rows in (1..=ranks).filter(|rows| ranks % rows == 0) {
            for block in [16, 32, 64, 128, 256] {
                let grid = Grid::new(rows, ranks / rows, block, Some(ranks)).unwrap();
                assert!(best.fullest() <= budget.per_rank(grid).unwrap().fullest());
            }
        }
    }
}

/// Tables stay within 100 columns, of the largest runs too, and leave nothing at the ends of lines.
#[test]
fn tables_fit_the_page() {
    for code in Code::ALL {
        for pixels in [1, 29009, 200_000_000] {
            let pixels = Some(pixels);
            let config = EclipseConfig {
                pix_t: pixels.filter(|_| code != Code::Eb),
                pix_p: pixels.filter(|_| code != Code::T),
                cross: true,
                ..nside_64(code)
            };
            for budget in [config.budget().unwrap(), config.published().unwrap()] {
                let grid = Grid::new(1, 1, 1 << 30, None).unwrap();
                let tables = [
                    budget.table(),
                    budget.ranks_table(&budget.grid_advice(grid).unwrap()),
                    budget.ranks_table(&budget.best_grid_advice(1 << 30).unwrap()),
                ];
                for line in tables.iter().flat_map(|table| table.lines()) {
                    assert!(line.chars().count() <= 100 && line == line.trim_end(), "{line}");
                }
            }
        }
    }
}

#[test]
fn the_best_grid_is_advised() {
    let budget = shipped().budget().unwrap();
    let advice = budget.grid_advice(Grid::new(1, 36, 256, Some(36)).unwrap()).unwrap();
    assert!(advice.best.fullest() < advice.asked.fullest());
    let table = budget.ranks_table(&advice);
    assert!(table.contains("best of the grids and blocks that were tried: "), "{table}");
    let best = budget.best_grid_advice(36).unwrap();
    assert_eq!((&best.asked, &best.best), (&advice.best, &advice.best));
    assert!(budget.ranks_table(&best).contains("no other grid or block that was tried is better"));
}

#[test]
fn bad_inputs_are_named() {
    let wrong = |config: EclipseConfig| config.budget().unwrap_err();
    let message = |error: Error| error.to_string();
    let no_pixels = EclipseConfig { pix_t: None, ..shipped() };
    assert_eq!(
        message(wrong(no_pixels)),
        "cannot derive pix_t: give pix_t for T, pix_p for EB, both for TEB"
    );
    let needless = EclipseConfig { code: Code::T, ..shipped() };
    assert_eq!(
        message(wrong(needless)),
        "pix_p is 395 with the code T; give pix_t for T, pix_p for EB, both for TEB"
    );
    for (config, name, value) in [
        (EclipseConfig { pix_p: Some(0), ..shipped() }, "pix_p", 0),
        (EclipseConfig { lmax: 1, ..shipped() }, "lmax", 1),
        (EclipseConfig { lmax_cov: Some(-3), ..shipped() }, "lmax_cov", -3),
        (EclipseConfig { maps: 0, ..shipped() }, "maps", 0),
    ] {
        match wrong(config) {
            Error::Input { name: culprit, value: was, .. } => {
                assert_eq!((culprit, was), (name, value))
            }
            other => panic!("{other}"),
        }
    }
    for huge in [
        EclipseConfig { pix_t: Some(i64::MAX), ..shipped() },
        EclipseConfig { pix_p: Some(i64::MAX), ..shipped() },
        EclipseConfig { lmax: i64::MAX, ..shipped() },
        EclipseConfig { maps: i64::MAX, ..shipped() },
    ] {
        assert!(matches!(wrong(huge), Error::Overflow { .. }));
    }
    let nothing = EclipseConfig { check_inverse: false, fisher: false, ..shipped() };
    assert!(matches!(nothing.published(), Err(Error::Missing { .. })));
    assert_eq!(
        message(Grid::new(2, 3, 64, Some(4)).unwrap_err()),
        "ranks is 4, but nprow x npcol is 6; give as many ranks as the grid has, or another grid"
    );
    assert!(matches!(Grid::new(0, 3, 64, None), Err(Error::Input { name: "nprow", .. })));
    assert!(matches!(Grid::new(2, 3, 0, None), Err(Error::Input { name: "block", .. })));
    let budget = shipped().budget().unwrap();
    assert!(matches!(budget.best_grid(0), Err(Error::Input { name: "ranks", .. })));
}
