//! Sizes of a run from its survey: the published ones, every bad input, and random surveys against a
//! second statement of the formulas.

use proptest::prelude::*;
use qube_budget::Error;
use qube_budget::budget::{Derivation, Fields, HarmonicConfig, PixelDirectConfig, Survey};

/// QU on a tenth of the sky, in a mask of that many pixels.
fn tenth(fields: Fields) -> Survey {
    Survey { nside: Some(64), fsky: Some(0.1), n_bins: Some(6), ..Survey::new(fields, 256) }
}

fn polar_cap(nside: i64, fsky: f64) -> Survey {
    Survey { nside: Some(nside), fsky: Some(fsky), polar_cap: true, ..Survey::new(Fields::T, 8) }
}

fn from(derivations: &[Derivation], name: &str) -> Option<String> {
    derivations.iter().find(|known| known.name == name).map(|known| known.from.clone())
}

/// The published masks: whole rings around a pole, a tenth of the sky.
#[test]
fn polar_caps_have_the_pixels_of_the_published_masks() {
    for (nside, n_obs) in [(16, 312), (32, 1200), (64, 4900)] {
        assert_eq!(polar_cap(nside, 0.1).harmonic().unwrap().n_pix, n_obs);
    }
    // A cap of all rings that have less than 4 nside pixels: 1/6 of the sky and half a ring.
    assert_eq!(polar_cap(16, 1.0 / 6.0).harmonic().unwrap().n_pix, 2 * 16 * 17);
    let config = Survey { fields: Fields::Qu, ..polar_cap(64, 0.1) }.harmonic().unwrap();
    assert_eq!(config.n_pix, 9800);
    assert_eq!(
        from(&config.derivations, "n_pix").unwrap(),
        "2 x 4900 in the 49 rings of a polar cap"
    );
}

#[test]
fn each_kind_of_fields_has_its_pixels_modes_and_parameters() {
    // round(12 64^2 / 10) = 4915; 257^2 - 4 = 66045.
    for (fields, n_pix, n_modes, n_params) in [
        (Fields::T, 4915, 66_045, 6),
        (Fields::Qu, 2 * 4915, 2 * 66_045, 18),
        (Fields::Tqu, 3 * 4915, 3 * 66_045, 36),
    ] {
        let survey = tenth(fields);
        let harmonic = survey.harmonic().unwrap();
        assert_eq!((harmonic.n_pix, harmonic.n_modes), (n_pix, n_modes), "{fields:?}");
        assert_eq!((harmonic.lmax_signal, harmonic.lmax), (Some(256), None));
        assert_eq!(harmonic.n_spectra, Some(n_params / 6));
        let direct = survey.pixel_direct().unwrap();
        assert_eq!((direct.n_pix, direct.n_bins, direct.n_params), (n_pix, 6, n_params));
    }
}

/// The switch: modes are counted up to lmax, 2 (129^2 - 4).
#[test]
fn modes_end_at_the_largest_multipole_that_is_estimated() {
    let config = Survey { lmax: Some(128), ..tenth(Fields::Qu) }.harmonic().unwrap();
    assert_eq!((config.n_modes, config.lmax, config.lmax_signal), (33_274, Some(128), Some(256)));
    assert_eq!(from(&config.derivations, "n_modes").unwrap(), "2 x ((128 + 1)^2 - 2^2)");
    let from_0 = Survey { lmin: Some(0), lmax: Some(128), ..tenth(Fields::T) };
    assert_eq!(from_0.harmonic().unwrap().n_modes, 129 * 129);
}

