//! Finds the name that a misspelled one most likely stands for.

/// Returns the name that is most similar to a value, or that contains it, without regard to ASCII case; `None` if there
/// is no such name.
pub(super) fn most_similar<'n>(value: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    const LONGEST: usize = 64;
    const SHORTEST_PART: usize = 5;
    if value.is_empty() || value.len() > LONGEST {
        return None;
    }
    let value = value.to_ascii_lowercase();
    let most = (value.chars().count() / 3).min(3);
    let distance = |name: &str| {
        let name = name.to_ascii_lowercase();
        if name.len().abs_diff(value.len()) <= most {
            strsim::osa_distance(&value, &name)
        } else if value.len() >= SHORTEST_PART && name.contains(&value) {
            most
        } else {
            usize::MAX
        }
    };
    let distances = names.into_iter().map(|name| (name, distance(name)));
    distances.filter(|&(_, distance)| distance <= most).min_by_key(|&(_, distance)| distance).map(|(name, _)| name)
}
