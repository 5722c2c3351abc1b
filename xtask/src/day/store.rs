//! Where a service keeps its data.

/// A store: its folder on the machine, and its database if that is PostgreSQL's.
pub(super) struct Store {
    folder: &'static str,
    url: Option<String>,
}

impl Store {
    pub(super) fn new(folder: &'static str, url: Option<String>) -> Self {
        Self { folder, url }
    }

    pub(super) fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Returns the settings that lead to this store.
    pub(super) fn environment(&self) -> Vec<(String, String)> {
        let folder = ("HEDDLE_STORE__DATA".to_owned(), self.folder.to_owned());
        let url = self
            .url
            .clone()
            .map(|url| ("HEDDLE_STORE__URL".to_owned(), url));
        [folder].into_iter().chain(url).collect()
    }
}
