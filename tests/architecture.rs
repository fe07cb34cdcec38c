//! The map in docs/architecture.md against the tree: every room stands on it, and uses only rooms above
//! its own line. Inside a room, files use each other in one direction.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{ItemMod, ItemUse, UseTree};

type Module = Vec<String>;

/// A module of the crate: what it uses, by absolute path, and the names that it shows of others.
#[derive(Default)]
struct Uses {
    paths: BTreeSet<Module>,
    shows: BTreeMap<String, Module>,
}

/// The modules of src, with the paths that their code uses outside of tests.
fn modules() -> BTreeMap<Module, Uses> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let modules = files.iter().filter_map(|file| {
        let module = module_of(file.strip_prefix(&source).unwrap())?;
        let text = fs::read_to_string(file).unwrap();
        let tree = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        let mut reader = Reader { module: module.clone(), uses: Uses::default() };
        reader.visit_file(&tree);
        Some((module, reader.uses))
    });
    modules.collect()
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// `search/dp/mod.rs` is crate::search::dp; none for tests and for the command.
fn module_of(file: &Path) -> Option<Module> {
    let mut names: Module = file
        .with_extension("")
        .components()
        .map(|part| part.as_os_str().to_str().unwrap().to_owned())
        .collect();
    if names[0] == "bin" || names.last().unwrap() == "tests" {
        return None;
    }
    if matches!(names.last().unwrap().as_str(), "mod" | "lib") {
        names.pop();
    }
    names.insert(0, "crate".to_owned());
    Some(names)
}

struct Reader {
    module: Module,
    uses: Uses,
}

impl Reader {
    /// The absolute path; none of another crate.
    fn absolute(&self, path: &[String]) -> Option<Module> {
        match path[0].as_str() {
            "crate" => Some(path.to_vec()),
            "self" => Some([&self.module, &path[1..]].concat()),
            "super" => {
                let ups = path.iter().take_while(|name| *name == "super").count();
                let base = &self.module[..self.module.len() - ups];
                Some([base, &path[ups..]].concat())
            }
            _ => None,
        }
    }