#[test]
fn every_size_says_what_it_was_derived_from() {
    let direct = Survey { n_spectra: Some(2), ..tenth(Fields::Qu) }.pixel_direct().unwrap();
    assert_eq!(direct.n_params, 12);
    assert_eq!(
        direct.derivations,
        [("n_pix", "2 x round(12 x 64^2 x 0.1)"), ("n_params", "6 bins x 2 spectra")]
            .map(|(name, from)| Derivation { name: name.into(), from: from.into() })
    );
    let budget = direct.budget().unwrap();
    let derived: Vec<_> =
        budget.inputs().iter().filter(|input| input.from.is_some()).map(|i| &*i.name).collect();
    assert_eq!(derived, ["n_pix", "n_params"]);
    let table = budget.table();
    assert!(table.contains("\nderived: n_params = 6 bins x 2 spectra\n"), "{table}");
    // However long it is, it stays within the page.
    let long =
        Survey { nside: Some(1 << 12), fsky: Some(0.123_456_789_012_345_67), ..polar_cap(1, 0.1) };
    let long = Survey { polar_cap: false, ..long };
    let long = Survey { fields: Fields::Tqu, n_obs_polarisation: Some(10_000_000), ..long };
    let table = Survey { lmax: Some(4), ..long }.harmonic().unwrap().budget().unwrap().table();
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    assert!(table.contains("+ 2 x 10000000 observed"), "{table}");
}

#[test]
fn what_is_given_wins_over_what_is_estimated() {
    let masked = Survey { n_obs: Some(4900), ..tenth(Fields::Qu) };
    let config = masked.harmonic().unwrap();
    assert_eq!(config.n_pix, 9800);
    assert_eq!(from(&config.derivations, "n_pix").unwrap(), "2 x 4900 observed");
    let given = Survey { n_pix: Some(9801), n_params: Some(12), ..tenth(Fields::Qu) };
    let direct = given.pixel_direct().unwrap();
    assert_eq!((direct.n_pix, direct.n_params, direct.derivations.len()), (9801, 12, 0));
    let two_masks =
        Survey { n_obs: Some(5000), n_obs_polarisation: Some(3000), ..tenth(Fields::Tqu) };
    assert_eq!(two_masks.harmonic().unwrap().n_pix, 5000 + 2 * 3000);
    // Given and derived alike is no contradiction.
    let twice =
        Survey { n_pix: Some(9800), n_obs: Some(4900), lmax: Some(128), ..tenth(Fields::Qu) };
    let twice = Survey { n_modes: Some(33_274), ..twice }.harmonic().unwrap();
    assert_eq!((twice.n_pix, twice.n_modes), (9800, 33_274));
    let derived: Vec<_> = twice.derivations.iter().map(|known| &*known.name).collect();
    assert_eq!(derived, ["n_spectra"]);
}

#[test]
fn contradictions_say_both() {
    let qu = || Survey { lmax: Some(128), ..tenth(Fields::Qu) };
    for (survey, message) in [
        (
            Survey { n_modes: Some(33_000), ..qu() },
            "n_modes is 33000, but 2 x ((128 + 1)^2 - 2^2) makes 33274; give 33274, or leave n_modes \
             out",
        ),
        (
            Survey { n_pix: Some(4900), n_obs: Some(4900), ..qu() },
            "n_pix is 4900, but 2 x 4900 observed makes 9800; give 9800, or leave n_pix out",
        ),
        (
            Survey { lmax: Some(300), ..qu() },
            "lmax is 300, but lmax_signal is 256; give 1 to lmax_signal, or leave it out",
        ),
        (
            Survey { n_obs: Some(50_000), ..qu() },
            "n_obs is 50000, but the number of pixels at this nside is 49152; give at most that \
             many",
        ),
        (
            Survey { n_obs: Some(1), n_obs_polarisation: Some(49_153), ..tenth(Fields::Tqu) },
            "n_obs_polarisation is 49153, but the number of pixels at this nside is 49152; give at \
             most that many",
        ),
    ] {
        assert_eq!(survey.harmonic().unwrap_err().to_string(), message);
    }
    let params = Survey { n_params: Some(7), n_spectra: Some(3), ..qu() };
    assert_eq!(
        params.pixel_direct().unwrap_err().to_string(),
        "n_params is 7, but 6 bins x 3 spectra makes 18; give 18, or leave n_params out"
    );
}

