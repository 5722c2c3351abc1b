//! The paths that a piece of code names: in imports, types, expressions, attributes and macro arguments.

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, LitStr, Macro, Meta, Path, UseTree, Visibility};

use crate::tidy::rust::Rust;

/// A path in the code, with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) segments: Vec<String>,
    pub(super) line: usize,
    pub(super) how: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// The path is in a `use`. Importing a module itself does not need the module's content yet.
    Import,
    /// The path is in a type, an expression, a pattern or an attribute.
    Mention,
    /// The path is the name of a called macro.
    Call,
}

/// A name that a `use` brings into scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Brought {
    /// The imported name; `None` for `*`.
    pub(super) name: Option<String>,
    pub(super) segments: Vec<String>,
}

/// Collects the paths of items, except under `#[cfg(test)]`.
pub(super) struct Paths<'a> {
    rust: &'a Rust,
    pub(super) named: Vec<Named>,
    pub(super) brought: Vec<Brought>,
}

impl<'a> Paths<'a> {
    pub(super) fn new(rust: &'a Rust) -> Self {
        Self {
            rust,
            named: Vec::new(),
            brought: Vec::new(),
        }
    }

    fn name(&mut self, segments: Vec<String>, span: Span, how: How) {
        if !self.rust.is_test(span.byte_range().start) {
            let line = span.start().line;
            self.named.push(Named {
                segments,
                line,
                how,
            });
        }
    }

    fn path(&mut self, path: &Path, how: How) {
        if let (None, Some(first)) = (&path.leading_colon, path.segments.first()) {
            let names = path.segments.iter().map(|one| word(&one.ident)).collect();
            self.name(names, first.ident.span(), how);
        }
    }

    fn import(&mut self, tree: &UseTree, before: &[String]) {
        let with = |ident: &Ident| {
            let itself = ident == "self" && !before.is_empty();
            let last = (!itself).then(|| word(ident));
            before.iter().cloned().chain(last).collect::<Vec<_>>()
        };
        match tree {
            UseTree::Path(part) => self.import(&part.tree, &with(&part.ident)),
            UseTree::Group(group) => group.items.iter().for_each(|one| self.import(one, before)),
            UseTree::Name(name) => self.bring(with(&name.ident), None, name.ident.span()),
            UseTree::Rename(name) => {
                self.bring(
                    with(&name.ident),
                    Some(word(&name.rename)),
                    name.ident.span(),
                );
            }
            UseTree::Glob(glob) => {
                let span = glob.star_token.spans[0];
                self.name(before.to_vec(), span, How::Import);
                self.brought.push(Brought {
                    name: None,
                    segments: before.to_vec(),
                });
            }
        }
    }

    fn bring(&mut self, segments: Vec<String>, rename: Option<String>, span: Span) {
        let name = rename.or_else(|| segments.last().cloned());
        self.brought.push(Brought {
            name,
            segments: segments.clone(),
        });
        self.name(segments, span, How::Import);
    }

    /// Collects the paths among the tokens of a macro or an attribute. The tokens are not parsed, but `a::b` among them
    /// counts as a path.
    fn scan(&mut self, tokens: TokenStream, texts: bool) {
        let mut run: Vec<Ident> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                TokenTree::Ident(ident) if colons == 2 && !run.is_empty() => {
                    run.push(ident);
                    colons = 0;
                }
                other => {
                    self.end_of(&mut run);
                    colons = 0;
                    match other {
                        TokenTree::Ident(ident) => run.push(ident),
                        TokenTree::Group(group) => self.scan(group.stream(), texts),
                        TokenTree::Literal(text) if texts => self.path_in_text(&text),
                        _ => {}
                    }
                }
            }
        }
        self.end_of(&mut run);
    }

    fn end_of(&mut self, run: &mut Vec<Ident>) {
        if let [first, _, ..] = run.as_slice() {
            let span = first.span();
            self.name(run.iter().map(word).collect(), span, How::Mention);
        }
        run.clear();
    }

    /// Collects the path in a string, as in `#[serde(with = "crate::time")]`.
    fn path_in_text(&mut self, text: &Literal) {
        let token = TokenTree::Literal(text.clone()).into();
        let path = syn::parse2::<LitStr>(token).and_then(|text| text.parse::<Path>());
        if let Ok(path) = path.map(|path| path.segments)
            && path.len() > 1
        {
            let names = path.iter().map(|one| word(&one.ident)).collect();
            self.name(names, text.span(), How::Mention);
        }
    }
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.import(&item.tree, &[]);
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        self.path(path, How::Mention);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.path(&call.path, How::Call);
        self.scan(call.tokens.clone(), false);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.scan(list.tokens.clone(), true);
        }
    }

    // Does nothing, because the path in `pub(in path)` restricts visibility and is not an import.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    // Does nothing, because the caller visits child modules itself.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}
}

/// Returns the name of an identifier. For `r#type` it is `type`.
pub(super) fn word(ident: &Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> (Vec<String>, Vec<Brought>) {
        let rust = Rust::read(source);
        let mut paths = Paths::new(&rust);
        paths.visit_file(&syn::parse_file(source).expect("Rust"));
        let named = paths.named.iter();
        let named = named
            .filter(|one| one.segments.len() > 1)
            .map(|one| format!("{} {}", one.line, one.segments.join("::")));
        (named.collect(), paths.brought)
    }

    #[test]
    fn every_name_of_an_import_is_a_path() {
        let (named, brought) =
            read("use crate::{a::{self, B}, c::D as E,\n f::*};\nuse ::std::fs;");
        assert_eq!(
            named,
            ["1 crate::a", "1 crate::a::B", "1 crate::c::D", "2 crate::f"]
        );
        let names: Vec<_> = brought.iter().map(|one| one.name.as_deref()).collect();
        assert_eq!(names, [Some("a"), Some("B"), Some("E"), None]);
    }

    #[test]
    fn types_expressions_and_patterns_are_read() {
        let source = "fn f(x: a::B<c::D>) -> impl e::F {\n match x { g::H(_) => i::j::<k::L>() }\n}\nimpl m::N for O {}";
        let (named, _) = read(source);
        assert_eq!(
            named,
            [
                "1 a::B", "1 c::D", "1 e::F", "2 g::H", "2 i::j", "2 k::L", "4 m::N"
            ]
        );
    }

    #[test]
    fn macros_and_attributes_are_searched() {
        let source = "#[serde(with = \"a::b\", rename = \"x\")]\nstruct S;\nfn f() { say!(\"{}\", [c::D]: e); }\nmacro_rules! m { () => { $crate::g::H } }";
        let (named, _) = read(source);
        assert_eq!(named, ["1 a::b", "3 c::D", "4 crate::g::H"]);
    }

    #[test]
    fn tests_and_visibilities_are_not_imports() {
        let source = "pub(in crate::a) struct S;\n#[cfg(test)]\nuse crate::b::C;\nimpl S {\n#[cfg(test)]\nfn f() { d::e() }\n}";
        assert!(read(source).0.is_empty());
    }
}
