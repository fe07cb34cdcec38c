//! Memory that the allocator refuses: a search ends as at a limit, with the best plan so far or an
//! error that names the bytes, and the process of the host goes on.
//!
//! The allocator of this program refuses requests of 64 KiB and more while the requesting thread
//! has armed it: the k-th one, or all from the k-th on. It serves smaller ones.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::cmp::Ordering;

#[cfg(target_os = "linux")]
use common::confined;
use qube_budget::internals::problem::Problem;
use qube_budget::internals::search::large::{self, Effort};
use qube_budget::network::{Network, NetworkBuilder};
use qube_budget::optimize_many;
use qube_budget::policy::Role;
use qube_budget::{
    BatchPolicy, Error, Limits, Objective, Options, Plan, Result, optimize, optimize_with,
};
use qube_budget::{ContractionFacts, CustomModel, LeafFacts};

/// Requests below this size are always served.
const LARGE: usize = 64 << 10;

thread_local! {
    /// The request to refuse, counted from now: none, one, or all from it on.
    static REFUSE: Cell<Refuse> = const { Cell::new(Refuse::None) };
    static REFUSED: Cell<u32> = const { Cell::new(0) };
}

#[derive(Clone, Copy, Debug)]
enum Refuse {
    None,
    One(u32),
    From(u32),
}

struct Refusing;

impl Refusing {
    fn refuses(layout: Layout, size: usize) -> bool {
        if size.max(layout.size()) < LARGE {
            return false;
        }
        let refuse = REFUSE.try_with(Cell::get).unwrap_or(Refuse::None);
        let (now, next) = match refuse {
            Refuse::None => (false, Refuse::None),
            Refuse::One(1) => (true, Refuse::None),
            Refuse::One(k) => (false, Refuse::One(k - 1)),
            Refuse::From(1) => (true, Refuse::From(1)),
            Refuse::From(k) => (false, Refuse::From(k - 1)),
        };
        if !matches!(refuse, Refuse::None) {
            REFUSE.set(next);
        }
        if now {
            REFUSED.set(REFUSED.get() + 1);
        }
        now
    }
}

// SAFETY: those of the system, or null.
unsafe impl GlobalAlloc for Refusing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if Self::refuses(layout, 0) {
            return std::ptr::null_mut();
        }
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if Self::refuses(layout, 0) {
            return std::ptr::null_mut();
        }
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // A table that shrinks stays where it is.
        if size > layout.size() && Self::refuses(layout, size) {
            return std::ptr::null_mut();
        }
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Refusing = Refusing;

/// Runs a function while requests are refused; returns how many were.
fn refusing<T>(refuse: Refuse, run: impl FnOnce() -> T) -> (T, u32) {
    REFUSED.set(0);
    REFUSE.set(refuse);
    let found = run();
    REFUSE.set(Refuse::None);
    (found, REFUSED.get())
}

/// Tensors that carry the indices of their bonds, and some one of their own.
fn bound(tensors: usize, bonds: &[(usize, usize)], open: usize) -> Network {
    let mut builder = NetworkBuilder::new();
    let mut carried = vec![Vec::new(); tensors];
    for (number, &(a, b)) in bonds.iter().enumerate() {
        let label = format!("b{number}");
        builder.index(&label, Some("b"), 2 + (number * 7 % 5) as i64).unwrap();
        carried[a].push(label.clone());
        carried[b].push(label);
    }
    for (tensor, carried) in carried.iter_mut().enumerate().take(open) {
        let label = format!("o{tensor}");
        builder.index(&label, Some("o"), 3).unwrap();
        carried.push(label);
    }
    for (tensor, carried) in carried.iter().enumerate() {
        let labels: Vec<&str> = carried.iter().map(String::as_str).collect();
        builder.tensor(&format!("t{tensor}"), &labels).unwrap();
    }
    builder.build().unwrap()
}

fn clique(tensors: usize) -> Network {
    let bonds: Vec<_> = (0..tensors).flat_map(|b| (0..b).map(move |a| (a, b))).collect();
    bound(tensors, &bonds, 0)
}

/// Each tensor has bonds to the next ones.
fn band(tensors: usize, width: usize) -> Network {
    let next = |a| (a + 1..tensors.min(a + width)).map(move |b| (a, b));
    bound(tensors, &(0..tensors).flat_map(next).collect::<Vec<_>>(), 0)
}

fn chain(tensors: usize) -> Network {
    let bonds: Vec<_> = (1..tensors).map(|b| (b - 1, b)).collect();
    bound(tensors, &bonds, 4)
}

