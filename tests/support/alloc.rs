//! An allocator that counts for each thread, so that tests that run side by side do not disturb each other.
//!
//! ```ignore
//! #[global_allocator]
//! static ALLOCATOR: alloc::Counting = alloc::Counting;
//! ```

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, counted.
pub struct Counting;

thread_local! {
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { allocations: 0, live: 0, peak: 0 }) };
}

/// What a thread has allocated.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    pub allocations: u64,
    /// Bytes that are in use; negative if others' were given back.
    pub live: i64,
    /// The most bytes that were in use at a time.
    pub peak: i64,
}

/// Runs `work` and tells how often it allocated and how many bytes it had in use at most.
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

/// Runs `work` without counting what it allocates.
pub fn uncounted<T>(work: impl FnOnce() -> T) -> T {
    let before = COUNTS.get();
    let result = work();
    COUNTS.set(before);
    result
}

fn add(allocations: u64, bytes: i64) {
    // A thread that ends allocates after its counts are gone.
    let _ = COUNTS.try_with(|counts| {
        let Counts { allocations: so_far, live, peak } = counts.get();
        let live = live + bytes;
        counts.set(Counts { allocations: so_far + allocations, live, peak: peak.max(live) });
    });
}

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(1, layout.size() as i64);
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        add(0, -(layout.size() as i64));
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add(1, size as i64 - layout.size() as i64);
        // SAFETY: as the caller promised.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
