//! The threads of many terms end when the call returns, and failing to start them is an error. A
//! program of its own, as threads are counted by name.
#![cfg(target_os = "linux")]

mod common;

use std::time::{Duration, Instant};

use common::confined;
use qube_budget::network::{Network, Spaces, parse};
use qube_budget::optimize_many;
use qube_budget::{BatchPolicy, Options};

fn term() -> Network {
    let mut spaces = Spaces::new();
    spaces.add("i", 7).unwrap();
    spaces.add("a", 11).unwrap();
    parse("g{i_1;a_1} t{a_1;i_1}", &spaces).unwrap()
}

/// The number of live threads that the library has started.
fn workers() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let name = |task: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(task.unwrap().path().join("comm")).unwrap_or_default()
    };
    tasks.map(name).filter(|name| name.trim_end() == "qube-terms").count()
}

#[test]
fn threads_are_gone_when_the_call_returns() {
    let network = term();
    let networks = vec![&network; 64];
    for stop in [usize::MAX, 3] {
        let mut most = 0;
        let plans =
            optimize_many(&networks, &BatchPolicy::new(), &Options::default(), 8, |done, _| {
                most = most.max(workers());
                i32::from(done == stop)
            });
        let (left, returned) = (workers(), Instant::now());
        assert_eq!(plans.is_ok(), stop > 64);
        assert!((1..=8).contains(&most), "{most} threads work");
        // A thread that was joined may be listed until the kernel has cleared it away.
        while workers() > 0 {
            assert!(returned.elapsed() < Duration::from_millis(200), "{left} threads are left");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn threads_that_do_not_start_are_an_error_that_counts_them_and_says_why() {
    const NAME: &str = "threads_that_do_not_start_are_an_error_that_counts_them_and_says_why";
    if confined::is_inside(NAME) {
        let network = term();
        let networks = vec![&network; 9];
        let (policy, options) = (BatchPolicy::new(), Options::default());
        let plans = optimize_many(&networks, &policy, &options, 1000, |_, _| 0);
        println!("refused: {}", plans.unwrap_err());
        println!("left: {}", workers());
        // The process goes on, with fewer.
        let plans = optimize_many(&networks, &policy, &options, 2, |_, _| 0);
        println!("then {} fail", plans.unwrap().failed);
        return;
    }
    // A thousand stacks of 2 MiB do not fit: that is known before the first one is started.
    let said = confined::run(NAME, 600 << 10);
    assert!(said.contains("refused: cannot start 1000 threads: "), "{said}");
    assert!(said.contains("no memory for their stacks of 2359296000 bytes in all"), "{said}");
    assert!(said.contains("left: 0") && said.contains("then 0 fail"), "{said}");
}
