//! A plot that was drawn.

/// A plot with the name of its file.
#[derive(Clone, Debug)]
pub(crate) struct Plot {
    pub(crate) file: String,
    /// What it shows.
    pub(crate) title: String,
    pub(crate) svg: String,
}

impl Plot {
    pub(super) fn new(file: String, title: &str, svg: String) -> Self {
        Self {
            file,
            title: title.to_owned(),
            svg,
        }
    }
}
