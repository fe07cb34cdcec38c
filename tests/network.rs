//! Networks: what the texts and documents say, what is open, how large it is, and what is refused.

mod common;

use approx::assert_relative_eq;
use common::reference::load;
use proptest::prelude::*;
use qube_budget::document::{Document, document_from_json, from_json};
use qube_budget::network::{
    Carriers, Network, NetworkBuilder, Spaces, Volumes, default_space, einsum, parse,
};
use qube_budget::policy::{Role, Slicing};
use qube_budget::{BatchPolicy, Error};

fn spaces(extents: &[(&str, i64)]) -> Spaces {
    let mut spaces = Spaces::new();
    extents.iter().for_each(|&(space, extent)| spaces.add(space, extent).unwrap());
    spaces
}

fn water() -> Spaces {
    let mut spaces = spaces(&[("i", 56), ("μ̃", 602), ("Κ", 1652)]);
    spaces.add_composite("a", 12, &[12.0, 12.5, 13.0]).unwrap();
    spaces
}

fn slots(network: &Network, tensor: usize) -> Vec<&str> {
    let indices = &network.tensors()[tensor].indices;
    indices.iter().map(|&id| network.index_at(id).label.as_str()).collect()
}

fn open(network: &Network, members: u64) -> Vec<&str> {
    network.labels(&Carriers::new(network).unwrap().open(members))
}

#[test]
fn a_term_has_its_tensors_slots_and_protos() {
    let term = parse(" g{μ̃_1 ; i_3;Κ_1} *C{ a_3<i_2 , i_1> ;μ̃_1}  E{} t{;;}", &water()).unwrap();
    let labels: Vec<_> = term.tensors().iter().map(|tensor| tensor.label.as_str()).collect();
    assert_eq!(labels, ["g", "C", "E", "t"]);
    assert_eq!(slots(&term, 0), ["μ̃_1", "i_3", "Κ_1"]);
    assert_eq!(slots(&term, 1), ["a_3<i_2,i_1>", "μ̃_1"]);
    assert!(slots(&term, 2).is_empty() && slots(&term, 3).is_empty());
    let composite = term.index_at(term.find_index("a_3<i_2,i_1>").unwrap());
    let protos: Vec<_> = composite.protos.iter().map(|&id| &term.index_at(id).label).collect();
    assert_eq!(protos, ["i_2", "i_1"]);
    assert_eq!((composite.space.as_str(), composite.extent), ("a", 12));
    assert_eq!(composite.power_means, [12.0, 12.5, 13.0]);
    assert_eq!(term.index_at(term.find_index("μ̃_1").unwrap()).extent, 602);
}

#[test]
fn one_label_with_two_sets_of_protos_is_two_indices() {
    let term = parse("t{a_1<i_1>;i_1} t{a_1<i_2>;i_2}", &water()).unwrap();
    assert!(term.find_index("a_1<i_1>") != term.find_index("a_1<i_2>"));
}

#[test]
fn the_space_is_the_label_up_to_an_underscore_or_digit() {
    for (label, space) in [("i_1", "i"), ("μ̃1", "μ̃"), ("a_1<i_1>", "a"), ("Κ", "Κ"), ("a<i>", "a")]
    {
        assert_eq!(default_space(label), space);
    }
}

/// The text of every scenario gives the network of its JSON: same slots, same extents, same plans.
#[test]
fn the_scenarios_read_alike_as_text_and_as_json() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/scenarios.json");
    let file: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for case in file["cases"].as_array().unwrap() {
        let document = from_json(&case.to_string()).unwrap().network;
        let mut table = Spaces::new();
        for index in document.indices() {
            match table.add_composite(&index.space, index.extent as i64, &index.power_means) {
                Ok(()) | Err(Error::Duplicate { .. }) => (),
                Err(error) => panic!("{error}"),
            }
        }
        let text = parse(case["term"].as_str().unwrap(), &table).unwrap();
        assert_eq!(text.tensors().len(), document.tensors().len());
        for tensor in 0..text.tensors().len() {
            assert_eq!(slots(&text, tensor), slots(&document, tensor));
            assert_eq!(text.tensors()[tensor].label, document.tensors()[tensor].label);
        }
        for index in text.indices() {
            let same = document.index_at(document.find_index(&index.label).unwrap());
            assert_eq!((&index.space, index.extent), (&same.space, same.extent));
        }
    }
}

