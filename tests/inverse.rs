//! Inverse questions against brute force: every value of a small range is tried, by itself.

use proptest::prelude::*;
use qube_budget::Error;
use qube_budget::budget::{
    Code, EclipseConfig, Fields, HarmonicConfig, PixelDirectConfig, Release, Survey,
    TraditionalConfig,
};
use qube_budget::run::{Job, Largest, Run, Size, Tried};

const GIB: i64 = 1 << 30;

/// Nothing but the arrays.
fn bare() -> Job {
    Job { input_matrices: Some(0), baseline_bytes: Some(0), margin: Some(0), ..Job::default() }
}

fn need(run: &Run, job: &Job) -> u64 {
    run.budget().unwrap().request(job).unwrap().per_node_bytes().get()
}

fn harmonic(survey: Survey) -> Run {
    Run::harmonic(survey, &HarmonicConfig::new(1, 1, 1)).unwrap()
}

fn pixel_direct(survey: Survey) -> Run {
    Run::pixel_direct(survey, &PixelDirectConfig::new(1, 1, 1, 1)).unwrap()
}

fn survey(fields: Fields, lmax_signal: i64) -> Survey {
    Survey { nside: Some(16), fsky: Some(0.1), n_bins: Some(4), ..Survey::new(fields, lmax_signal) }
}

fn eclipse(code: Code, pixels: i64, lmax: i64, maps: i64) -> EclipseConfig {
    EclipseConfig {
        pix_t: Some(pixels).filter(|_| code != Code::Eb),
        pix_p: Some(pixels).filter(|_| code != Code::T),
        maps,
        ..EclipseConfig::new(code, lmax)
    }
}

/// What brute force finds: the best value that fits, of all that are tried in order of preference, and
/// whether the one before it, which would be better, is not among them.
fn agrees(found: Largest, limit: u64, values: &[(u64, u64)]) {
    match values.iter().position(|&(_, need)| need <= limit) {
        Some(at) => {
            let (value, need) = values[at];
            let Largest::Value { fits, next } = found else { panic!("{found:?}, not {value}") };
            assert_eq!((fits.value, fits.per_node.unwrap().get()), (value, need));
            match at.checked_sub(1) {
                Some(better) => {
                    let Tried { value, per_node } = next.expect("a next one, which does not fit");
                    assert_eq!((value, per_node.unwrap().get()), values[better]);
                    assert!(per_node.unwrap().get() > limit);
                }
                None => {
                    assert!(next.is_none_or(|next| {
                        next.per_node.is_none_or(|bytes| bytes.get() > limit)
                    }))
                }
            }
        }
        None => assert!(matches!(found, Largest::None { .. }), "{found:?}"),
    }
}

/// A limit at or beside one of the needs.
fn limit_beside(values: &[(u64, u64)], pick: prop::sample::Index, nudge: i64) -> u64 {
    (values[pick.index(values.len())].1 as i64 + nudge).max(1) as u64
}

