//! Keyset pages: a page begins after the last row of the one before, so that the thousandth costs what the first does.

use serde::{Serialize, de::DeserializeOwned};

/// Which rows are wanted.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// The cursor of the page before; nothing for the first page.
    pub after: Option<String>,
    /// How many rows a page has.
    pub size: usize,
}

impl PageRequest {
    /// The most rows that a page may have.
    pub const MOST: usize = 200;

    /// The first page of the usual size.
    pub const fn first() -> Self {
        Self { after: None, size: 50 }
    }

    /// The page after this cursor, of the usual size.
    pub fn after(cursor: Option<String>) -> Self {
        Self { after: cursor.filter(|cursor| !cursor.is_empty()), size: 50 }
    }

    /// The key to begin after. A cursor that is not ours begins from the start: it came from an address that anybody can edit.
    pub(crate) fn key<K: DeserializeOwned>(&self) -> Option<K> {
        // Postgres takes no NUL into a text.
        let cursor = self.after.as_deref().filter(|cursor| !cursor.contains("\\u0000"))?;
        serde_json::from_str(cursor).ok()
    }

    /// How many rows to ask for: one more than are shown tells whether there is a next page.
    pub(crate) fn limit(&self) -> i64 {
        i64::try_from(self.size.clamp(1, Self::MOST) + 1).unwrap_or(i64::MAX)
    }

    /// Makes a page of the rows that [`Self::limit`] brought.
    pub(crate) fn page<T, K: Serialize>(&self, mut items: Vec<T>, key: impl Fn(&T) -> K) -> Page<T> {
        let size = self.size.clamp(1, Self::MOST);
        let more = items.len() > size;
        items.truncate(size);
        let next = items.last().filter(|_| more).and_then(|last| serde_json::to_string(&key(last)).ok());
        Page { items, next }
    }
}

/// Some rows, and where the next begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The cursor of the next page; nothing on the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The same page of other things.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};
    use proptest::prelude::*;
    use uuid::Uuid;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

        #[test]
        fn any_cursor_is_a_key_or_the_beginning(cursor in prop_oneof![any::<String>(), "[\\[\\]\",0-9a-fTZ:+-]{0,80}"]) {
            let page = PageRequest::after(Some(cursor));
            let _text = page.key::<(String, Uuid)>();
            let _number = page.key::<(i64, Uuid)>();
            let _moment = page.key::<(DateTime<Utc>, Uuid)>();
        }

        #[test]
        fn a_cursor_is_read_as_it_was_written(name in "[^\0]{0,80}", number: i64) {
            let request = PageRequest { after: None, size: 1 };
            let page = request.page(vec![(name.clone(), number), (String::new(), 0)], Clone::clone);
            prop_assert_eq!(PageRequest::after(page.next).key::<(String, i64)>(), Some((name, number)));
        }
    }
}
