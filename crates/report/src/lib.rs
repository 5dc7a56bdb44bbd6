//! Reports on logs of Process Monitor, as one HTML page that opens offline.
//!
//! The scripts and styles of the page are built from `web`, see `web/README.md`.