    fn leaves(&mut self, tree: &UseTree, path: &mut Module, public: bool) {
        match tree {
            UseTree::Path(step) => {
                path.push(step.ident.to_string());
                self.leaves(&step.tree, path, public);
                path.pop();
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|item| self.leaves(item, path, public));
            }
            UseTree::Name(leaf) if leaf.ident == "self" => self.used(path, None),
            UseTree::Name(leaf) => {
                path.push(leaf.ident.to_string());
                self.used(path, public.then(|| leaf.ident.to_string()));
                path.pop();
            }
            UseTree::Rename(leaf) => {
                path.push(leaf.ident.to_string());
                self.used(path, public.then(|| leaf.rename.to_string()));
                path.pop();
            }
            UseTree::Glob(_) => self.used(path, None),
        }
    }

    fn used(&mut self, path: &[String], shown: Option<String>) {
        if let Some(absolute) = self.absolute(path) {
            self.uses.paths.insert(absolute.clone());
            shown.map(|name| self.uses.shows.insert(name, absolute));
        } else if let Some(name) = shown {
            // `pub use child::Name`, of a child of this module.
            let child = [&self.module, path].concat();
            self.uses.shows.insert(name, child);
        }
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|one| {
        one.path().is_ident("cfg")
            && one.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_test(&item.attrs) && item.content.is_some() {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_test(&item.attrs) {
            let public = !matches!(item.vis, syn::Visibility::Inherited);
            self.leaves(&item.tree, &mut Vec::new(), public);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Module = path.segments.iter().map(|one| one.ident.to_string()).collect();
        if names.len() > 1 {
            self.used(&names, None);
        }
        visit::visit_path(self, path);
    }
}

/// The module that defines what a path names: names that a module shows of others are followed.
fn defining(modules: &BTreeMap<Module, Uses>, mut path: Module) -> Module {
    for _ in 0..8 {
        let known = (1..=path.len()).rev().find(|&length| modules.contains_key(&path[..length]));
        let (module, rest) = path.split_at(known.expect("crate is a module"));
        let shown = rest.first().and_then(|name| modules[module].shows.get(name));
        match shown {
            Some(target) if *target != path => path = [target, &rest[1..]].concat(),
            _ => return module.to_vec(),
        }
    }
    panic!("{path:?} is shown in a circle");
}

/// The rooms on the map, from the first line to the last. Those of one line may not use each other.
fn lines_of_map() -> Vec<Vec<String>> {
    let text = include_str!("../docs/architecture.md");
    let map = text.split("```rooms\n").nth(1).expect("docs/architecture.md has a map");
    let map = map.split("```").next().unwrap();
    let rooms = |line: &str| -> Vec<String> {
        let names = line.split("  ").next().unwrap();
        names.split(", ").map(|name| name.trim_end_matches('/').to_owned()).collect()
    };
    map.lines().map(rooms).collect()
}

#[test]
fn every_room_uses_only_rooms_on_lines_above_it() {
    let modules = modules();
    let lines = lines_of_map();
    let line_of = |room: &str| lines.iter().position(|line| line.iter().any(|one| one == room));
    let mut met = BTreeSet::new();
    let mut wrong = BTreeSet::new();
    for (module, uses) in modules.iter().filter(|(module, _)| module.len() > 1) {
        let room = &module[1];
        let Some(line) = line_of(room) else { panic!("'{room}' is not on the map") };
        met.insert(room.as_str());
        for path in &uses.paths {
            let target = defining(&modules, path.clone());
            if let Some(other) = target.get(1)
                && other != room
                && line_of(other).is_none_or(|above| above >= line)
            {
                wrong.insert(format!("{} uses {}", module.join("::"), target.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that run the wrong way:\n{wrong:#?}");
    let gone: Vec<&String> =
        lines.iter().flatten().filter(|room| !met.contains(room.as_str())).collect();
    assert!(gone.is_empty(), "on the map, but not in src: {gone:?}");
}

/// The first circle of modules below a room, by what their files use; a folder is one module.
fn circle(modules: &BTreeMap<Module, Uses>, parent: &[String]) -> Option<Vec<String>> {
    let child = |module: &[String]| -> Option<String> {
        (module.len() > parent.len() && module.starts_with(parent))
            .then(|| module[parent.len()].clone())
    };
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (module, uses) in modules {
        let Some(from) = child(module) else { continue };
        for path in &uses.paths {
            if let Some(to) = child(&defining(modules, path.clone()))
                && to != from
            {
                arrows.entry(from.clone()).or_default().insert(to);
            }
        }
    }
    // Whoever uses only what is done is done.
    let mut left: BTreeSet<String> = arrows.keys().cloned().collect();
    while let Some(done) =
        left.iter().find(|one| arrows[*one].iter().all(|to| !left.contains(to))).cloned()
    {
        left.remove(&done);
    }
    (!left.is_empty()).then(|| {
        let uses = |one: &String| {
            let others = arrows[one].iter().filter(|to| left.contains(*to)).cloned();
            format!("{one} -> {}", others.collect::<Vec<_>>().join(", "))
        };
        left.iter().map(uses).collect()
    })
}

#[test]
fn files_of_a_room_use_each_other_in_one_direction() {
    let modules = modules();
    let parents: BTreeSet<&[String]> =
        modules.keys().filter(|one| one.len() > 1).map(|one| &one[..one.len() - 1]).collect();
    let circles: Vec<String> = parents
        .into_iter()
        .filter(|parent| parent.len() > 1)
        .filter_map(|parent| {
            Some(format!("{}: {:#?}", parent.join("::"), circle(&modules, parent)?))
        })
        .collect();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}
