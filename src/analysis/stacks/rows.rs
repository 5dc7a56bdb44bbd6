//! The rows of a call tree.

use std::fmt;

use super::nodes::{Node, Nodes, Tally};
use super::view::StackTree;
use crate::index::file_name;
use crate::wire::Ticks;

/// The kind of a [`StackRow`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum StackRowKind {
    /// All events.
    All,
    /// A process.
    Process,
    /// A frame.
    Frame,
    /// The children of the parent row that are left out because of a limit or a threshold.
    Omitted,
}

/// A row of a call tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct StackRow<'s> {
    /// The depth: 0 for all events, 1 for a process, 2 for an outermost frame.
    pub depth: u32,
    /// The kind of row.
    pub kind: StackRowKind,
    /// The name of the process, or the file name of the module; `<All>`, `<unknown>` or `<omitted>`.
    pub name: &'s str,
    /// The path of the image or of the module; `<All>`, `<unknown>` or `<omitted>`.
    pub path: &'s str,
    /// The PID of a process.
    pub pid: Option<u32>,
    /// The [group](super::StackSummary::add_to_group) of the events of a process. `None` for other rows, and if no event
    /// was added to a group.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub group: Option<u32>,
    /// The offset of a frame in its module, or its address if the module is unknown; `None` for other rows, and if only
    /// modules are distinguished.
    pub offset: Option<u64>,
    /// The number of events whose stack goes through this row.
    pub count: u64,
    /// The sum of the durations of these events. Like Procmon's, it wraps on overflow.
    pub time: Ticks,
    /// The number of events whose stack ends here.
    pub self_count: u64,
    /// The sum of the durations of the events whose stack ends here.
    pub self_time: Ticks,
}

impl<'s> StackTree<'s> {
    /// Returns the rows of the tree, each before its children.
    #[must_use]
    pub fn rows(&self) -> StackRows<'_, 's> {
        self.rows_above(0, Ticks(0))
    }

    /// Returns the rows with at least this number of events and at least this time. Other rows are left out with all
    /// rows below them, and an [omitted](StackRowKind::Omitted) row has their sum.
    #[must_use]
    pub fn rows_above(&self, count: u64, time: Ticks) -> StackRows<'_, 's> {
        StackRows::new(self, Tally { count, time: time.0 })
    }
}

/// The location of a row, written by `Display`.
#[derive(Clone, Copy, Debug)]
struct Location<'r, 's>(&'r StackRow<'s>);

/// A string followed by the PID of a process.
#[derive(Clone, Copy, Debug)]
struct WithPid<'s>(&'s str, Option<u32>);

impl<'s> StackRow<'s> {
    /// Returns the location as in Procmon's column, such as `ntdll.dll + 0x1a2b` or the name of a process. A process
    /// without a name has the file name of its image and its PID.
    pub fn location(&self) -> impl fmt::Display + '_ {
        Location(self)
    }

    /// Returns Procmon's column Module.
    pub(super) fn module(&self) -> impl fmt::Display + 's {
        WithPid(file_name(self.path), self.pid)
    }

    /// Returns Procmon's column Offset.
    pub(super) fn offset_text(&self) -> String {
        match (self.kind, self.offset) {
            (StackRowKind::Frame, None) => String::new(),
            (_, offset) => format!("{:#x}", offset.unwrap_or_default()),
        }
    }

    /// Returns Procmon's column Path.
    pub(super) fn full_path(&self) -> impl fmt::Display + 's {
        WithPid(self.path, self.pid)
    }
}

/// Returns a string as Procmon's dialogs show it: up to its first NUL.
fn until_nul(text: &str) -> &str {
    text.split('\0').next().unwrap_or_default()
}

impl fmt::Display for WithPid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(until_nul(self.0))?;
        self.1.map_or(Ok(()), |pid| write!(f, "({pid})"))
    }
}

impl fmt::Display for Location<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(row) = self;
        match (row.kind, row.offset) {
            (StackRowKind::Process, _) if row.name.is_empty() => write!(f, "{} + 0x0", row.module()),
            (StackRowKind::Frame, Some(offset)) => write!(f, "{} + {offset:#x}", until_nul(row.name)),
            _ => f.write_str(until_nul(row.name)),
        }
    }
}

/// An iterator over the rows of a [`StackTree`].
#[derive(Debug)]
pub struct StackRows<'t, 's> {
    tree: &'t StackTree<'s>,
    /// The remaining rows, the next one last.
    left: Vec<Step>,
    /// The minimum count and time of a row.
    min: Tally,
}

/// A remaining row.
#[derive(Clone, Copy, Debug)]
enum Step {
    Node(u32),
    Omitted { depth: u32, sum: Tally },
}

impl<'t, 's> StackRows<'t, 's> {
    pub(super) fn new(tree: &'t StackTree<'s>, min: Tally) -> Self {
        Self { tree, left: vec![Step::Node(Nodes::ROOT)], min }
    }

    /// Adds the children of a node to the remaining rows.
    fn push_children(&mut self, number: u32, node: &Node) {
        let (tree, min) = (self.tree, self.min);
        let is_shown = |&&child: &&u32| {
            let total = tree.total(child);
            total.count >= min.count && total.time >= min.time
        };
        let mut omitted = node.cut;
        let children = tree.children_of(number);
        children.iter().filter(|child| !is_shown(child)).for_each(|&child| omitted.add(tree.total(child)));
        if omitted != Tally::default() {
            self.left.push(Step::Omitted { depth: node.depth + 1, sum: omitted });
        }
        self.left.extend(children.iter().rev().filter(is_shown).map(|&child| Step::Node(child)));
    }

    fn row(&self, number: u32, node: &Node) -> StackRow<'s> {
        let summary = self.tree.summary;
        let texts = summary.processes.texts();
        let Tally { count, time } = self.tree.total(number);
        let path = texts.text(node.spelling.path);
        let (kind, name, path) = match node.depth {
            0 => (StackRowKind::All, "<All>", "<All>"),
            1 => (StackRowKind::Process, texts.text(node.spelling.name), path),
            _ => (StackRowKind::Frame, file_name(path), path),
        };
        let has_offset = node.depth > 1 && !summary.modules_only;
        StackRow {
            depth: node.depth,
            kind,
            name,
            path,
            pid: u32::try_from(node.label.offset).ok().filter(|_| node.depth == 1),
            group: (summary.has_groups && node.depth == 1).then_some(node.label.group),
            offset: has_offset.then_some(node.label.offset),
            count,
            time: Ticks(time),
            self_count: node.own.count,
            self_time: Ticks(node.own.time),
        }
    }
}

fn omitted(depth: u32, sum: Tally) -> StackRow<'static> {
    StackRow {
        depth,
        kind: StackRowKind::Omitted,
        name: "<omitted>",
        path: "<omitted>",
        pid: None,
        group: None,
        offset: None,
        count: sum.count,
        time: Ticks(sum.time),
        self_count: sum.count,
        self_time: Ticks(sum.time),
    }
}

impl<'s> Iterator for StackRows<'_, 's> {
    type Item = StackRow<'s>;

    fn next(&mut self) -> Option<StackRow<'s>> {
        match self.left.pop()? {
            Step::Omitted { depth, sum } => Some(omitted(depth, sum)),
            Step::Node(number) => {
                let node = self.tree.node(number);
                self.push_children(number, &node);
                Some(self.row(number, &node))
            }
        }
    }
}

impl std::iter::FusedIterator for StackRows<'_, '_> {}