#[test]
fn einsum_has_explicit_and_automatic_targets() {
    let letters = spaces(&[("i", 2), ("j", 3), ("k", 5), ("é", 7)]);
    let explicit = einsum(" i j , jk -> ik j", &letters).unwrap();
    assert_eq!(explicit.labels(explicit.targets()), ["i", "j", "k"]);
    assert_eq!(slots(&explicit, 0), ["i", "j"]);
    let automatic = einsum("ij,jjk,é", &letters).unwrap();
    assert_eq!(automatic.labels(automatic.targets()), ["i", "k", "é"]);
    let scalar = einsum("ij,ji->", &letters).unwrap();
    assert!(scalar.targets().is_empty());
    let operands = einsum(",i,->i", &letters).unwrap();
    assert_eq!(operands.tensors().len(), 3);
}

#[test]
fn what_is_open_follows_the_definition() {
    let letters = spaces(&[("i", 2), ("j", 3), ("k", 5), ("l", 7), ("h", 11)]);
    // h stands on three tensors and stays open until the last has joined.
    let hyper = einsum("hi,hj,hk->ijk", &letters).unwrap();
    assert_eq!(open(&hyper, 0b011), ["h", "i", "j"]);
    assert_eq!(open(&hyper, 0b111), ["i", "j", "k"]);
    // A Hadamard index is kept though two tensors carry it; a private sum goes at the first
    // contraction of its tensor, and so does a trace.
    let hadamard = einsum("hil,hj,jkk->hi", &letters).unwrap();
    assert_eq!(open(&hadamard, 0b001), ["h", "i", "l"]);
    assert_eq!(open(&hadamard, 0b011), ["h", "i", "j"]);
    assert_eq!(open(&hadamard, 0b100), ["j", "k"]);
    assert_eq!(open(&hadamard, 0b110), ["h"]);
    assert_eq!(open(&hadamard, 0b111), ["h", "i"]);
}

#[test]
fn volumes_follow_the_power_means() {
    let term = parse("t{a_1<i_1,i_2>,a_2<i_1,i_2>;i_1} C{a_3<i_2>;μ̃_1}", &water()).unwrap();
    let carriers = Carriers::new(&term).unwrap();
    let exact = Volumes::new(&term, true).unwrap();
    let plain = Volumes::new(&term, false).unwrap();
    // i_2 is a proto that no tensor carries: it counts in the volume, once.
    assert_relative_eq!(exact.of(&carriers.open(0b01)), 56.0 * 56.0 * 12.5 * 12.5);
    assert_relative_eq!(plain.of(&carriers.open(0b01)), 56.0 * 56.0 * 12.0 * 12.0);
    assert_relative_eq!(exact.of(&carriers.open(0b10)), 56.0 * 12.0 * 602.0);
    let both = carriers.open(0b01).union(&carriers.open(0b10));
    assert_relative_eq!(exact.of(&both), 56.0 * 56.0 * 602.0 * 12.5 * 12.5 * 12.0);
}

#[test]
fn a_volume_of_one_counts_nothing() {
    let ones = einsum("ij,j", &spaces(&[("i", 1), ("j", 1)])).unwrap();
    let volumes = Volumes::new(&ones, true).unwrap();
    assert_eq!(volumes.of(&Carriers::new(&ones).unwrap().open(1)), 0.0);
}