#[test]
fn bad_inputs_are_named() {
    let t = || tenth(Fields::T);
    let unknown = || Survey::new(Fields::Qu, 256);
    for (survey, message) in [
        (Survey { fsky: Some(0.0), ..t() }, "fsky is 0.0; give a fraction above 0, up to 1"),
        (Survey { fsky: Some(-0.1), ..t() }, "fsky is -0.1; give a fraction above 0, up to 1"),
        (Survey { fsky: Some(1.5), ..t() }, "fsky is 1.5; give a fraction above 0, up to 1"),
        (Survey { fsky: Some(f64::NAN), ..t() }, "fsky is NaN; give a fraction above 0, up to 1"),
        (
            Survey { fsky: Some(f64::INFINITY), ..t() },
            "fsky is inf; give a fraction above 0, up to 1",
        ),
        (
            Survey { fsky: Some(1e-300), ..t() },
            "fsky is 1e-300 at nside 64, less than a pixel; give a fraction that \
             holds a pixel, or a larger nside",
        ),
        (polar_cap(64, 0.17), "fsky is 0.17; give a fraction above 0, up to 1/6 for a polar cap"),
        (
            Survey { nside: Some(63), ..t() },
            "nside is 63; give a power of two, 1 to 536870912 (2^29)",
        ),
        (
            Survey { nside: Some(0), ..t() },
            "nside is 0; give a power of two, 1 to 536870912 (2^29)",
        ),
        (
            Survey { nside: Some(-64), ..t() },
            "nside is -64; give a power of two, 1 to 536870912 (2^29)",
        ),
        (
            Survey { nside: Some(1 << 30), ..t() },
            "nside is 1073741824; give a power of two, 1 to 536870912 (2^29)",
        ),
        (Survey { n_obs: Some(0), ..t() }, "n_obs is 0; give 1 or more"),
        (Survey { n_pix: Some(-1), ..t() }, "n_pix is -1; give 1 or more"),
        (Survey { n_modes: Some(0), ..t() }, "n_modes is 0; give 1 or more"),
        (Survey { lmax: Some(0), ..t() }, "lmax is 0; give 1 or more"),
        (Survey { lmax_signal: Some(0), ..t() }, "lmax_signal is 0; give 1 or more"),
        (Survey { lmax: Some(1), ..t() }, "lmax is 1; give 2 or more, or a smaller lmin"),
        (
            Survey { lmax_signal: Some(1), ..t() },
            "lmax_signal is 1; give 2 or more, or a smaller lmin",
        ),
        (
            Survey { lmin: Some(0), ..tenth(Fields::Qu) },
            "lmin is 0; give 2 (T alone: 0) to the largest multipole estimated",
        ),
        (
            Survey { lmin: Some(-1), ..t() },
            "lmin is -1; give 2 (T alone: 0) to the largest multipole estimated",
        ),
        (
            Survey { lmin: Some(257), ..t() },
            "lmin is 257; give 2 (T alone: 0) to the largest multipole estimated",
        ),
        (unknown(), "cannot derive n_pix: give n_pix, n_obs, or nside with fsky"),
        (
            Survey { nside: Some(64), ..unknown() },
            "cannot derive n_pix: give n_pix, n_obs, or nside with fsky",
        ),
        (
            Survey { fsky: Some(0.1), ..unknown() },
            "cannot derive n_pix: give n_pix, n_obs, or nside with fsky",
        ),
        (
            Survey { n_pix: Some(9), n_obs_polarisation: Some(3), ..Survey::new(Fields::Tqu, 8) },
            "cannot derive n_obs: give n_obs beside n_obs_polarisation, or n_pix alone",
        ),
        (
            Survey { n_obs_polarisation: Some(3), ..tenth(Fields::Qu) },
            "n_obs_polarisation is 3 with the fields QU; give n_obs instead: only TQU has a \
             second count of pixels",
        ),
    ] {
        assert_eq!(survey.harmonic().unwrap_err().to_string(), message);
    }
    for (survey, message) in [
        (Survey { n_bins: Some(0), ..t() }, "n_bins is 0; give 1 or more"),
        (Survey { n_spectra: Some(0), ..t() }, "n_spectra is 0; give 1 or more"),
        (
            Survey { n_bins: Some(256), ..t() },
            "n_bins is 256, but the number of multipoles is 255; give at most that many",
        ),
        (
            Survey { n_bins: Some(127), lmin: Some(3), lmax: Some(128), ..t() },
            "n_bins is 127, but the number of multipoles is 126; give at most that many",
        ),
        (
            Survey { n_spectra: Some(2), ..t() },
            "n_spectra is 2, but the number of spectra of T is 1; give at most that many",
        ),
        (
            Survey { n_params: Some(7), ..t() },
            "n_params is 7, but n_bins is 6; give as many: T has 1 spectrum",
        ),
        (Survey { n_params: Some(0), ..t() }, "n_params is 0; give 1 or more"),
        (
            Survey { n_bins: None, ..t() },
            "cannot derive n_bins: give the number of bins, 1 or more",
        ),
        (
            Survey { lmax: Some(257), ..t() },
            "lmax is 257, but lmax_signal is 256; give 1 to lmax_signal, or leave it out",
        ),
    ] {
        assert_eq!(survey.pixel_direct().unwrap_err().to_string(), message);
    }
}