fn grid(rows: usize, columns: usize) -> Network {
    let at = |row, column| row * columns + column;
    let along = (0..rows).flat_map(|r| (1..columns).map(move |c| (at(r, c - 1), at(r, c))));
    let across = (1..rows).flat_map(|r| (0..columns).map(move |c| (at(r - 1, c), at(r, c))));
    bound(rows * columns, &along.chain(across).collect::<Vec<_>>(), 0)
}

/// Pairs of equal tensors around one, for much sharing.
fn twins(pairs: usize) -> Network {
    let mut builder = NetworkBuilder::new();
    let mut all = Vec::new();
    for side in ["l", "r"] {
        for at in 0..=pairs {
            builder.index(&format!("{side}{at}"), Some("i"), 2 + at as i64 % 3).unwrap();
        }
        all.push((format!("{side}0"), format!("{side}{pairs}")));
    }
    for side in ["l", "r"] {
        for at in 0..pairs {
            let (a, b) = (format!("{side}{at}"), format!("{side}{}", at + 1));
            builder.tensor(&format!("t{}", at % 2), &[&a, &b]).unwrap();
        }
    }
    builder.build().unwrap()
}

/// The size of the largest intermediate, elements, with much beside it.
struct Largest;

impl CustomModel for Largest {
    type State = [f64; 64];

    fn leaf(&self, _: &LeafFacts) -> Result<Self::State> {
        Ok([0.0; 64])
    }

    fn combine(
        &self,
        to: &ContractionFacts,
        left: &Self::State,
        right: &Self::State,
    ) -> Result<Self::State> {
        Ok([to.footprint.max(left[0]).max(right[0]); 64])
    }

    fn compare(&self, a: &Self::State, b: &Self::State) -> Result<Ordering> {
        Ok(a[0].total_cmp(&b[0]))
    }

    fn value(&self, state: &Self::State) -> Result<f64> {
        Ok(state[0])
    }
}

/// The request to the planner.
struct Case {
    name: &'static str,
    network: Network,
    policy: BatchPolicy,
    options: Options,
    /// With its own cost model.
    custom: bool,
}

impl Case {
    fn new(name: &'static str, network: Network, objective: Objective) -> Self {
        let options = Options { objective, ..Options::default() };
        Case { name, network, policy: BatchPolicy::new(), options, custom: false }
    }

    fn with(mut self, options: impl Fn(&mut Options), policy: impl Fn(&mut BatchPolicy)) -> Self {
        options(&mut self.options);
        policy(&mut self.policy);
        self
    }

    fn plan(&self) -> Result<Plan> {
        match self.custom {
            true => optimize_with(&self.network, &self.policy, &self.options, &Largest),
            false => optimize(&self.network, &self.policy, &self.options),
        }
    }
}

fn cases() -> Vec<Case> {
    let sliced = |policy: &mut BatchPolicy| {
        for number in 0..17 {
            policy.batch_index(Role::Contracted, &format!("b{number}"), 1).unwrap();
        }
    };
    let charged = |policy: &mut BatchPolicy| {
        policy.batch_space(Role::Contracted, "b", 1).unwrap();
        policy.set_accumulation_factor(1.0).unwrap();
    };
    let tight = |policy: &mut BatchPolicy| {
        for number in 0..5 {
            policy.batch_index(Role::Contracted, &format!("b{number}"), 1).unwrap();
        }
        policy.batch_index(Role::External, "o0", 1).unwrap();
        policy.set_peak_threshold(Some(2000)).unwrap();
    };
    let none = |_: &mut BatchPolicy| {};
    let same = |_: &mut Options| {};
    let cse = |options: &mut Options| options.subnet_cse = true;
    let whole = |options: &mut Options| options.frontier = true;
    // With a limit on states, best-first comes first.
    let early = |options: &mut Options| {
        options.limits = Limits { max_states: 1 << 30, ..Limits::default() }
    };
    vec![
        Case::new("clique of 13", clique(13), Objective::Flops),
        Case::new("clique of 16", clique(16), Objective::Flops),
        Case::new("clique of 14 with a limit", clique(14), Objective::Size).with(early, none),
        Case::new("volatile clique of 13", clique(13), Objective::Flops)
            .with(|options| options.volatile_weight = 1.5, |policy| policy.volatile("t3")),
        Case::new("clique of 12, footprints", clique(12), Objective::Flops)
            .with(|options| options.footprint_weight = 0.5, none),
        Case::new("peak of a clique of 11", clique(11), Objective::Peak),
        Case::new("frontier of a clique of 10", clique(10), Objective::Peak).with(whole, none),
        Case::new("time-space of a clique of 11", clique(11), Objective::TimeSpace),
        Case::new("chain of 64", chain(64), Objective::Flops),
        Case::new("peak of a chain of 64", chain(64), Objective::Peak),
        Case::new("chain of 260", chain(260), Objective::Flops),
        Case::new("peak of a chain of 260", chain(260), Objective::Peak),
        Case::new("sliced chain of 260", chain(260), Objective::PeakBatched)
            .with(same, |policy| policy.batch_index(Role::Contracted, "b100", 1).unwrap()),
        Case::new("grid of 36", grid(6, 6), Objective::Flops),
        Case::new("peak of a grid of 20", grid(4, 5), Objective::Peak),
        Case::new("sliced grid of 12", grid(3, 4), Objective::PeakBatched).with(same, sliced),
        Case::new("sliced clique of 11", clique(11), Objective::PeakBatched).with(same, sliced),
        Case::new("charged slices", grid(2, 4), Objective::PeakBatched).with(same, charged),
        Case::new("threshold", grid(2, 4), Objective::TimeSpaceBatched).with(same, tight),
        Case::new("threshold, peak first", clique(7), Objective::SpaceTimeBatched)
            .with(same, tight_without_open),
        Case::new("threshold of 30", grid(5, 6), Objective::TimeSpaceBatched)
            .with(same, tight_without_open),
        Case::new("equal tensors", twins(6), Objective::Flops).with(cse, none),
        Case { custom: true, ..Case::new("custom", clique(9), Objective::Custom) },
        Case::new("proof", clique(13), Objective::Flops)
            .with(|options| options.require_optimal = true, none),
    ]
}

