//! Threads for one call: all of them start, or the call fails with the reason.
//!
//! Dropping a pool tells its threads to end, but does not wait for them. A scope does not wait for the
//! work of threads after their closures, such as freeing their tables. So each thread is joined.

use std::io;
use std::thread::{self, Builder, Scope, ScopedJoinHandle};

use rayon::{ThreadBuilder, ThreadPool, ThreadPoolBuilder};

use crate::{Error, Result};

/// Bytes of a thread's stack, Rust's default, and of the overhead of system and allocator.
const STACK: usize = 2 << 20;
const BESIDE: usize = 256 << 10;

/// Runs a closure with a pool of `threads` threads, which end before this returns; `start` starts one
/// thread. Error: `Threads`, if one does not start, or if there is no memory for all stacks.
pub fn with_pool<T>(
    threads: usize,
    start: impl for<'scope> Fn(
        &'scope Scope<'scope, '_>,
        ThreadBuilder,
    ) -> io::Result<ScopedJoinHandle<'scope, ()>>,
    run: impl FnOnce(&ThreadPool) -> T,
) -> Result<T> {
    room_for_stacks(threads)?;
    thread::scope(|scope| {
        let mut handles = Vec::new();
        let started = |thread| {
            handles.push(start(scope, thread)?);
            Ok(())
        };
        let pool = ThreadPoolBuilder::new().num_threads(threads).spawn_handler(started).build();
        let found = match pool {
            // The pool is dropped, which tells its threads to end.
            Ok(pool) => Ok(run(&pool)),
            Err(error) => Err(Error::Threads { asked: threads, reason: error.to_string() }),
        };
        for handle in handles {
            // The pool passes a panic of a task to its waiter; no code outside of tasks panics.
            let _ = handle.join();
        }
        found
    })
}

/// Requests the memory of all stacks before the first thread starts. If threads used up the memory
/// first, the next one would lack the few bytes that it needs to begin, which aborts the process.
fn room_for_stacks(threads: usize) -> Result<()> {
    let bytes = threads.saturating_mul(STACK + BESIDE);
    Vec::<u8>::new().try_reserve_exact(bytes).map_err(|_| Error::Threads {
        asked: threads,
        reason: format!("no memory for their stacks of {bytes} bytes in all"),
    })
}

/// A thread of the pool.
pub fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    thread: ThreadBuilder,
) -> io::Result<ScopedJoinHandle<'scope, ()>> {
    // Debuggers and /proc show the name.
    Builder::new().name("qube-terms".into()).stack_size(STACK).spawn_scoped(scope, || thread.run())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Counts the threads that have freed their data.
    struct Counts(&'static AtomicUsize);

    impl Drop for Counts {
        fn drop(&mut self) {
            std::thread::sleep(std::time::Duration::from_millis(20));
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    static ENDED: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static AT_THE_END: Counts = const { Counts(&ENDED) };
    }

    #[test]
    fn threads_have_freed_their_data_when_the_call_returns() {
        let begun = with_pool(3, start, |pool| pool.broadcast(|_| AT_THE_END.with(|_| 1)));
        assert_eq!(begun, Ok(vec![1, 1, 1]));
        assert_eq!(ENDED.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn a_thread_that_does_not_start_is_an_error_with_its_reason() {
        let started = AtomicUsize::new(0);
        let refused: Result<()> = with_pool(
            7,
            |scope, thread| match started.fetch_add(1, Ordering::SeqCst) {
                4 => Err(io::Error::from_raw_os_error(11)),
                _ => start(scope, thread),
            },
            |_| unreachable!("not all have started"),
        );
        let message = refused.unwrap_err().to_string();
        assert!(message.starts_with("cannot start 7 threads: "), "{message}");
        assert!(message.contains("os error 11"), "{message}");
        assert_eq!(started.load(Ordering::SeqCst), 5);
    }
}
