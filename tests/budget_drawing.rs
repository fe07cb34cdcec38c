//! Drawings of budgets: what stands in them, that bars are as high as what they hold, that nothing
//! overlaps, and that equal budgets give equal bytes.

mod common;

use common::drawn::{check_well_formed, number, texts};
use proptest::prelude::*;
use qube_budget::budget::{
    Budget, Bytes, Code, EclipseConfig, HarmonicConfig, Model, PixelDirectConfig, Stage,
};
use qube_budget::run::{Job, StageRequest};

const GIB: i64 = 1 << 30;

/// The published run on QU maps, which peaks at 112.59 GiB beside the covariance of its caller.
fn eclipse_qu() -> Budget {
    let sizes = HarmonicConfig::new(59136, 33274, 256);
    let config = HarmonicConfig { lmax: Some(128), covariance_by_caller: true, ..sizes };
    config.budget().unwrap()
}

fn shipped() -> EclipseConfig {
    let pixels =
        EclipseConfig { pix_t: Some(580), pix_p: Some(395), ..EclipseConfig::new(Code::Teb, 16) };
    EclipseConfig { maps: 1000, check_inverse: true, ..pixels }
}

fn has(svg: &str, text: &str) -> bool {
    texts(svg).iter().any(|one| one == text)
}

#[test]
fn stages_arrays_and_sizes_are_written() {
    let svg = eclipse_qu().svg(None).unwrap();
    check_well_formed(&svg);
    for text in [
        "QUBE memory budget, harmonic path",
        "lifetime peak 112.59 GiB in basis_setup, as in qube-qml 1.3",
        "covariance_setup",
        "basis_setup",
        "fisher_run",
        "spectra_run",
        "112.59 GiB",
        "98.46 GiB",
        "80 GiB",
        "V_Ninv_VT (M kernel)",
        "corr intermediate (V_N_inv @ S_fixed)",
        "14.66 GiB",
        "hatched: at the peak of the stage only",
    ] {
        assert!(has(&svg, text), "{text} in {:?}", texts(&svg));
    }
    assert!(!svg.contains("limit") && !has(&svg, "too small to be drawn apart"));
    let printed = EclipseConfig { model: Model::Printed, ..shipped() };
    let eclipse = printed.budget().unwrap().svg(None).unwrap();
    check_well_formed(&eclipse);
    assert!(has(&eclipse, "47.21 MiB") && has(&eclipse, "30 MiB"), "{:?}", texts(&eclipse));
    let held = shipped().budget().unwrap().svg(None).unwrap();
    check_well_formed(&held);
    assert!(has(&held, "67.40 MiB") && has(&held, "spectra"), "{:?}", texts(&held));
    let eb = EclipseConfig { pix_t: None, code: Code::Eb, ..shipped() };
    let published =
        EclipseConfig { model: Model::Published, ..eb }.budget().unwrap().svg(None).unwrap();
    assert!(!published.contains("plain: ") && !published.contains("between bars: "));
}

/// Where a line across in this colour and width stands.
fn height_of(svg: &str, look: &str) -> Option<f64> {
    let line = svg.lines().find(|line| line.starts_with("<path") && line.contains(look))?;
    let (_, rest) = line.split_once(' ')?.1.split_once(' ')?;
    rest.split('H').next()?.parse().ok()
}

const LIMIT: &str = "stroke=\"#c81e1e\" stroke-width=\"1.6\"";
const GROUND: &str = "stroke=\"#2b2f36\" stroke-width=\"1\"";

#[test]
fn a_limit_stands_where_it_is() {
    let budget = eclipse_qu();
    let peak = budget.lifetime_peak_bytes().get() as f64;
    for limit in [1, 96 * GIB, 113 * GIB, 281 * GIB] {
        let svg = budget.svg(Some(limit)).unwrap();
        check_well_formed(&svg);
        let (line, ground) = (height_of(&svg, LIMIT).unwrap(), height_of(&svg, GROUND).unwrap());
        // The top of the highest bar: what is written there stands 6 pixels above it.
        let written = svg.lines().find(|line| line.ends_with(">112.59 GiB</text>")).unwrap();
        let top = number(written, "y") + 6.0;
        let expected = (ground - top) * (limit as f64 / peak);
        assert!((ground - line - expected).abs() < 0.3, "{limit}: {line} {top} {ground}");
    }
    let over = budget.svg(Some(96 * GIB)).unwrap();
    assert!(has(&over, "limit 96.00 GiB") && has(&over, "limit 96.00 GiB, over by 16.59 GiB"));
    let fits = budget.svg(Some(113 * GIB)).unwrap();
    assert!(has(&fits, "limit 113.00 GiB, 420.21 MiB to spare"), "{:?}", texts(&fits));
    let far = budget.svg(Some(1000 * GIB)).unwrap();
    assert_eq!(height_of(&far, LIMIT), None);
    assert!(has(&far, "limit 1000.00 GiB, far above this drawing, 887.41 GiB to spare"));
    for wrong in [0, -1] {
        let message = budget.svg(Some(wrong)).unwrap_err().to_string();
        assert_eq!(message, format!("limit_bytes is {wrong}; give 1 or more"));
    }
}

