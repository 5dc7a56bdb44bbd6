//! An allocator that counts per thread, so that tests can run in parallel without affecting each other's counts.
//!
//! ```ignore
//! #[global_allocator]
//! static ALLOCATOR: alloc::Counting = alloc::Counting;
//! ```

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system allocator, which also counts the allocations of each thread.
pub struct Counting;

thread_local! {
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { allocations: 0, live: 0, peak: 0 }) };
}

/// The allocations of a thread.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// The number of calls that allocated or reallocated memory.
    pub allocations: u64,
    /// The number of bytes in use. Negative if the thread freed memory that it had not allocated in the measured time.
    pub live: i64,
    /// The largest number of bytes that were in use at the same time.
    pub peak: i64,
}

/// Runs `work` and returns its result and its allocations.
pub fn count<T>(work: impl FnOnce() -> T) -> (T, Counts) {
    let before = COUNTS.get();
    COUNTS.set(Counts { peak: before.live, ..before });
    let result = work();
    let after = COUNTS.get();
    let counts = Counts {
        allocations: after.allocations - before.allocations,
        live: after.live - before.live,
        peak: after.peak - before.live,
    };
    (result, counts)
}

/// Runs `work` without counting its allocations.
pub fn uncounted<T>(work: impl FnOnce() -> T) -> T {
    let before = COUNTS.get();
    let result = work();
    COUNTS.set(before);
    result
}

fn add(allocations: u64, bytes: i64) {
    // A thread that ends can allocate after its thread-local counts were destroyed.
    let _ = COUNTS.try_with(|counts| {
        let Counts { allocations: so_far, live, peak } = counts.get();
        let live = live + bytes;
        counts.set(Counts { allocations: so_far + allocations, live, peak: peak.max(live) });
    });
}

// SAFETY: every call is passed unchanged to the system allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(1, layout.size() as i64);
        // SAFETY: the caller upholds the contract of the same method.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        add(0, -(layout.size() as i64));
        // SAFETY: the caller upholds the contract of the same method.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add(1, size as i64 - layout.size() as i64);
        // SAFETY: the caller upholds the contract of the same method.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
