//! The modules of one crate, from its root file down: their files, and the meaning of the names in them.

use std::collections::{BTreeMap, HashMap};

use syn::visit::Visit;
use syn::{Attribute, Expr, Item, ItemMod, Lit, Meta};

use super::paths::{Named, Paths, word};
use crate::tidy::file::{File, folder_of, join};

/// One module. The file of an inline module is the file of its parent.
pub(super) struct Module {
    pub(super) parent: Option<ModuleId>,
    pub(super) file: String,
    /// A name can have several meanings at once, such as a module and a function.
    pub(super) names: HashMap<String, Vec<Meaning>>,
    /// The modules whose names are all imported (`use a::*`).
    pub(super) globs: Vec<Vec<String>>,
    /// The paths that the module's code names.
    pub(super) named: Vec<Named>,
    /// Whether a macro defines items in this module. Their names are unknown.
    pub(super) generated: bool,
    /// The folder of the child modules' files, with `/` at the end.
    folder: String,
}

pub(super) type ModuleId = usize;

#[derive(Clone, Debug)]
pub(super) enum Meaning {
    /// The name is defined here: a type, a function, a constant and so on.
    Item,
    /// The name is a macro that is defined here. Child modules can call it without `use`.
    Macro,
    Module(ModuleId),
    /// The name is imported by `use`, from this path.
    Brought(Vec<String>),
}

/// A file that is not valid Rust, and the reason.
pub(super) struct Unreadable {
    pub(super) path: String,
    pub(super) error: syn::Error,
}

/// Reads the modules of a crate, without modules and items under `#[cfg(test)]` and modules called `tests`.
pub(super) fn read(root: &str, files: &BTreeMap<&str, &File>) -> Result<Vec<Module>, Unreadable> {
    let folder = folder_of(root).to_owned();
    let mut reader = Reader {
        files,
        modules: Vec::new(),
    };
    reader.file(root, folder, None)?;
    Ok(reader.modules)
}

struct Reader<'a> {
    files: &'a BTreeMap<&'a str, &'a File>,
    modules: Vec<Module>,
}

impl Reader<'_> {
    fn file(
        &mut self,
        path: &str,
        folder: String,
        parent: Option<ModuleId>,
    ) -> Result<Option<ModuleId>, Unreadable> {
        let Some(file) = self.files.get(path) else {
            return Ok(None); // The build creates this file, or cargo reports that it is missing.
        };
        let parsed = syn::parse_file(&file.text).map_err(|error| Unreadable {
            path: path.to_owned(),
            error,
        })?;
        self.module(file, folder, parent, &parsed.items).map(Some)
    }

    fn module(
        &mut self,
        file: &File,
        folder: String,
        parent: Option<ModuleId>,
        items: &[Item],
    ) -> Result<ModuleId, Unreadable> {
        let id = self.modules.len();
        self.modules.push(Module::new(parent, &file.path, folder));
        let Some(rust) = &file.rust else {
            return Ok(id); // `#[path]` names a file that is not Rust. Cargo reports it.
        };
        let mut paths = Paths::new(rust);
        for item in items {
            match item {
                Item::Mod(child) if child.ident == "tests" => {}
                Item::Mod(child) if rust.is_test(child.ident.span().byte_range().start) => {}
                Item::Mod(child) => self.child(file, id, child)?,
                item => {
                    self.modules[id].note(item);
                    paths.visit_item(item);
                }
            }
        }
        self.modules[id].take(paths);
        Ok(id)
    }

    fn child(&mut self, file: &File, parent: ModuleId, item: &ItemMod) -> Result<(), Unreadable> {
        let name = word(&item.ident);
        let folder = self.modules[parent].folder.clone();
        let inside = format!("{folder}{name}/");
        let found = if let Some((_, items)) = &item.content {
            Some(self.module(file, inside, Some(parent), items)?)
        } else if let Some(path) = path_attribute(&item.attrs) {
            let path = join(folder_of(&file.path), &path);
            let inside = folder_of(&path).to_owned();
            self.file(&path, inside, Some(parent))?
        } else {
            let beside = format!("{folder}{name}.rs");
            let own = format!("{inside}mod.rs");
            let path = if self.files.contains_key(beside.as_str()) {
                beside
            } else {
                own
            };
            self.file(&path, inside, Some(parent))?
        };
        if let Some(child) = found {
            self.modules[parent].define(Some(name), Meaning::Module(child));
        }
        Ok(())
    }
}

impl Module {
    fn new(parent: Option<ModuleId>, file: &str, folder: String) -> Self {
        Self {
            parent,
            file: file.to_owned(),
            names: HashMap::new(),
            globs: Vec::new(),
            named: Vec::new(),
            generated: false,
            folder,
        }
    }

    /// Records the names that an item defines.
    fn note(&mut self, item: &Item) {
        self.generated |= matches!(item, Item::Macro(call) if call.ident.is_none());
        let meaning = match item {
            Item::Macro(_) => Meaning::Macro,
            _ => Meaning::Item,
        };
        self.define(defined(item), meaning);
    }

    fn define(&mut self, name: Option<String>, meaning: Meaning) {
        if let Some(name) = name {
            self.names.entry(name).or_default().push(meaning);
        }
    }

    fn take(&mut self, paths: Paths<'_>) {
        self.named = paths.named;
        for brought in paths.brought {
            match brought.name {
                Some(name) => self.define(Some(name), Meaning::Brought(brought.segments)),
                None => self.globs.push(brought.segments),
            }
        }
    }
}

/// Returns the name that an item defines; `None` for a `use` or an `impl`.
fn defined(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(word(ident))
}

/// Returns the text of `#[path = "..."]`.
fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|one| one.path().is_ident("path"))?;
    let Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    match &pair.value {
        Expr::Lit(value) => match &value.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
