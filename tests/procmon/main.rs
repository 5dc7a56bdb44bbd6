//! Comparisons with Procmon's own output, and laws that hold for every log.
//!
//! The tests use the logs of this repository and, if present, those of the comparison data: see [`suite`].

#[path = "../support/mod.rs"]
mod support;

mod data;
mod logs;
mod suite;

mod analysis_tables;
mod analysis_trees;
mod attack_saves;
mod conformance;
mod corpus;
mod encode;
mod filter;
mod hostile;
#[cfg(feature = "jsonl")]
mod json;
mod laws;
mod locales;
mod no_alloc;
mod oracle;
#[cfg(feature = "rayon")]
mod parallel;
mod pipeline;
mod pmc;
mod queries;
mod quirks;
mod redact;
mod salvage;
mod stacks;
mod stream;
mod summary;
mod tables;
mod write;
mod xml;

/// Counts the allocations of each thread separately; only some tests use the counts.
#[global_allocator]
static ALLOCATOR: support::alloc::Counting = support::alloc::Counting;

fn main() -> std::process::ExitCode {
    let mut suite = suite::Suite::default();
    for add_to in [
        analysis_tables::add_to,
        analysis_trees::add_to,
        attack_saves::add_to,
        conformance::add_to,
        corpus::add_to,
        encode::add_to,
        filter::add_to,
        hostile::add_to,
        #[cfg(feature = "jsonl")]
        json::add_to,
        laws::add_to,
        locales::add_to,
        no_alloc::add_to,
        queries::add_to,
        quirks::add_to,
        oracle::add_to,
        #[cfg(feature = "rayon")]
        parallel::add_to,
        pipeline::add_to,
        pmc::add_to,
        redact::add_to,
        salvage::add_to,
        stacks::add_to,
        stream::add_to,
        summary::add_to,
        tables::add_to,
        write::add_to,
        xml::add_to,
    ] {
        add_to(&mut suite);
    }
    suite.run()
}