/// An element's left, top, width and height.
type Box = (f64, f64, f64, f64);

fn rectangles(svg: &str) -> Vec<(Box, &str)> {
    let of = |line| {
        let [x, y, width, height] = ["x", "y", "width", "height"].map(|name| number(line, name));
        ((x, y, width, height), line)
    };
    svg.lines().filter(|line| line.starts_with("<rect x=")).map(of).collect()
}

/// How high the bars are, each of segments that stand on one another; hatching aside.
fn bars(svg: &str) -> Vec<f64> {
    let mut bars: Vec<(f64, f64, f64)> = Vec::new();
    for ((x, y, width, height), line) in rectangles(svg) {
        if width != 112.0 || line.contains("url(") {
            continue;
        }
        match bars.last_mut() {
            Some((left, top, _)) if *left == x => {
                assert!((y + height - *top).abs() < 0.11, "{line}: not on {top}");
                *top = y;
            }
            _ => bars.push((x, y, y + height)),
        }
    }
    bars.into_iter().map(|(_, top, bottom)| bottom - top).collect()
}

/// A text's left, top, width and height, about; a mean character takes 0.62 of its size.
fn places(svg: &str) -> Vec<(String, Box)> {
    let lines = svg.lines().filter(|line| line.starts_with("<text") && !line.contains("stroke="));
    let place = |line: &str| {
        let words = texts(line).remove(0);
        let size = number(line, "font-size");
        let width = 0.62 * size * words.chars().count() as f64;
        let x = number(line, "x");
        let left = match line {
            line if line.contains("\"middle\"") => x - 0.5 * width,
            line if line.contains("\"end\"") => x - width,
            _ => x,
        };
        (words, (left, number(line, "y") - 0.8 * size, width, size))
    };
    lines.map(place).filter(|(words, _)| !words.is_empty()).collect()
}

const KEYS: [&str; 4] = ["plain: ", "hatched: ", "between bars: ", "too small "];

fn overlap(a: Box, b: Box) -> bool {
    a.0 < b.0 + b.2 && b.0 < a.0 + a.2 && a.1 < b.1 + b.3 && b.1 < a.1 + a.3
}

fn check(budget: &Budget, limit: Option<i64>) {
    let svg = budget.svg(limit).unwrap();
    check_well_formed(&svg);
    assert_eq!(svg, budget.clone().svg(limit).unwrap());
    check_heights(&svg, &budget.stages().iter().map(Stage::peak_bytes).collect::<Vec<_>>());
    check_places(&svg);
    for stage in budget.stages() {
        for term in stage.terms() {
            assert!(has(&svg, term.name()), "{}", term.name());
        }
    }
}

/// Bars are as high as these peaks are, relative to the largest.
fn check_heights(svg: &str, peaks: &[Bytes]) {
    let bars = bars(svg);
    assert_eq!(bars.len(), peaks.len());
    let most = bars.iter().copied().fold(0.0, f64::max);
    let largest = peaks.iter().max().unwrap().get() as f64;
    for (bar, peak) in bars.iter().zip(peaks) {
        let share = peak.get() as f64 / largest;
        // Places are written with one decimal.
        assert!((bar - share * most).abs() < 0.31, "{peak}: {bar} {most}");
    }
}

/// Nothing is outside, over something else, struck through or of a colour of something else.
fn check_places(svg: &str) {
    let (width, height) = (number(svg, "width"), number(svg, "height"));
    let places = places(svg);
    for (number, (words, place)) in places.iter().enumerate() {
        let inside =
            place.0 >= 0.0 && place.0 + place.2 <= width + 0.6 && place.1 + place.3 <= height;
        assert!(inside, "'{words}' at {place:?} of {width} x {height}");
        for (others, other) in &places[number + 1..] {
            assert!(!overlap(*place, *other), "'{words}' over '{others}'");
        }
    }
    // What is written in and on bars is not struck through.
    if let Some(limit) = height_of(svg, LIMIT) {
        for line in svg.lines().filter(|line| line.contains("\"middle\"")) {
            let base = number(line, "y");
            assert!(!(base - 8.0..base).contains(&limit), "{line} at {limit}");
        }
    }
    // In the list, colours tell arrays apart, but for those too small to be seen.
    let mut colours: Vec<&str> = rectangles(svg)
        .into_iter()
        .filter(|(place, line)| place.2 == 11.0 && !line.contains("url("))
        .map(|(_, line)| line.split_once("fill=\"").unwrap().1.split_once('"').unwrap().0)
        .collect();
    let keys =
        texts(svg).iter().filter(|text| KEYS.iter().any(|key| text.starts_with(key))).count();
    colours.truncate(colours.len() - keys);
    colours.retain(|colour| *colour != "#9aa1ab");
    let listed = colours.len();
    colours.sort_unstable();
    colours.dedup();
    assert_eq!(colours.len(), listed, "{svg}");
}

