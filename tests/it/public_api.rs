//! The public interface of the library. `docs/public-api.txt` lists it, so that a diff shows every change.
//!
//! `UPDATE_API=1 cargo test --test it public_api` updates the list.
//!
//! The list is generated from the source. For an item that a macro declares, it has the rows of the macro's input; the
//! public items in the bodies of these macros have their own entries.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::Path;

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Fields, ImplItem, Item, Visibility};

use crate::source::{Source, Target, attributes, collect_imports, name_of};

const LIST: &str = "docs/public-api.txt";

/// The public interface of a crate.
struct PublicApi<'a> {
    source: &'a Source,
    /// The public paths of each item, the shortest first.
    paths: BTreeMap<Target, Vec<String>>,
    /// The items by their shortest public path.
    entries: BTreeMap<String, Entry>,
    /// The names of the macros that declare public items.
    macros: BTreeSet<String>,
}

/// An item in the list.
#[derive(Default)]
struct Entry {
    declaration: String,
    lines: BTreeSet<String>,
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Formats tokens with spaces approximately where rustfmt puts them.
fn text(tokens: impl ToTokens) -> String {
    const SPACES: [(&str, &str); 25] = [
        (" :: ", "::"),
        (":: ", "::"),
        (" ::", "::"),
        (" < ", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" <", "<"),
        ("& ", "&"),
        (" ,", ","),
        (",)", ")"),
        (" ;", ";"),
        (" :", ":"),
        ("( ", "("),
        (" )", ")"),
        (" (", "("),
        ("[ ", "["),
        (" ]", "]"),
        (" !", "!"),
        ("* ", "*"),
        (",>", ">"),
        (", )", ")"),
        ("->", "-> "),
        ("=(", "= ("),
        ("# [", "#["),
        ("? ", "?"),
    ];
    let mut literals = Vec::new();
    let mut text = with_placeholders(tokens.to_token_stream(), &mut literals).to_string();
    text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (from, to) in SPACES {
        text = text.replace(from, to);
    }
    // `mut` before an argument is not part of the signature.
    text = text.replace("->  ", "-> ").replace("(mut ", "(").replace(", mut ", ", ").trim_end_matches(',').to_owned();
    for (number, literal) in literals.iter().enumerate() {
        text = text.replace(&placeholder(number), literal);
    }
    text
}

fn placeholder(number: usize) -> String {
    format!("literal_{number}_")
}

/// Replaces literals with identifiers, so that the spaces in them are preserved.
fn with_placeholders(tokens: TokenStream, literals: &mut Vec<String>) -> TokenStream {
    let mut replace = |token| match token {
        TokenTree::Literal(literal) => {
            literals.push(literal.to_string());
            TokenTree::Ident(Ident::new(&placeholder(literals.len() - 1), literal.span()))
        }
        TokenTree::Group(group) => {
            TokenTree::Group(Group::new(group.delimiter(), with_placeholders(group.stream(), literals)))
        }
        other => other,
    };
    tokens.into_iter().map(&mut replace).collect()
}

/// Formats the attributes that belong to the interface (`cfg` and `non_exhaustive`).
fn conditions(attributes: &[syn::Attribute]) -> String {
    let is_shown =
        |attribute: &&syn::Attribute| attribute.path().is_ident("cfg") || attribute.path().is_ident("non_exhaustive");
    attributes.iter().filter(is_shown).map(|attribute| text(attribute) + " ").collect()
}

/// Returns tokens without attributes and documentation.
fn without_attributes(tokens: TokenStream) -> TokenStream {
    let mut left = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_attribute = |next: Option<&TokenTree>| matches!(next, Some(TokenTree::Group(_)));
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' && is_attribute(tokens.peek()) => _ = tokens.next(),
            TokenTree::Group(group) => {
                let inside = Group::new(group.delimiter(), without_attributes(group.stream()));
                left.push(TokenTree::Group(inside));
            }
            other => left.push(other),
        }
    }
    left.into_iter().collect()
}

/// Splits tokens at commas and semicolons outside of brackets.
fn rows(tokens: TokenStream) -> Vec<String> {
    let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if [',', ';'].contains(&punct.as_char()));
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let rows = tokens.split(is_end).filter(|row| !row.is_empty());
    rows.map(|row| text(row.iter().cloned().collect::<TokenStream>())).collect()
}

