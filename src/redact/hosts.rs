//! Names of hosts in a log.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::index::Index;
use crate::wire::PmlStr;

/// The names of hosts and computers in a log, in lower case.
#[derive(Default)]
pub(super) struct Hosts {
    computers: BTreeSet<String>,
    hosts: BTreeSet<String>,
}

/// The names of servers in network paths, and in the hosts table, that are the same on every computer.
const COMMON: [&str; 6] = ["localhost", ".", "?", "tsclient", "wsl$", "wsl.localhost"];

impl Hosts {
    /// Collects names from the tables of a log.
    pub(super) fn collect_from_tables(&mut self, index: &Index) {
        let computer = &index.system().computer_name;
        if !computer.is_empty() {
            self.computers.insert(computer.to_lowercase());
        }
        index.hosts().iter().for_each(|host| self.add(&host.name));
        for process in index.processes() {
            self.collect_from_text(process.image_path());
        }
    }

    /// Collects the server of a network path. Runs for every event.
    pub(super) fn collect_from_path(&mut self, path: PmlStr<'_>) {
        if path.strip_prefix_ignore_case(SERVER).is_some() {
            self.collect_from_text(&path.to_str_lossy());
        }
    }

    fn collect_from_text(&mut self, path: &str) {
        if let Some(rest) = path.strip_prefix(SERVER) {
            // A WebDAV path has the port after the name: `\\server@SSL@443\share`.
            let name = rest.split(['\\', '@']).next().unwrap_or_default();
            self.add(name);
        }
    }

    fn add(&mut self, name: &str) {
        const LONGEST: usize = 255;
        let name = name.trim_end_matches('.').to_lowercase();
        let is_name = (2..=LONGEST).contains(&name.len())
            && !name.contains(|c: char| c.is_whitespace() || c.is_control() || r#"\/:*?"<>|;,"#.contains(c));
        if is_name && !COMMON.contains(&name.as_str()) && name.parse::<IpAddr>().is_err() {
            self.hosts.insert(name);
        }
    }

    /// Returns the names with their replacements, longer names first: a name can begin with the name of the computer.
    pub(super) fn replacements(&self) -> Vec<(String, String)> {
        let computers = self.computers.iter().zip(1..).map(|(name, n)| (name.clone(), format!("computer{n}")));
        let hosts = self.hosts.difference(&self.computers).zip(1..);
        let hosts = hosts.map(|(name, n)| (name.clone(), format!("host{n}")));
        let mut found: Vec<_> = computers.chain(hosts).collect();
        found.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        found
    }
}

/// The beginning of a network path.
const SERVER: &str = r"\\";