fn jobs() -> impl Strategy<Value = Job> {
    prop_oneof![Just(bare()), Just(Job::default()), Just(Job { margin: Some(700), ..bare() })]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn most_bins(
        n_pix in 1..400i64, spectra in 1..7i64, now in 1..9i64, flags in any::<(bool, bool)>(),
        job in jobs(), pick in any::<prop::sample::Index>(), nudge in -1..=1i64,
    ) {
        let config = |bins| PixelDirectConfig {
            release: if flags.0 { Release::V1_2 } else { Release::V1_3 },
            cache_derivatives: flags.1,
            ..PixelDirectConfig::new(n_pix, None, bins, spectra * bins)
        };
        let values: Vec<_> = (1..=41u64).rev()
            .map(|bins| (bins, need(&Run::new(config(bins as i64)), &job))).collect();
        // Beyond 40 bins nothing is tried here.
        let limit = limit_beside(&values[1..], pick, nudge);
        let found = Run::new(config(now)).largest(Size::NBins, &job, limit as i64).unwrap();
        agrees(found, limit, &values);
    }

    #[test]
    fn most_maps(
        code in prop::sample::select(&Code::ALL[..]), pixels in 1..60i64, lmax in 2..9i64,
        cross in any::<bool>(), fisher in any::<bool>(), ranks in 1..5i64,
        pick in any::<prop::sample::Index>(), nudge in -1..=1i64,
    ) {
        let job = Job { ranks_per_node: ranks, ..Job::default() };
        let run = |maps| Run::new(EclipseConfig {
            cross, fisher, ..eclipse(code, pixels, lmax, maps)
        });
        let values: Vec<_> = (1..=400u64).rev()
            .map(|maps| (maps, need(&run(maps as i64), &job))).collect();
        let limit = limit_beside(&values, pick, nudge);
        // Few maps change nothing where another step holds more.
        if limit < values[0].1 {
            let found = run(7).largest(Size::Maps, &job, limit as i64).unwrap();
            agrees(found, limit, &values);
        }
    }

    #[test]
    fn largest_lmax(
        fields in prop::sample::select(&Fields::ALL[..]), lmax_signal in 6..40i64,
        moves in any::<bool>(), job in jobs(), pick in any::<prop::sample::Index>(),
        nudge in -1..=1i64,
    ) {
        let survey = Survey { nside: Some(16), ..survey(fields, lmax_signal) };
        let run = |lmax: i64| harmonic(match moves {
            true => Survey { lmax: Some(lmax), ..survey.clone() },
            false => Survey { lmax_signal: Some(lmax), ..survey.clone() },
        });
        let most = if moves { lmax_signal } else { 60 };
        // Of the 4 bins each has a multipole: 2, 3, 4, 5.
        let values: Vec<_> = (5..=most).rev()
            .map(|lmax| (lmax as u64, need(&run(lmax), &job))).collect();
        let limit = limit_beside(&values[usize::from(!moves)..], pick, nudge);
        let found = run(5).largest(Size::Lmax, &job, limit as i64).unwrap();
        agrees(found, limit, &values);
    }

    #[test]
    fn largest_lmax_of_eclipse(
        code in prop::sample::select(&Code::ALL[..]), pixels in 1..60i64, maps in 1..90i64,
        cov in prop::option::of(2..30i64), pick in any::<prop::sample::Index>(), nudge in -1..=1i64,
    ) {
        let run = |lmax| Run::new(EclipseConfig {
            lmax_cov: cov, ..eclipse(code, pixels, lmax, maps)
        });
        let least = if code == Code::T { 1 } else { 2 };
        let values: Vec<_> = (least..=41).rev()
            .map(|lmax| (lmax as u64, need(&run(lmax), &bare()))).collect();
        let limit = limit_beside(&values[1..], pick, nudge);
        let found = run(5).largest(Size::Lmax, &bare(), limit as i64).unwrap();
        if limit < values[0].1 {
            agrees(found, limit, &values);
        }
    }

    #[test]
    fn largest_nside(
        fields in prop::sample::select(&Fields::ALL[..]), polar_cap in any::<bool>(),
        share in 0.001..0.16f64, path in any::<bool>(), job in jobs(),
        pick in any::<prop::sample::Index>(), nudge in -1..=1i64,
    ) {
        let survey = |nside| Survey {
            nside: Some(nside), fsky: Some(share), polar_cap, ..survey(fields, 30)
        };
        let sized = |nside| match path {
            true => Run::harmonic(survey(nside), &HarmonicConfig::new(1, 1, 1)),
            false => Run::pixel_direct(survey(nside), &PixelDirectConfig::new(1, 1, 1, 1)),
        };
        let values: Vec<_> = (0..12).rev().map(|power| 1u64 << power)
            .filter_map(|nside| Some((nside, need(&sized(nside as i64).ok()?, &job)))).collect();
        let limit = limit_beside(&values[1..], pick, nudge);
        let found = sized(64).unwrap().largest(Size::Nside, &job, limit as i64).unwrap();
        agrees(found, limit, &values);
    }

    #[test]
    fn most_ranks_of_qube(
        n_pix in 1..3000i64, share_node in any::<bool>(), baseline in 1..1_000_000i64,
        limit in 1..200_000_000i64,
    ) {
        let run = Run::new(PixelDirectConfig::new(n_pix, 8, 2, 2));
        let job = |ranks| Job {
            ranks_per_node: ranks, share_node, baseline_bytes: Some(baseline), ..bare()
        };
        let found = run.largest(Size::RanksPerNode, &job(3), limit).unwrap();
        let values: Vec<_> = (1..=3000u64).rev()
            .map(|ranks| (ranks, need(&run, &job(ranks as i64)))).collect();
        if (limit as u64) < values[0].1 {
            agrees(found, limit as u64, &values);
        }
    }

    #[test]
    fn fewest_nodes_of_eclipse(
        pixels in 1..300i64, ranks in 1..6i64, maps in 1..90i64, baseline in 0..50_000i64,
        pick in any::<prop::sample::Index>(), nudge in -1..=1i64,
    ) {
        let run = Run::new(eclipse(Code::Teb, pixels, 6, maps));
        let job = |nodes| Job {
            nodes, ranks_per_node: ranks, baseline_bytes: Some(baseline), ..Job::default()
        };
        let values: Vec<_> = (1..=24u64)
            .map(|nodes| (nodes, need(&run, &job(nodes as i64)))).collect();
        let limit = limit_beside(&values, pick, nudge);
        if values.iter().any(|&(_, need)| need <= limit) {
            let found = run.largest(Size::Nodes, &job(2), limit as i64).unwrap();
            agrees(found, limit, &values);
        }
    }
}