impl<'a> PublicApi<'a> {
    fn new(source: &'a Source) -> Self {
        let mut api = Self { source, paths: BTreeMap::new(), entries: BTreeMap::new(), macros: BTreeSet::new() };
        api.find_paths();
        for (target, paths) in api.paths.clone() {
            api.add_item(&target, &paths);
        }
        api.add_impls();
        api.add_macros();
        api
    }

    /// Finds the public paths of all items that can be named from outside the crate, the shortest first.
    fn find_paths(&mut self) {
        let source = self.source;
        let mut modules = VecDeque::from([(0, String::new())]);
        let mut seen = BTreeSet::new();
        while let Some((number, prefix)) = modules.pop_front() {
            if !seen.insert(number) {
                continue;
            }
            let module = &source.modules[number];
            let path = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}::{name}") };
            let children = module.children.iter().filter(|(_, child)| child.is_public);
            modules.extend(children.map(|(name, child)| (child.module, path(name))));
            let mut names = Vec::new();
            for item in &module.items {
                match item {
                    Item::Use(item) if is_public(&item.vis) => {
                        collect_imports(&item.tree, &mut Vec::new(), &mut |name, segments, _| {
                            assert_ne!(name, "*", "{}: glob re-exports are not supported", module.file.display());
                            names.extend(source.resolve(number, &segments).map(|target| (name, target)));
                        });
                    }
                    Item::Macro(item) if item.ident.is_none() => {
                        let declared = declared_by(&item.mac.tokens).into_iter().take(self.public_types(&item.mac));
                        names.extend(declared.map(|name| (name.clone(), Target { module: number, item: Some(name) })));
                    }
                    item if visibility(item).is_some_and(is_public) => {
                        let target = |name: &String| Target { module: number, item: Some(name.clone()) };
                        names.extend(name_of(item).map(|name| (name.clone(), target(&name))));
                    }
                    _ => {}
                }
            }
            for (name, target) in names {
                match &target.item {
                    Some(_) => self.paths.entry(target).or_default().push(path(&name)),
                    None => modules.push_back((target.module, path(&name))),
                }
            }
        }
    }

    /// Adds an item with its fields or variants.
    fn add_item(&mut self, target: &Target, paths: &[String]) {
        let Some((path, others)) = paths.split_first() else { return };
        let module = &self.source.modules[target.module];
        let entry = self.entries.entry(path.clone()).or_default();
        let lines = &mut entry.lines;
        lines.extend(others.iter().map(|other| format!("also {other}")));
        let Some(item) = module.items.iter().find(|item| name_of(item) == target.item) else {
            self.add_generated(target, path);
            return;
        };
        let declaration = match item {
            Item::Const(item) => format!("const {}", text(&item.ty)),
            Item::Static(item) => format!("static {}", text(&item.ty)),
            Item::Type(item) => format!("type = {}", text(&item.ty)),
            Item::Fn(item) => text(&item.sig),
            Item::Struct(item) => {
                lines.extend(fields("", &item.fields));
                format!("struct{}", text(&item.generics))
            }
            Item::Enum(item) => {
                for variant in &item.variants {
                    lines.insert(format!("variant {}", variant.ident));
                    lines.extend(fields(&format!("variant {} ", variant.ident), &variant.fields));
                }
                format!("enum{}", text(&item.generics))
            }
            Item::Trait(item) => {
                lines.extend(item.items.iter().filter_map(|item| match item {
                    syn::TraitItem::Fn(item) => Some(text(&item.sig)),
                    syn::TraitItem::Const(item) => Some(format!("const {}", item.ident)),
                    syn::TraitItem::Type(item) => Some(format!("type {}", item.ident)),
                    _ => None,
                }));
                format!("trait{}: {}", text(&item.generics), text(&item.supertraits))
            }
            _ => String::new(),
        };
        lines.extend(derived(attributes(item)));
        entry.declaration = conditions(attributes(item)) + &declaration;
    }

    /// Adds an item that a macro declares, with the rows of the macro's input.
    fn add_generated(&mut self, target: &Target, path: &str) {
        let Some(name) = &target.item else { return };
        let module = &self.source.modules[target.module];
        let invocations = module.items.iter().filter_map(|item| match item {
            Item::Macro(item) if item.ident.is_none() => Some(&item.mac),
            _ => None,
        });
        for invocation in invocations {
            let macro_name =
                invocation.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
            let input = without_attributes(invocation.tokens.clone());
            let is_input = declared_by(&invocation.tokens).contains(name);
            if !is_input && !self.is_in_body(&macro_name, name) {
                continue;
            }
            self.macros.insert(macro_name.clone());
            let entry = self.entries.entry(path.to_owned()).or_default();
            if !is_input {
                entry.declaration = format!("{macro_name}!");
                entry.lines.extend(rows(input));
                continue;
            }
            // The declaration precedes the braces that contain the rows.
            let tokens: Vec<TokenTree> = input.into_iter().collect();
            let Some((TokenTree::Group(body), head)) = tokens.split_last() else { continue };
            entry.declaration = format!("{macro_name}! {}", text(head.iter().cloned().collect::<TokenStream>()));
            entry.lines.extend(rows(body.stream()));
        }
    }

    /// Returns true if the body of a macro declares a type with the given name.
    fn is_in_body(&self, macro_name: &str, name: &str) -> bool {
        let definition = self.macro_body(macro_name);
        definition.is_some_and(|body| declarations(&body).iter().any(|found| found.ends_with(&format!(" {name}"))))
    }

    /// Returns the number of public types that a macro declares. They are the first types that its input names.
    fn public_types(&self, invocation: &syn::Macro) -> usize {
        let name = invocation.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let body = self.macro_body(&name).unwrap_or_default();
        let is_type = |declared: &&String| declared.starts_with("pub struct $") || declared.starts_with("pub enum $");
        declarations(&body).iter().filter(is_type).count()
    }

    fn macro_body(&self, name: &str) -> Option<TokenStream> {
        let items = self.source.modules.iter().flat_map(|module| &module.items);
        items
            .filter_map(|item| match item {
                Item::Macro(item) if item.ident.as_ref().is_some_and(|ident| ident == name) => {
                    Some(item.mac.tokens.clone())
                }
                _ => None,
            })
            .next()
    }

    /// Adds the methods, constants and traits of public types.
    fn add_impls(&mut self) {
        for (number, module) in self.source.modules.iter().enumerate() {
            for item in &module.items {
                let Item::Impl(item) = item else { continue };
                let syn::Type::Path(of) = &*item.self_ty else { continue };
                let segments: Vec<_> = of.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
                let Some(target) = self.source.resolve(number, &segments).or_else(|| match segments.as_slice() {
                    [name] => Some(Target { module: number, item: Some(name.clone()) }),
                    _ => None,
                }) else {
                    continue;
                };
                let Some(path) = self.paths.get(&target).and_then(|paths| paths.first()) else { continue };
                let lines = &mut self.entries.entry(path.clone()).or_default().lines;
                let condition = conditions(&item.attrs);
                if let Some((_, name, _)) = &item.trait_ {
                    lines.insert(format!("{condition}impl {}", text(name)));
                    continue;
                }
                for item in &item.items {
                    match item {
                        ImplItem::Fn(item) if is_public(&item.vis) => {
                            lines.insert(format!("{condition}{}{}", conditions(&item.attrs), text(&item.sig)));
                        }
                        ImplItem::Const(item) if is_public(&item.vis) => {
                            lines.insert(format!("{condition}const {}: {}", item.ident, text(&item.ty)));
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// Adds the public items in the bodies of the macros.
    fn add_macros(&mut self) {
        for name in self.macros.clone() {
            if let Some(body) = self.macro_body(&name) {
                let declaration = "macro".to_owned();
                self.entries.insert(format!("{name}!"), Entry { declaration, lines: declarations(&body) });
            }
        }
    }

    /// Returns the number of items, not counting implemented traits and additional paths.
    fn len(&self) -> usize {
        let is_item =
            |line: &&String| !line.starts_with("also ") && !line.contains("impl ") && !line.starts_with("derive");
        self.entries.values().map(|entry| 1 + entry.lines.iter().filter(is_item).count()).sum()
    }

    fn list(&self) -> String {
        let mut list = format!(
            "# The public interface of the library: {} items. Written by tests/it/public_api.rs:\n\
             # UPDATE_API=1 cargo test --test it public_api\n",
            self.len()
        );
        for (path, entry) in &self.entries {
            list += &format!("\n{path}: {}\n", entry.declaration);
            entry.lines.iter().for_each(|line| list += &format!("    {line}\n"));
        }
        list
    }
}

/// Returns the visibility of an item.
fn visibility(item: &Item) -> Option<&Visibility> {
    Some(match item {
        Item::Const(item) => &item.vis,
        Item::Enum(item) => &item.vis,
        Item::Fn(item) => &item.vis,
        Item::Static(item) => &item.vis,
        Item::Struct(item) => &item.vis,
        Item::Trait(item) => &item.vis,
        Item::Type(item) => &item.vis,
        _ => return None,
    })
}

/// Formats the fields that can be named from outside: the public fields of a struct, all fields of a variant.
fn fields(variant: &str, fields: &Fields) -> Vec<String> {
    let shown = fields.iter().enumerate().filter(|(_, field)| !variant.is_empty() || is_public(&field.vis));
    let name = |(number, field): (usize, &syn::Field)| {
        let name = field.ident.as_ref().map_or_else(|| number.to_string(), ToString::to_string);
        format!("{variant}field {name}: {}", text(&field.ty))
    };
    shown.map(name).collect()
}

/// Formats the traits that an item derives.
fn derived(attributes: &[syn::Attribute]) -> Vec<String> {
    let derives = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    derives
        .filter_map(|attribute| Some(format!("derive {}", text(&attribute.meta.require_list().ok()?.tokens))))
        .collect()
}

/// Returns the names of the types that the input of a macro declares: `pub struct A / B`.
fn declared_by(tokens: &TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut names = Vec::new();
    for window in tokens.windows(3) {
        if let [TokenTree::Ident(visibility), TokenTree::Ident(kind), TokenTree::Ident(name)] = window
            && visibility == "pub"
            && (kind == "struct" || kind == "enum")
        {
            names.push(name.to_string());
        }
        if let [TokenTree::Ident(_), TokenTree::Punct(slash), TokenTree::Ident(name)] = window
            && slash.as_char() == '/'
        {
            names.push(name.to_string());
        }
    }
    names
}

/// Returns the public items in the body of a macro, for example `pub fn name`.
fn declarations(tokens: &TokenStream) -> BTreeSet<String> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut found = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => found.extend(declarations(&group.stream())),
            TokenTree::Ident(ident) if ident == "pub" => {
                if matches!(tokens.get(at + 1), Some(TokenTree::Group(_))) {
                    continue; // pub(crate)
                }
                // Takes the tokens up to the name, which may be `$name`.
                let rest = tokens[at + 1..].iter().map(ToString::to_string).collect::<Vec<_>>();
                let kinds =
                    rest.iter().take_while(|word| ["const", "fn", "struct", "enum", "unsafe"].contains(&word.as_str()));
                let words = kinds.count();
                let name = if rest.get(words).is_some_and(|word| word == "$") { words + 2 } else { words + 1 };
                if words > 0 {
                    found.insert(format!("pub {}", rest[..name.min(rest.len())].join(" ").replace("$ ", "$")));
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn the_list_of_the_public_api_is_up_to_date() {
    let source = Source::parse(Path::new("src/lib.rs"));
    let list = PublicApi::new(&source).list();
    if std::env::var_os("UPDATE_API").is_some() {
        fs::write(LIST, list).unwrap();
        return;
    }
    let stored = fs::read_to_string(LIST).unwrap_or_default();
    let [old, new]: [BTreeSet<&str>; 2] = [stored.lines().collect(), list.lines().collect()];
    let lost: Vec<_> = old.difference(&new).collect();
    let added: Vec<_> = new.difference(&old).collect();
    assert!(
        stored == list,
        "{LIST} is out of date: run UPDATE_API=1 cargo test --test it public_api\n-{lost:#?}\n+{added:#?}"
    );
}
