//! Texts that other data refer to by index.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// Texts, each stored once. Their indexes are in the order of their first use.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    indexes: HashMap<Box<str>, usize, RandomState>,
    bytes: usize,
}

impl Texts {
    /// Returns the index of a text. Adds the text if it is new.
    pub(crate) fn index_of(&mut self, text: &str) -> usize {
        if let Some(&index) = self.indexes.get(text) {
            return index;
        }
        self.bytes += text.len();
        let index = self.indexes.len();
        self.indexes.insert(text.into(), index);
        index
    }

    /// Returns the total size of all texts that were added, in bytes, including those that were removed.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Removes and returns the texts, in the order of their indexes.
    pub(crate) fn take(&mut self) -> Vec<Box<str>> {
        let mut texts: Vec<_> = std::mem::take(&mut self.indexes).into_iter().collect();
        texts.sort_unstable_by_key(|(_, index)| *index);
        texts.into_iter().map(|(text, _)| text).collect()
    }

    /// Removes the texts, and returns them as a JSON array.
    pub(crate) fn take_json(&mut self) -> Vec<u8> {
        serde_json::to_vec(&self.take()).unwrap_or_default() // texts cannot fail to serialize
    }

    /// Removes the texts, which must be JSON values, and returns a JSON array of these values.
    pub(crate) fn take_json_values(&mut self) -> Vec<u8> {
        format!("[{}]", self.take().join(",")).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::Texts;

    #[test]
    fn each_text_is_stored_once() {
        let mut texts = Texts::default();
        assert_eq!(["b", "a", "b", ""].map(|text| texts.index_of(text)), [0, 1, 0, 2]);
        assert_eq!(texts.bytes(), 2);
        assert_eq!(texts.take_json(), br#"["b","a",""]"#);
        assert_eq!((texts.index_of("{}"), texts.index_of("1"), texts.bytes()), (0, 1, 5));
        assert_eq!(texts.take_json_values(), b"[{},1]");
    }
}