fn tight_without_open(policy: &mut BatchPolicy) {
    for number in 0..4 {
        policy.batch_index(Role::Contracted, &format!("b{number}"), 1).unwrap();
    }
    policy.set_peak_threshold(Some(800)).unwrap();
}

fn without_time(plan: Result<Plan>) -> Result<Plan> {
    plan.map(|mut plan| {
        plan.search.seconds = 0.0;
        plan
    })
}

/// A call that was refused memory returns a plan that reports it, or an error that names the bytes.
fn check(found: &Result<Plan>, refused: u32, what: &str, case: &Case) {
    match found {
        Ok(plan) => {
            if let Some(bytes) = plan.search.refused_bytes {
                assert!(refused > 0 && bytes > 0, "{what}");
            }
            if !case.custom {
                plan.verify(&case.network, &case.policy, &case.options).unwrap();
            }
        }
        Err(Error::Limit { name, value, .. }) => {
            assert!(refused > 0, "{what}");
            assert_eq!(*name, "the memory asked for", "{what}");
            let bytes = value.strip_suffix(" bytes").expect(what);
            assert!(bytes.parse::<usize>().unwrap() > 0, "{what}");
        }
        Err(error) => panic!("{what}: {error}"),
    }
}

#[test]
fn a_search_that_is_refused_memory_ends_as_at_a_limit() {
    for case in cases() {
        // On a new thread: scratch of earlier calls makes no requests.
        let anew = || {
            std::thread::scope(|scope| scope.spawn(|| without_time(case.plan())).join().unwrap())
        };
        let usual = anew();
        assert_eq!(usual.as_ref().unwrap().search.refused_bytes, None, "{}", case.name);
        let (mut calls, mut told) = (0, 0);
        // Until no request is left to be refused.
        'requests: for k in 1..=20 {
            for refuse in [Refuse::One(k), Refuse::From(k)] {
                let what = format!("{}, {refuse:?}", case.name);
                let run = || {
                    let (found, refused) = refusing(refuse, || case.plan());
                    check(&found, refused, &what, &case);
                    (found, refused, (refused > 0).then(|| without_time(case.plan())))
                };
                let (found, refused, again) =
                    std::thread::scope(|scope| scope.spawn(run).join().unwrap());
                assert!(again.is_none_or(|again| again == usual), "{what}, afterwards");
                let says_so = match &found {
                    Ok(plan) => plan.search.refused_bytes.is_some(),
                    Err(_) => true,
                };
                // A refusal to nothing but a cache has no effect.
                assert!(says_so || without_time(found) == usual, "{what}");
                if refused == 0 {
                    break 'requests;
                }
                (calls, told) = (calls + 1, told + u32::from(says_so));
            }
        }
        println!("{}: {calls} calls were refused memory, {told} say so", case.name);
        assert!(calls > 0, "{} asks for no large table", case.name);
    }
}