/// More ranks spread the same: none on the node is too many before processes outweigh matrices.
#[test]
fn most_ranks_of_eclipse() {
    let run = Run::new(eclipse(Code::T, 120, 6, 10));
    let job = |ranks| Job {
        ranks_per_node: ranks,
        baseline_bytes: Some(1000),
        nodes: 2,
        ..Job::default()
    };
    let values: Vec<_> =
        (1..=1024u64).rev().map(|ranks| (ranks, need(&run, &job(ranks as i64)))).collect();
    for limit in [values[1000].1, values[1000].1 - 1, values[500].1, 3000] {
        let found = run.largest(Size::RanksPerNode, &job(1), limit as i64).unwrap();
        agrees(found, limit, &values);
    }
}

/// At lmax = lmax_signal nothing is fixed, so S_fixed is not built, and more fits than just below.
#[test]
fn lmax_may_fit_at_the_top_and_not_below() {
    let survey = Survey { lmax: Some(10), ..survey(Fields::Qu, 32) };
    let at = |lmax| need(&harmonic(Survey { lmax: Some(lmax), ..survey.clone() }), &bare());
    assert!(at(32) < at(31));
    let found = harmonic(survey.clone()).largest(Size::Lmax, &bare(), at(32) as i64).unwrap();
    assert!(matches!(found, Largest::Value { fits: Tried { value: 32, .. }, next: None }));
}

#[test]
fn what_no_array_depends_on_has_no_bound() {
    let any = |run: &Run, size, limit| run.largest(size, &bare(), limit).unwrap();
    let harmonic = harmonic(survey(Fields::T, 20));
    assert!(matches!(any(&harmonic, Size::NBins, GIB), Largest::Any { .. }));
    assert!(matches!(any(&harmonic, Size::NBins, 1), Largest::None { .. }));
    let direct = pixel_direct(survey(Fields::T, 20));
    let found = any(&direct, Size::Lmax, GIB);
    assert!(matches!(found, Largest::Any { .. }));
    let limit = harmonic.fit(&bare(), GIB).unwrap().limit();
    assert!(found.message(Size::Lmax, limit).contains("there is no bound"));
    // One node is as good as many, and none is enough where one is not.
    let found = any(&direct, Size::Nodes, GIB);
    assert!(matches!(found, Largest::Value { fits: Tried { value: 1, .. }, next: None }));
    assert!(matches!(any(&direct, Size::Nodes, 1), Largest::None { .. }));
    let eclipse = Run::new(eclipse(Code::T, 40, 6, 1));
    assert!(matches!(any(&eclipse, Size::Nodes, 1), Largest::None { .. }));
}

#[test]
fn what_overflows_does_not_fit() {
    let wide = pixel_direct(Survey { fsky: Some(1.0), ..survey(Fields::Tqu, 20) });
    let found = wide.largest(Size::Nside, &bare(), i64::MAX).unwrap();
    let Largest::Value { fits, next: Some(next) } = found else { panic!("{found:?}") };
    assert_eq!((next.value, next.per_node), (2 * fits.value, None));
    // A survey has no more bins than multipoles; sizes that were given have no such bound.
    let found = wide.largest(Size::NBins, &bare(), i64::MAX).unwrap();
    assert!(matches!(found, Largest::Value { fits: Tried { value: 19, .. }, next: None }));
    let given = Run::new(PixelDirectConfig::new(9216, None, 4, 24));
    let found = given.largest(Size::NBins, &bare(), i64::MAX).unwrap();
    let Largest::Value { fits, next: Some(next) } = found else { panic!("{found:?}") };
    assert_eq!((next.value, next.per_node), (fits.value + 1, None));
    let maps = Run::new(eclipse(Code::Teb, 100, 6, 1));
    let found = maps.largest(Size::Maps, &bare(), i64::MAX).unwrap();
    let Largest::Value { fits, next: Some(next) } = found else { panic!("{found:?}") };
    assert_eq!((next.value, next.per_node), (fits.value + 1, None));
    // Nor does a run that overflows by itself, on however many nodes and ranks.
    let qube = Run::new(HarmonicConfig::new(1 << 40, 5, 5));
    let eclipse = Run::new(eclipse(Code::T, 1 << 40, 6, 1));
    for (run, size) in [&qube, &eclipse]
        .into_iter()
        .flat_map(|run| [Size::Nodes, Size::RanksPerNode].map(|size| (run, size)))
    {
        let least = Tried { value: 1, per_node: None };
        assert_eq!(run.largest(size, &bare(), i64::MAX), Ok(Largest::None { least }));
    }
}