/// What a node holds: processes, input, arrays and margin of all its ranks.
fn check_request(budget: &Budget, job: &Job, limit: Option<i64>) {
    let request = budget.request(job).unwrap();
    let svg = request.svg(limit).unwrap();
    check_well_formed(&svg);
    let peaks: Vec<_> = request.stages().iter().map(StageRequest::per_node_bytes).collect();
    check_heights(&svg, &peaks);
    check_places(&svg);
    let parts = request.stages().iter().flat_map(StageRequest::parts);
    for part in parts.filter(|part| part.node_bytes.get() > 0) {
        assert!(has(&svg, &part.name), "{}", part.name);
    }
    assert!(!svg.contains("between bars: "));
}

/// The calibrated run: 112.59 GiB of arrays, 26.06 of input, 0.26 of interpreter, 9.12 of margin.
#[test]
fn a_node_is_drawn_with_all_that_it_holds() {
    let request = |job: &Job| eclipse_qu().request(job).unwrap();
    let svg = request(&Job::default()).svg(Some(139 * GIB)).unwrap();
    for text in [
        "QUBE memory of a node, harmonic path",
        "a node holds 148.02 GiB in basis_setup, as in qube-qml 1.3",
        "limit 139.00 GiB, over by 9.02 GiB",
        "baseline",
        "266.24 MiB",
        "input",
        "26.06 GiB",
        "margin",
        "9.12 GiB",
        "148.02 GiB",
    ] {
        assert!(has(&svg, text), "{text} in {:?}", texts(&svg));
    }
    // Two ranks hold all of it twice, unless they share it.
    let two = Job { ranks_per_node: 2, ..Job::default() };
    assert!(has(&request(&two).svg(None).unwrap(), "52.11 GiB"));
    let shared = request(&Job { share_node: true, ..two.clone() }).svg(None).unwrap();
    assert!(has(&shared, "26.06 GiB") && has(&shared, "532.48 MiB") && has(&shared, "148.28 GiB"));
    let wrong = request(&two).svg(Some(0)).unwrap_err().to_string();
    assert_eq!(wrong, "limit_bytes is 0; give 1 or more");
}

#[test]
fn extreme_budgets_are_drawn() {
    let of = |pixels, modes| HarmonicConfig::new(pixels, modes, 8).budget().unwrap();
    for budget in [of(1, 1), of(700_000_000, 1), of(1, 300_000_000), of(400, 3)] {
        for limit in [None, Some(1), Some(GIB), Some(i64::MAX)] {
            check(&budget, limit);
        }
    }
    // Arrays of less than three pixels are grey, and named with the others.
    let thin = of(4000, 3).svg(None).unwrap();
    assert!(has(&thin, "too small to be drawn apart") && has(&thin, "93.75 KiB"), "{thin}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn random_budgets_are_drawn(
        n_pix in 1i64..300_000,
        n_modes in 1i64..300_000,
        bins in 1i64..60,
        switch: bool,
        cached: bool,
        code in prop::sample::select(Code::ALL.to_vec()),
        lmax in 2i64..900,
        maps in 1i64..20_000,
        limit in prop::option::of(prop_oneof![0.9f64..1.1, 0.0f64..9.0]),
    ) {
        // In lifetime peaks.
        let check = |budget: &Budget| {
            let peak = budget.lifetime_peak_bytes().get() as f64;
            check(budget, limit.map(|limit| ((limit * peak) as i64).max(1)));
        };
        let harmonic = HarmonicConfig {
            lmax: switch.then_some(4),
            keep_pixel_projector: cached,
            covariance_by_caller: cached,
            ..HarmonicConfig::new(n_pix, n_modes, 8)
        };
        check(&harmonic.budget().unwrap());
        let direct = PixelDirectConfig {
            cache_derivatives: cached,
            ..PixelDirectConfig::new(n_pix, None, bins, 3 * bins)
        };
        check(&direct.budget().unwrap());
        let eclipse = EclipseConfig {
            pix_t: (code != Code::Eb).then_some(n_pix),
            pix_p: (code != Code::T).then_some(n_pix / 2 + 1),
            maps,
            cross: cached,
            check_inverse: switch,
            ..EclipseConfig::new(code, lmax)
        };
        check(&eclipse.budget().unwrap());
        let published = EclipseConfig { model: Model::Published, ..eclipse.clone() };
        check(&published.budget().unwrap());

        let job = Job { ranks_per_node: 1 + bins % 3, ..Job::default() };
        for budget in [harmonic.budget(), direct.budget(), eclipse.budget()] {
            let budget = budget.unwrap();
            let peak = budget.lifetime_peak_bytes().get() as f64;
            check_request(&budget, &job, limit.map(|limit| ((limit * peak) as i64).max(1)));
        }
    }
}