#[test]
fn the_order_of_protos_tells_groups_apart() {
    let term = parse("t{a_1<i_1,i_2>,a_2<i_2,i_1>}", &water()).unwrap();
    let volumes = Volumes::new(&term, true).unwrap();
    assert_relative_eq!(
        volumes.of(&Carriers::new(&term).unwrap().open(1)),
        56.0 * 56.0 * 12.0 * 12.0
    );
}

#[test]
fn a_document_gives_network_and_policy() {
    let case = from_json(
        r#"{"name": "one", "indices": [
            {"label": "a_1<i_1>", "space": "a", "extent": 12, "protos": ["i_1"], "power_means": [12]},
            {"label": "i_1", "extent": 56}, {"label": "K", "extent": 9, "external": true, "target": 4, "tile": 3}],
           "tensors": [{"label": "t", "indices": ["a_1<i_1>", "K"], "volatile": true},
                       {"label": "g", "indices": ["K"], "volatile": true}, {"label": "g", "indices": []}],
           "targets": ["K"]}"#,
    )
    .unwrap();
    assert_eq!(case.name.as_deref(), Some("one"));
    assert_eq!(case.network.labels(case.network.targets()), ["K"]);
    let resolved = case.policy.resolve(&case.network).unwrap();
    let target =
        |label| resolved.slicing(case.network.find_index(label).unwrap()).map(Slicing::most);
    assert_eq!((target("K"), target("i_1")), (Some(3), None), "whole tiles");
    let volatile: Vec<bool> = (0..3).map(|at| resolved.is_volatile(at)).collect();
    assert_eq!(volatile, [true, true, false], "one g is volatile, its namesake is not");
}