/// There are as many bins as multipoles at most, and maps resolve multipoles up to 4 nside.
#[test]
fn answers_stop_at_what_there_is() {
    let direct = pixel_direct(Survey { nside: Some(32), ..survey(Fields::Qu, 64) });
    let found = direct.largest(Size::NBins, &bare(), 512 * GIB).unwrap();
    let Largest::Value { fits, next: None } = found else { panic!("{found:?}") };
    assert_eq!(fits.value, 63);
    let limit = direct.fit(&bare(), 512 * GIB).unwrap().limit();
    assert!(found.message(Size::NBins, limit).ends_with("; that is one for each multipole."));
    let given = Run::new(PixelDirectConfig::new(100, 64, 6, 18));
    let found = given.largest(Size::NBins, &bare(), 512 * GIB).unwrap();
    assert!(matches!(found, Largest::Value { fits: Tried { value: 65, .. }, next: None }));
    let traditional = Run::new(TraditionalConfig {
        n_bins: Some(6),
        lmax: Some(9),
        ..TraditionalConfig::new(100, 18)
    });
    let found = traditional.largest(Size::NBins, &bare(), 512 * GIB).unwrap();
    assert!(matches!(found, Largest::Value { fits: Tried { value: 10, .. }, next: None }));

    // With lmax_signal above it, and with an lmax below lmax_signal that is above it.
    let signal = |lmax, lmax_signal| {
        let survey = Survey { nside: Some(8), lmax, ..survey(Fields::T, lmax_signal) };
        harmonic(survey).largest(Size::Lmax, &bare(), 512 * GIB).unwrap()
    };
    for found in [signal(None, 100), signal(Some(10), 100), signal(Some(10), 32)] {
        let Largest::Value { fits, next: None } = found else { panic!("{found:?}") };
        assert_eq!(fits.value, 32);
        assert!(found.message(Size::Lmax, limit).contains("4 nside"));
    }
    let nside_unknown = Survey { nside: None, fsky: None, n_obs: Some(9), ..survey(Fields::T, 20) };
    let found = harmonic(nside_unknown).largest(Size::Lmax, &bare(), GIB).unwrap();
    assert!(matches!(found, Largest::Value { next: Some(_), .. }));
}

#[test]
fn what_cannot_be_asked_is_said() {
    let given = Run::new(HarmonicConfig::new(500, 40, 8));
    let pixels = harmonic(Survey { n_obs: Some(99), ..survey(Fields::T, 20) });
    let modes = harmonic(Survey { n_modes: Some(437), ..survey(Fields::T, 20) });
    let eclipse = Run::new(eclipse(Code::T, 40, 6, 1));
    for (run, size, culprit) in [
        (&given, Size::Nside, "nside without a survey"),
        (&given, Size::Lmax, "lmax without a survey"),
        (&given, Size::Maps, "maps of the harmonic path"),
        (&pixels, Size::Nside, "nside beside a count of pixels"),
        (&modes, Size::Lmax, "lmax beside a count of modes"),
        (&eclipse, Size::NBins, "n_bins of eclipse"),
    ] {
        let error = run.largest(size, &bare(), GIB).unwrap_err();
        assert!(matches!(error, Error::Figure { .. }));
        assert!(error.to_string().contains(culprit), "{error}");
    }
    let uneven = Run::new(PixelDirectConfig::new(50, 8, 4, 6));
    assert!(matches!(uneven.largest(Size::NBins, &bare(), GIB), Err(Error::Conflict { .. })));
    let error = given.largest(Size::Nodes, &bare(), 0).unwrap_err();
    assert_eq!(error.to_string(), "limit_bytes is 0; give 1 or more");
}

/// Explicit parameters keep their number for each bin.
#[test]
fn parameters_grow_with_the_bins() {
    let run = pixel_direct(Survey { n_params: Some(8), ..survey(Fields::Qu, 20) });
    let five = Run::new(PixelDirectConfig::new(2 * 307, 20, 5, 10));
    let found = run.largest(Size::NBins, &bare(), need(&five, &bare()) as i64).unwrap();
    assert!(matches!(found, Largest::Value { fits: Tried { value: 5, .. }, .. }), "{found:?}");
}

/// Maps resolve no more than 4 nside.
#[test]
fn the_largest_lmax_of_eclipse_stops_at_4_nside() {
    let config = EclipseConfig { nside: Some(4), ..eclipse(Code::T, 40, 5, 1) };
    let found = Run::new(config.clone()).largest(Size::Lmax, &bare(), i64::MAX).unwrap();
    let Largest::Value { fits, next: None } = found else { panic!("{found:?}") };
    assert_eq!(fits.value, 16);
    let fine = EclipseConfig { lmax: 17, ..config.clone() }.budget().unwrap();
    assert!(fine.note().contains("lmax 17 is above 4 nside = 16"), "{}", fine.note());
    assert!(!config.budget().unwrap().note().contains("4 nside"));
}
