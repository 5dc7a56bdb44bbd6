//! Finds the name that a misspelled one most likely stands for.

/// Returns the name that is most similar to a misspelled one, for messages; `None` if no name is similar.
///
/// A name is similar if at most a third of the characters differ, and no more than three, or if it contains at least
/// five characters that were given. ASCII case is ignored. Parsers of queries and [`Filter::lint`](crate::Filter::lint)
/// suggest names by this function.
///
/// ```
/// use procmon_parser::Column;
/// use procmon_parser::filter::most_similar;
///
/// let titles = || Column::ALL.iter().filter_map(|column| column.name());
/// assert_eq!(most_similar("proces nmae", titles()), Some("Process Name"));
/// assert_eq!(most_similar("petals", titles()), None);
/// ```
#[must_use]
pub fn most_similar<'n>(value: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    const LONGEST: usize = 64;
    const SHORTEST_PART: usize = 5;
    if value.is_empty() || value.len() > LONGEST {
        return None;
    }
    let value = value.to_ascii_lowercase();
    let max_distance = (value.chars().count() / 3).min(3);
    let distance = |name: &str| {
        let name = name.to_ascii_lowercase();
        if name.len().abs_diff(value.len()) <= max_distance {
            strsim::osa_distance(&value, &name)
        } else if value.len() >= SHORTEST_PART && name.contains(&value) {
            max_distance
        } else {
            usize::MAX
        }
    };
    let distances = names.into_iter().map(|name| (name, distance(name)));
    distances
        .filter(|&(_, distance)| distance <= max_distance)
        .min_by_key(|&(_, distance)| distance)
        .map(|(name, _)| name)
}
