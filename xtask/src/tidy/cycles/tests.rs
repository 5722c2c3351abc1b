use super::*;

const MANIFEST: (&str, &str) = ("crates/a/Cargo.toml", "[package]\nname = 'a'");

/// Returns the violations of a crate with these files below `src/`.
fn said(files: &[(&str, &str)]) -> Vec<String> {
    let paths: Vec<(String, &str)> = files
        .iter()
        .map(|(path, text)| (format!("crates/a/src/{path}"), *text))
        .collect();
    let files: Vec<(&str, &str)> = paths
        .iter()
        .map(|(path, text)| (path.as_str(), *text))
        .chain([MANIFEST])
        .collect();
    let violations = check(&Project::of(&files));
    violations.iter().map(ToString::to_string).collect()
}

#[test]
fn two_files_that_import_each_other_are_a_cycle() {
    let said = said(&[
        ("lib.rs", "mod x;\nmod y;"),
        ("x.rs", "use crate::y::Y;\npub struct X(Y);"),
        ("y.rs", "\npub struct Y;\nfn f() { super::x::X::new() }"),
    ]);
    assert_eq!(
        said,
        [
            "crates/a/src/x.rs:1: an import cycle: `crate::y::Y` is in crates/a/src/y.rs, \
             which imports `super::x::X::new` of crates/a/src/x.rs in line 3"
        ]
    );
}

#[test]
fn imports_that_point_one_way_are_fine() {
    let files = [
        ("lib.rs", "mod x;\nmod y;\npub use y::Y;"),
        ("x.rs", "pub struct X;"),
        ("y.rs", "mod z;\npub use z::Z;\npub struct Y;"),
        ("y/z.rs", "use crate::x;\npub struct Z(x::X);"),
    ];
    assert!(said(&files).is_empty());
}

#[test]
fn a_parent_and_child_that_import_each_other_are_a_cycle() {
    let child = ("x/y.rs", "use super::X;\npub struct Y(X);");
    let exported = [
        ("lib.rs", "mod x;"),
        ("x.rs", "mod y;\npub use y::Y;\npub struct X;"),
        child,
    ];
    assert_eq!(said(&exported).len(), 1);
    let declared = [
        ("lib.rs", "mod x;"),
        ("x.rs", "mod y;\npub struct X;"),
        child,
    ];
    assert!(said(&declared).is_empty());
}

#[test]
fn a_path_through_a_re_export_leads_to_the_file_that_defines() {
    // The file y uses Z through x, and x uses y. That is no cycle, because Z is not defined in x.
    let files = [
        ("lib.rs", "mod x;\nmod y;\nmod z;"),
        (
            "x.rs",
            "pub use crate::z::Z;\nuse crate::y::Y;\nstruct X(Y);",
        ),
        ("y.rs", "pub struct Y(crate::x::Z);"),
        ("z.rs", "pub struct Z;"),
    ];
    assert!(said(&files).is_empty());
    let with_z = "use crate::y::Y;\npub struct Z(Y);";
    let cycle = said(&[files[0], files[1], files[2], ("z.rs", with_z)]);
    assert_eq!(cycle.len(), 1);
    assert!(cycle[0].starts_with("crates/a/src/y.rs:1: "), "{cycle:?}");
}

#[test]
fn a_name_imported_by_a_module_is_followed() {
    let files = [
        ("lib.rs", "mod x;\nmod y;"),
        ("x.rs", "use crate::y;\npub struct X;\nfn f() { y::g() }"),
        ("y.rs", "use crate::x as other;\npub fn g() -> other::X {}"),
    ];
    assert_eq!(said(&files).len(), 1);
    let unused = ("x.rs", "use crate::y;\npub struct X;");
    assert!(said(&[files[0], unused, files[2]]).is_empty());
}

#[test]
fn all_names_of_a_module_and_names_made_by_macros_are_followed() {
    let files = [
        ("lib.rs", "mod x;\nmod y;"),
        ("x.rs", "use crate::y::*;\npub struct X(Y);"),
        ("y.rs", "pub struct Y(crate::x::X);"),
    ];
    assert_eq!(said(&files).len(), 1);
    let made = ("y.rs", "make! { Y }\nfn f() -> crate::x::X {}");
    let named = ("x.rs", "pub struct X(crate::y::Y);");
    assert_eq!(said(&[files[0], named, made]).len(), 1);
}

#[test]
fn a_macro_of_the_parent_is_imported_by_calling_it() {
    let files = [
        (
            "lib.rs",
            "macro_rules! m { () => {} }\nmod x;\nfn f() -> x::X {}",
        ),
        ("x.rs", "m!();\npub struct X;"),
    ];
    assert_eq!(said(&files).len(), 1);
    let foreign = ("lib.rs", "use a::m;\nmod x;\nfn f() -> x::X {}");
    assert!(said(&[foreign, ("x.rs", "use a::m;\nm!();\npub struct X;")]).is_empty());
}

#[test]
fn tests_may_import_everything() {
    let files = [
        ("lib.rs", "mod x;\npub fn f() -> x::X { }"),
        (
            "x.rs",
            "pub struct X;\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\nmod more { use crate::f; }",
        ),
        ("x/tests.rs", "use crate::f;"),
    ];
    assert!(said(&files).is_empty());
}

#[test]
fn inline_modules_belong_to_their_file() {
    let files = [
        ("lib.rs", "mod x;"),
        (
            "x.rs",
            "struct X;\nmod inner { pub struct I(super::X);\n mod y; }\nfn f() -> inner::I {}",
        ),
        ("x/inner/y.rs", "struct Y(super::I);"),
    ];
    assert!(said(&files).is_empty());
    let used = "struct X;\nmod inner { pub struct I; mod y; pub use y::Y; }";
    assert_eq!(said(&[files[0], ("x.rs", used), files[2]]).len(), 1);
}

#[test]
fn programs_beside_the_library_are_read_too() {
    let files = [
        ("bin/p.rs", "mod x;\nstruct P;\nfn f() -> x::X {}"),
        ("bin/x.rs", "pub struct X(crate::P);"),
    ];
    assert_eq!(said(&files).len(), 1);
}

#[test]
fn a_file_that_is_not_rust_is_reported() {
    let said = said(&[("lib.rs", "mod x;"), ("x.rs", "\nstruct {")]);
    assert!(
        said[0].starts_with("crates/a/src/x.rs:2: cannot be read: "),
        "{said:?}"
    );
}

#[test]
fn the_report_lists_every_cycle_of_a_group() {
    let files = [
        MANIFEST,
        ("crates/a/src/lib.rs", "mod x;\nmod y;\nmod z;"),
        ("crates/a/src/x.rs", "pub struct X(crate::y::Y);"),
        (
            "crates/a/src/y.rs",
            "pub struct Y(crate::x::X, crate::z::Z);",
        ),
        ("crates/a/src/z.rs", "pub struct Z(crate::y::Y);"),
    ];
    let report = report(&Project::of(&files));
    assert!(
        report.starts_with("a: 3 files import each other\n  x.rs y.rs z.rs\n"),
        "{report}"
    );
    assert_eq!(report.matches("cycle of 2:").count(), 2, "{report}");
    assert!(
        report.contains("    crates/a/src/z.rs:1 `crate::y::Y` -> y.rs\n"),
        "{report}"
    );
}
