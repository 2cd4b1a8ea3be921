//! Names as people write them.

/// What counts of a name when it is looked up: not its case, not the white space around it.
pub(crate) fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

/// A few of many, for a message.
pub(crate) fn some_of(names: impl Iterator<Item = String>) -> String {
    const MOST: usize = 8;
    let mut names: Vec<_> = names.collect();
    if names.is_empty() {
        return "none".to_owned();
    }
    let more = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    let few = names.join(", ");
    if more > 0 { format!("{few}, and {more} more") } else { few }
}

/// The names that `wanted` may have meant, the likeliest first.
pub(crate) fn near<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    const ALIKE: f64 = 0.75;
    const MOST: usize = 3;
    let wanted = fold(wanted);
    let likeness = |name: &str| {
        let name = fold(name);
        let part =
            !wanted.is_empty() && (name.contains(&wanted) || !name.is_empty() && wanted.contains(&name));
        strsim::jaro_winkler(&wanted, &name).max(if part { ALIKE } else { 0.0 })
    };
    let mut alike: Vec<_> = names.map(|name| (likeness(name), name)).filter(|(it, _)| *it >= ALIKE).collect();
    alike.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let mut nearest: Vec<String> = Vec::new();
    for (_, name) in alike {
        if nearest.len() < MOST && !nearest.iter().any(|known| known == name) {
            nearest.push(name.to_owned());
        }
    }
    nearest
}