#[test]
fn a_file_may_hold_cases() {
    let file = r#"{"source": "here", "cases": [{"name": "x", "indices": [], "tensors": [{"label": "g", "indices": []}]}]}"#;
    let Document::Cases(cases) = document_from_json(file).unwrap() else { panic!("cases") };
    assert_eq!(cases.len(), 1);
    let bad = file.replace(r#""label": "g", "indices": []"#, r#""label": "g", "indices": ["q"]"#);
    let message = document_from_json(&bad).unwrap_err().to_string();
    assert!(message.contains("case x") && message.contains("'q'"), "{message}");
}

/// The message of what must be refused, with the pieces that it must name.
fn refused<T>(result: Result<T, Error>, pieces: &[&str]) -> Error {
    let Err(error) = result else { panic!("{pieces:?} must be refused") };
    let message = error.to_string();
    for piece in pieces {
        assert!(message.contains(piece), "'{message}' names {piece}");
    }
    error
}

#[test]
fn parse_errors_name_the_position_and_what_was_expected() {
    let cases = [
        ("g{μ̃_1;i_3", 11, "the end of the text", "',', ';' or '}'"),
        ("g{μ̃_1,;i_3}", 8, "';'", "the label of an index"),
        ("gi_1;i_2}", 5, "';'", "'{'"),
        ("g{i_1} {i_2}", 8, "'{'", "the label of a tensor"),
        ("g{a_1<i_1}", 10, "'}'", "',' or '>'"),
        ("g{a_1<>}", 7, "'>'", "the label of a proto index"),
        ("g{i_1} *", 9, "the end of the text", "a tensor after '*'"),
        ("g{i_1>}", 6, "'>'", "',', ';' or '}'"),
        ("g{a_1<a_2<i_1>>}", 10, "'<'", "',' or '>'"),
    ];
    for (text, position, found, expected) in cases {
        let error = refused(parse(text, &water()), &[found, expected]);
        assert!(
            matches!(error, Error::Parse { position: at, .. } if at == position),
            "{text}: {error}"
        );
    }
    let letters = spaces(&[("i", 2), ("j", 3)]);
    for (text, position) in [("ij,j>", 5), ("ij-j", 4), ("ij->i->j", 6), ("i.,j", 2), ("...i", 1)] {
        let error = refused(einsum(text, &letters), &["expected"]);
        assert!(
            matches!(error, Error::Parse { position: at, .. } if at == position),
            "{text}: {error}"
        );
    }
}

/// opt_einsum goes on behind the letters of ASCII: its 76th symbol is a sign for products.
#[test]
fn einsum_takes_any_character_as_an_index() {
    let symbols = spaces(&[("a", 2), ("×", 3), ("1", 4), ("=", 5), (";", 6)]);
    let network = einsum("a×1,×=;->a1=;", &symbols).unwrap();
    assert_eq!(network.labels(network.targets()), ["a", "1", "=", ";"]);
    let scalar = einsum("->", &Spaces::new()).unwrap();
    assert_eq!((scalar.tensors().len(), scalar.indices().len()), (1, 0));
    refused(einsum("a2", &symbols), &["index '2'", "which has no extent"]);
}

#[test]
fn what_is_not_there_is_named() {
    let table = spaces(&[("i", 2)]);
    refused(
        parse("g{i_1;b_7}", &table),
        &["'b_7'", "space 'b'", "add it to extents (which has: i)"],
    );
    refused(einsum("ij", &table), &["index 'j'", "add it to extents (which has: i)"]);
    refused(einsum("i->j", &table), &["the list of targets", "'j'", "use one of: i"]);
    refused(einsum("i->ii", &table), &["target 'i'", "twice", "once"]);
    let mut builder = NetworkBuilder::new();
    builder.index("i_1", None, 2).unwrap();
    refused(builder.tensor("t", &["i_1", "x_2"]), &["tensor 't'", "'x_2'", "i_1"]);
    refused(builder.composite("a", None, 2, &["q"], &[]), &["index 'a'", "'q'"]);
    refused(builder.targets(&["q"]), &["the list of targets", "'q'"]);
}

#[test]
fn bad_extents_labels_and_means_are_named() {
    let mut builder = NetworkBuilder::new();
    refused(builder.index("", None, 2), &["''", "an index", "one or more characters"]);
    refused(builder.index("i\n1", None, 2), &["none of them a control character"]);
    builder.index("i, 1", None, 2).unwrap();
    for space in ["", "a_1", "a1", "a b", "a<i>"] {
        refused(Spaces::new().add(space, 2), &[&format!("'{space}'"), "a space"]);
    }
    refused(builder.index("i_1", None, 0), &["index 'i_1'", "extent 0", "1 or more"]);
    refused(builder.index("i_1", None, -7), &["'i_1'", "-7"]);
    builder.index("i_1", None, 2).unwrap();
    refused(builder.index("i_1", None, 2), &["index 'i_1'", "already", "once"]);
    builder.composite("a<i_1>", None, 2, &["i_1"], &[]).unwrap();
    refused(builder.composite("b", None, 2, &["a<i_1>"], &[]), &["'b'", "composite", "'a<i_1>'"]);
    refused(builder.composite("b", None, 2, &["i_1", "i_1"], &[]), &["proto 'i_1'", "twice"]);
    for mean in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
        refused(
            builder.composite("b", None, 2, &["i_1"], &[2.0, mean]),
            &["power mean 2", "'b'", &mean.to_string(), "above 0"],
        );
    }
    refused(Spaces::new().add("i", 0), &["space 'i'", "extent 0"]);
    let mut twice = spaces(&[("i", 2)]);
    refused(twice.add("i", 3), &["space 'i'", "already"]);
    builder.targets(&["i_1"]).unwrap();
    refused(builder.build(), &["no tensors", "one or more"]);
    builder.tensor("t", &[]).unwrap();
    refused(builder.build(), &["the list of targets", "'i_1'", "none"]);
}

#[test]
fn a_table_of_power_means_that_ends_early_is_named() {
    let mut short = spaces(&[("i", 5)]);
    short.add_composite("a", 4, &[4.0]).unwrap();
    let term = parse("t{a_1<i_1>,a_2<i_1>}", &short).unwrap();
    refused(Volumes::new(&term, true).map(drop), &["power mean 2", "'a_1<i_1>'", "missing"]);
    Volumes::new(&term, false).unwrap();
}