/// Bins that a survey has no multipoles for, and spectra and parameters that its fields have not, are
/// refused on every path, also where it does not depend on them.
#[test]
fn contradictions_are_refused_on_every_path() {
    let qu = || Survey { nside: Some(32), lmax_signal: Some(64), ..tenth(Fields::Qu) };
    for (survey, message) in [
        (
            Survey { n_bins: Some(1_000_000), ..qu() },
            "n_bins is 1000000, but the number of multipoles is 63; give at most that many",
        ),
        (
            Survey { n_spectra: Some(7), ..qu() },
            "n_spectra is 7, but the number of spectra of QU is 3; give at most that many",
        ),
        (
            Survey { n_params: Some(17), ..qu() },
            "n_params is 17, but n_bins is 6; give 1 to 3 times as many: QU has 3 spectra",
        ),
    ] {
        assert_eq!(survey.harmonic().unwrap_err().to_string(), message);
        assert_eq!(survey.pixel_direct().unwrap_err().to_string(), message);
        assert_eq!(survey.traditional().unwrap_err().to_string(), message);
    }
    // Parameters that were given say how many spectra are estimated.
    let twelve = Survey { n_params: Some(12), ..qu() };
    assert_eq!(twelve.harmonic().unwrap().n_spectra, Some(2));
    assert_eq!(twelve.traditional().unwrap().n_params, 12);
}

/// A map of nside 32 resolves multipoles up to 128.
#[test]
fn multipoles_above_4_nside_get_a_note() {
    let note = |nside, lmax, lmax_signal| {
        let survey = Survey { nside, n_obs: Some(1229), lmax, lmax_signal, ..tenth(Fields::Qu) };
        survey.harmonic().unwrap().budget().unwrap().note().to_owned()
    };
    let above = "lmax_signal 1000 is above 4 nside = 128, the most that nside 32 resolves";
    assert!(note(Some(32), None, Some(1000)).ends_with(above));
    assert!(note(Some(32), Some(129), Some(1000)).contains("lmax 129 is above 4 nside"));
    assert!(!note(Some(32), Some(128), Some(128)).contains("4 nside"));
    assert!(!note(None, None, Some(1000)).contains("4 nside"));
    assert_eq!(tenth(Fields::T).largest_lmax(), Some(256));
    assert_eq!(Survey { nside: None, ..tenth(Fields::T) }.largest_lmax(), None);
}

/// The modes need a largest multipole, the pixel-direct path needs none.
#[test]
fn a_survey_without_lmax_signal_has_what_does_not_depend_on_it() {
    let survey = Survey { lmax_signal: None, ..tenth(Fields::Qu) };
    assert_eq!(survey.pixel_direct().unwrap().n_params, 18);
    assert_eq!(
        survey.harmonic().unwrap_err().to_string(),
        "cannot derive n_modes: give n_modes, lmax_signal, or lmax"
    );
    let given = Survey { n_modes: Some(500), ..survey };
    assert_eq!(given.harmonic().unwrap().n_modes, 500);
}