/// Networks beyond the reach of exact search, with little effort, so that each request can be
/// refused.
#[test]
fn a_search_of_a_large_network_does_with_less_or_names_the_bytes() {
    let mut policy = BatchPolicy::new();
    policy.batch_index(Role::Contracted, "b100", 1).unwrap();
    // Many tensors with small subtrees; fewer, with large tables per subtree.
    let all = [Objective::Flops, Objective::TimeSpace, Objective::PeakBatched];
    for (network, name, window, most, objectives) in
        [(chain(1100), "chain", 3, 30, &all[..]), (band(70, 5), "band", 13, 4, &all[..1])]
    {
        let effort =
            Effort { greedy: 2, annealed: 1, sweeps: 1, subtree_leaves: window, deadline: None };
        for &objective in objectives {
            let options = Options { objective, ..Options::default() };
            let resolved = policy.resolve(&network).unwrap();
            let search = || {
                let problem = Problem::bind(&network, &resolved, &options)?;
                large::search(&problem, &effort).map(|found| found.solution.tree)
            };
            let (usual, _) = refusing(Refuse::None, search);
            let usual = usual.unwrap();
            let (mut refusals, mut found_one) = (0, 0);
            for k in 1..=most {
                for refuse in [Refuse::One(k), Refuse::From(k)] {
                    let what = format!("{objective:?} of the {name}, {refuse:?}");
                    let (found, refused) = refusing(refuse, search);
                    refusals += u32::from(refused > 0);
                    match found {
                        Ok(tree) => {
                            assert_eq!(tree.nodes.len(), usual.nodes.len(), "{what}");
                            assert!(refused > 0 || tree == usual, "{what}");
                            found_one += u32::from(refused > 0);
                        }
                        Err(error) => {
                            let message = qube_budget::Error::from(error).to_string();
                            assert!(refused > 0 && message.contains("bytes"), "{what}: {message}");
                        }
                    }
                }
            }
            println!("{objective:?} of the {name}: {refusals} refused, {found_one} found a tree");
            assert!(refusals >= 8, "{objective:?} of the {name}");
        }
    }
}

#[test]
fn a_term_that_is_refused_memory_leaves_the_others_their_plans() {
    let networks = [chain(5), clique(13), grid(2, 3)];
    let networks: Vec<&Network> = networks.iter().collect();
    let policy = BatchPolicy::new();
    let options = Options { require_optimal: true, ..Options::default() };
    let many = || optimize_many(&networks, &policy, &options, 1, |_, _| 0).unwrap();
    let usual = std::thread::scope(|scope| scope.spawn(many).join().unwrap());
    assert_eq!(usual.failed, 0);
    let run = || refusing(Refuse::From(1), many);
    let (plans, refused) = std::thread::scope(|scope| scope.spawn(run).join().unwrap());
    assert!(refused > 0);
    assert_eq!(plans.failed, 1);
    let message = plans.first_failure().unwrap().to_string();
    assert!(message.starts_with("term 1: ") && message.contains("bytes"), "{message}");
    for term in [0, 2] {
        let [found, usual] = [&plans, &usual].map(|all| without_time(all.plans[term].clone()));
        assert_eq!(found, usual);
    }
    // Many terms: the tables that hold their plans, and what is shared.
    let many_terms: Vec<&Network> = networks.iter().cycle().copied().take(600).collect();
    let options = Options::default();
    let many = || optimize_many(&many_terms, &policy, &options, 1, |_, _| 0);
    for k in 1..=20 {
        for refuse in [Refuse::One(k), Refuse::From(k)] {
            let run = || refusing(refuse, many);
            let (plans, refused) = std::thread::scope(|scope| scope.spawn(run).join().unwrap());
            match plans {
                Ok(plans) => {
                    assert_eq!(plans.plans.len(), 600, "{refuse:?}");
                    let told = plans.refused_bytes.is_some()
                        || plans.plans.iter().any(|plan| match plan {
                            Ok(plan) => plan.search.refused_bytes.is_some(),
                            Err(error) => error.to_string().contains("bytes"),
                        });
                    assert_eq!(told, refused > 0, "{refuse:?}");
                }
                Err(error) => assert!(error.to_string().contains("bytes"), "{refuse:?}: {error}"),
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_with_little_address_space_gets_a_plan_or_an_error() {
    const NAME: &str = "a_process_with_little_address_space_gets_a_plan_or_an_error";
    if confined::is_inside(NAME) {
        // Its tables of all sets take 34 MB.
        let case = Case::new("clique of 20", clique(20), Objective::Flops);
        let found = case.plan();
        check(&found, 1, case.name, &case);
        println!("refused: {:?}", found.map(|plan| plan.search.refused_bytes));
        return;
    }
    let said = confined::run(NAME, 32 << 10);
    assert!(said.contains("refused: Ok(Some(") || said.contains("the memory asked for"), "{said}");
}