#[test]
fn documents_that_cannot_be_meant_are_refused() {
    let with = |indices: &str, tensors: &str| {
        from_json(&format!(r#"{{"indices": [{indices}], "tensors": [{tensors}]}}"#))
    };
    refused(from_json("{"), &["line 1 column 1"]);
    refused(with("", ""), &["no tensors"]);
    refused(with(r#"{"label": "i"}"#, ""), &["extent"]);
    refused(with(r#"{"label": "i", "extent": 2, "batchabel": true}"#, ""), &["batchabel"]);
    refused(with(r#"{"label": "i", "extent": 2.5}"#, ""), &["2.5"]);
    refused(with(r#"{"label": "i", "extent": 2, "batchable": true}"#, ""), &["'i'", "missing"]);
    refused(
        with(r#"{"label": "i", "extent": 2, "batchable": true, "target": 0}"#, ""),
        &["'i'", "0", "1 or more"],
    );
    refused(from_json(r#"{"indices": [], "tensors": [], "target": ["i"]}"#), &["target"]);
}

#[test]
fn a_policy_names_what_it_refuses() {
    let mut policy = BatchPolicy::new();
    refused(policy.batch_space(Role::Contracted, "Κ", 0), &["space 'Κ'", "0", "1 or more"]);
    refused(policy.batch_index(Role::Contracted, "Κ_1", -3), &["index 'Κ_1'", "-3"]);
    for factor in [f64::NAN, -0.5, f64::INFINITY] {
        refused(
            policy.set_accumulation_factor(factor),
            &["accumulation_factor", &factor.to_string(), "0, or 1e-9 to 1e18"],
        );
    }
}

#[test]
fn an_index_goes_before_its_space() {
    let mut policy = BatchPolicy::new();
    policy.batch_space(Role::Contracted, "Κ", 60).unwrap();
    policy.batch_index(Role::Contracted, "Κ_2", 7).unwrap();
    let term = parse("g{Κ_1,Κ_2,i_1} h{Κ_1,Κ_2}", &spaces(&[("Κ", 100), ("i", 3)])).unwrap();
    let target = |label| policy.resolve(&term).unwrap().slicing(term.find_index(label).unwrap());
    let targets = ["Κ_1", "Κ_2", "i_1"].map(|label| target(label).map(Slicing::most));
    assert_eq!(targets, [Some(60), Some(7), None]);
}

proptest! {
    /// Whatever the text, there is a network or an error, and no panic.
    #[test]
    fn no_text_is_too_strange(text in "[gi_12<>{};,*\\-> \u{303}μ.\\PC]{0,40}") {
        let table = water();
        let _ = parse(&text, &table);
        let _ = einsum(&text, &table);
        let _ = from_json(&text);
    }

    #[test]
    fn no_document_is_too_strange(extent in any::<i64>(), target in any::<i64>(), mean in any::<f64>()) {
        let mean = serde_json::json!(mean);
        let text = format!(
            r#"{{"indices": [{{"label": "i", "extent": {extent}, "batchable": true, "target": {target}}},
                {{"label": "a", "extent": 2, "protos": ["i"], "power_means": [{mean}]}}],
               "tensors": [{{"label": "g", "indices": ["i", "a"]}}]}}"#
        );
        prop_assert_eq!(from_json(&text).is_ok(), extent > 0 && target > 0 && mean.as_f64() > Some(0.0));
    }
}

#[test]
fn a_policy_is_read_as_it_was_written() {
    for case in load("random.json") {
        let mut policy = case.case.policy;
        policy.batch_space(Role::Contracted, "Κ", 7).unwrap();
        policy.volatile_position(3);
        policy.set_accumulation_factor(0.1).unwrap();
        assert_eq!(BatchPolicy::from_json(&policy.to_json().unwrap()), Ok(policy));
    }
}