#[test]
fn what_is_too_large_is_named() {
    // The whole sky at nside 2^20 has 12 x 2^40 pixels; a matrix of them has no 64-bit size.
    let sky = Survey { nside: Some(1 << 20), fsky: Some(1.0), ..tenth(Fields::T) };
    let config = sky.harmonic().unwrap();
    assert_eq!(config.n_pix, 12 << 40);
    let message = config.budget().unwrap_err().to_string();
    let size = "8 * n_pix * n_pix = 8 * 13194139533312 * 13194139533312 bytes";
    assert!(message.starts_with("term 'Cov_T' is too large: "), "{message}");
    assert!(message.contains(size), "{message}");
    let direct = sky.pixel_direct().unwrap().budget();
    assert!(matches!(direct, Err(Error::Overflow { .. })));

    let many = |n| Survey { nside: None, n_obs: Some(n), ..tenth(Fields::Tqu) };
    for survey in [
        many(i64::MAX),
        Survey { lmax_signal: Some(i64::MAX), ..tenth(Fields::T) },
        Survey { n_obs_polarisation: Some(i64::MAX), ..many(1) },
    ] {
        assert!(matches!(survey.harmonic(), Err(Error::Overflow { .. })), "{survey:?}");
    }
    let bins =
        Survey { lmax_signal: Some(i64::MAX), n_bins: Some(i64::MAX - 1), ..tenth(Fields::Qu) };
    assert!(matches!(bins.pixel_direct(), Err(Error::Overflow { .. })));
    // The largest nside there is, seen as a whole.
    let finest = Survey { nside: Some(1 << 29), fsky: Some(1.0), ..tenth(Fields::T) };
    assert_eq!(finest.harmonic().unwrap().n_pix, 12 << 58);
}

/// Pixels in whole rings around a pole of HEALPix: ring i of the cap has 4 i.
fn pixels_in_rings(rings: i64) -> i64 {
    (1..=rings).map(|ring| 4 * ring).sum()
}

/// Modes one by one: 2 l + 1 of each multipole and harmonic field.
fn modes(fields: Fields, lmin: i64, lmax: i64) -> i64 {
    let harmonic = match fields {
        Fields::T => "T",
        Fields::Qu => "EB",
        Fields::Tqu => "TEB",
    };
    harmonic.chars().map(|_| (lmin..=lmax).map(|l| 2 * l + 1).sum::<i64>()).sum()
}

/// Spectra: every unordered pair of harmonic fields.
fn spectra(fields: Fields) -> i64 {
    let harmonic = fields.name().len() as i64;
    harmonic * (harmonic + 1) / 2
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn random_surveys(
        fields in prop::sample::select(Fields::ALL.to_vec()),
        order in 0u32..10,
        fsky in 0.001f64..=1.0,
        polar_cap: bool,
        lmin in 2i64..6,
        more in 0i64..200,
        beyond in 0i64..200,
        n_bins in 1i64..40,
    ) {
        let nside = 1i64 << order;
        let lmax = lmin + more;
        let fsky = if polar_cap { fsky / 6.0 } else { fsky };
        let survey = Survey {
            nside: Some(nside),
            fsky: Some(fsky),
            polar_cap,
            lmin: Some(lmin),
            lmax: Some(lmax),
            n_bins: Some(n_bins.min(more + 1)),
            ..Survey::new(fields, lmax + beyond)
        };
        // The most rings whose square is not beyond nside^2 6 fsky, or the nearest whole number.
        let square = (nside * nside) as f64;
        let rings = (0..=nside).rev().find(|&i| (i * i) as f64 <= square * (6.0 * fsky)).unwrap();
        let of_one = if polar_cap {
            pixels_in_rings(rings)
        } else {
            let pixels = 12.0 * square * fsky;
            (pixels + 0.5) as i64
        };
        let maps = fields.name().len() as i64;
        let harmonic = survey.harmonic();
        if of_one == 0 {
            let refused = matches!(harmonic, Err(Error::Figure { name: "fsky", .. }));
            prop_assert!(refused);
            return Ok(());
        }
        let HarmonicConfig { n_pix, n_modes, .. } = harmonic.unwrap();
        prop_assert_eq!((n_pix, n_modes), (maps * of_one, modes(fields, lmin, lmax)));
        let PixelDirectConfig { n_params, n_pix: also, .. } = survey.pixel_direct().unwrap();
        prop_assert_eq!((also, n_params), (n_pix, n_bins.min(more + 1) * spectra(fields)));
        // The pixels of a mask are a fsky again, which derives them.
        let exact = of_one as f64 / (12.0 * square);
        if !polar_cap {
            let again = Survey { fsky: Some(exact), ..survey.clone() }.harmonic().unwrap();
            prop_assert_eq!(again.n_pix, n_pix);
        }
    }
}
