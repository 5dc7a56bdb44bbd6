//! The source of a crate as a tree of modules, with the names that each module defines and imports.
//!
//! `syn` parses the files. Macros are not expanded; of a macro call, only the paths in its input are found.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// A module of the crate.
pub(crate) struct Module {
    /// The path from the root of the crate, for example `["detail", "file"]`.
    pub(crate) path: Vec<String>,
    /// The source file of the module.
    pub(crate) file: PathBuf,
    /// The items of the module, without its child modules and without tests.
    pub(crate) items: Vec<syn::Item>,
    pub(crate) children: BTreeMap<String, Child>,
    parent: Option<usize>,
    /// The imported names with their paths.
    imports: BTreeMap<String, Vec<String>>,
    /// The names of the items.
    defined: Vec<String>,
}

/// A child module.
pub(crate) struct Child {
    /// The position in [`Source::modules`].
    pub(crate) module: usize,
    pub(crate) is_public: bool,
}

/// The target of a path: a module or an item of a module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    /// The position in [`Source::modules`].
    pub(crate) module: usize,
    pub(crate) item: Option<String>,
}

/// A path in the source code, with its line.
pub(crate) struct Mention {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

/// The modules of a crate; the first one is the root.
pub(crate) struct Source {
    pub(crate) modules: Vec<Module>,
}

impl Source {
    /// Parses a crate, starting at its root file.
    pub(crate) fn parse(root: &Path) -> Self {
        let mut source = Self { modules: Vec::new() };
        let folder = root.parent().unwrap();
        source.add(Vec::new(), None, root, folder, parse_file(root).items);
        source
    }

    /// Adds a module and its children, whose files are in `folder`. Returns the position of the module.
    fn add(
        &mut self,
        path: Vec<String>,
        parent: Option<usize>,
        file: &Path,
        folder: &Path,
        items: Vec<syn::Item>,
    ) -> usize {
        let number = self.modules.len();
        let (modules, items): (Vec<_>, Vec<_>) =
            items.into_iter().filter(|item| !is_test(item)).partition(|item| matches!(item, syn::Item::Mod(_)));
        let mut imports = BTreeMap::new();
        for item in &items {
            if let syn::Item::Use(item) = item {
                collect_imports(&item.tree, &mut Vec::new(), &mut |name, path, _| _ = imports.insert(name, path));
            }
        }
        let defined = items.iter().filter_map(name_of).collect();
        let file = file.to_owned();
        self.modules.push(Module { path, file, items, children: BTreeMap::new(), parent, imports, defined });
        for item in modules {
            let syn::Item::Mod(item) = item else { continue };
            let name = item.ident.to_string();
            let child = self.add_child(number, folder, &name, item.content.map(|(_, items)| items));
            let is_public = matches!(item.vis, syn::Visibility::Public(_));
            self.modules[number].children.insert(name, Child { module: child, is_public });
        }
        number
    }

    fn add_child(&mut self, parent: usize, folder: &Path, name: &str, inline: Option<Vec<syn::Item>>) -> usize {
        let mut path = self.modules[parent].path.clone();
        path.push(name.to_owned());
        let below = folder.join(name);
        if let Some(items) = inline {
            let file = self.modules[parent].file.clone();
            return self.add(path, Some(parent), &file, &below, items);
        }
        let candidates = [folder.join(format!("{name}.rs")), below.join("mod.rs")];
        let file = candidates
            .iter()
            .find(|file| file.is_file())
            .unwrap_or_else(|| panic!("mod {name} has no file in {}", folder.display()));
        self.add(path, Some(parent), file, &below, parse_file(file).items)
    }

    /// Returns the target of a path in a module, or `None` for paths outside the crate and for local names.
    pub(crate) fn resolve(&self, module: usize, segments: &[String]) -> Option<Target> {
        self.resolve_within(module, segments, 20)
    }

    fn resolve_within(&self, module: usize, segments: &[String], steps: usize) -> Option<Target> {
        let steps = steps.checked_sub(1)?;
        let (first, rest) = segments.split_first()?;
        let start = match first.as_str() {
            "crate" => Target { module: 0, item: None },
            "self" => Target { module, item: None },
            "super" => Target { module: self.modules[module].parent?, item: None },
            name => self.lookup(module, name, steps)?,
        };
        self.follow(start, rest, steps)
    }

    /// Follows the rest of a path from a target inside the crate.
    fn follow(&self, start: Target, rest: &[String], steps: usize) -> Option<Target> {
        let Some((name, rest)) = rest.split_first() else { return Some(start) };
        if start.item.is_some() {
            return Some(start); // a variant, or a constant or function of a type
        }
        if name == "super" {
            let start = Target { module: self.modules[start.module].parent?, item: None };
            return self.follow(start, rest, steps);
        }
        // An unknown name belongs to an item that a macro generates.
        let generated = || Target { module: start.module, item: Some(name.clone()) };
        let next = self.lookup(start.module, name, steps).unwrap_or_else(generated);
        self.follow(next, rest, steps)
    }

    /// Looks up a name in the scope of a module.
    fn lookup(&self, module: usize, name: &str, steps: usize) -> Option<Target> {
        let scope = &self.modules[module];
        if let Some(child) = scope.children.get(name) {
            return Some(Target { module: child.module, item: None });
        }
        if scope.defined.iter().any(|defined| defined == name) {
            return Some(Target { module, item: Some(name.to_owned()) });
        }
        let path = scope.imports.get(name)?;
        // Children were looked up above, so an import whose path is only its own name comes from another crate.
        if path.len() == 1 && path[0] == name {
            return None;
        }
        self.resolve_within(module, path, steps)
    }

    /// Returns all paths in a module: in imports, code, types and the input of macros.
    pub(crate) fn mentions(&self, module: usize) -> Vec<Mention> {
        let mut mentions = Mentions(Vec::new());
        self.modules[module].items.iter().for_each(|item| mentions.visit_item(item));
        mentions.0
    }
}

fn parse_file(path: &Path) -> syn::File {
    let text = fs::read_to_string(path).unwrap();
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the attributes of an item.
pub(crate) fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    use syn::Item;
    match item {
        Item::Const(syn::ItemConst { attrs, .. })
        | Item::Enum(syn::ItemEnum { attrs, .. })
        | Item::Fn(syn::ItemFn { attrs, .. })
        | Item::Impl(syn::ItemImpl { attrs, .. })
        | Item::Macro(syn::ItemMacro { attrs, .. })
        | Item::Mod(syn::ItemMod { attrs, .. })
        | Item::Static(syn::ItemStatic { attrs, .. })
        | Item::Struct(syn::ItemStruct { attrs, .. })
        | Item::Trait(syn::ItemTrait { attrs, .. })
        | Item::Type(syn::ItemType { attrs, .. })
        | Item::Use(syn::ItemUse { attrs, .. }) => attrs,
        _ => &[],
    }
}

fn is_test(item: &syn::Item) -> bool {
    attributes(item).iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<Ident>().is_ok_and(|condition| condition == "test")
    })
}

/// Returns the name that an item declares.
pub(crate) fn name_of(item: &syn::Item) -> Option<String> {
    use syn::Item;
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// Calls `add` with each name that a `use` imports, its path and its line. The name of a glob is `*`.
pub(crate) fn collect_imports(
    tree: &syn::UseTree,
    prefix: &mut Vec<String>,
    add: &mut impl FnMut(String, Vec<String>, usize),
) {
    let mut leaf = |ident: &Ident, name: &Ident, prefix: &[String]| {
        // `use a::{self}` imports `a` under its own name.
        let (path, name) = match ident == "self" {
            true => (prefix.to_vec(), if name == "self" { prefix.last().cloned() } else { Some(name.to_string()) }),
            false => ([prefix, &[ident.to_string()]].concat(), Some(name.to_string())),
        };
        add(name.unwrap_or_default(), path, ident.span().start().line);
    };
    match tree {
        syn::UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            collect_imports(&path.tree, prefix, add);
            prefix.pop();
        }
        syn::UseTree::Name(name) => leaf(&name.ident, &name.ident, prefix),
        syn::UseTree::Rename(rename) => leaf(&rename.ident, &rename.rename, prefix),
        syn::UseTree::Glob(glob) => add("*".to_owned(), prefix.clone(), glob.star_token.spans[0].start().line),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| collect_imports(tree, prefix, add)),
    }
}

/// Collects the paths in code.
struct Mentions(Vec<Mention>);

impl<'ast> Visit<'ast> for Mentions {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_test(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        collect_imports(&item.tree, &mut Vec::new(), &mut |_, segments, line| {
            self.0.push(Mention { segments, line });
        });
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let Some(first) = path.segments.first() {
            self.0.push(Mention { segments, line: first.ident.span().start().line });
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        self.visit_path(&node.path);
        self.tokens(node.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }
}

impl Mentions {
    /// Collects token sequences that look like paths of two or more segments.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(first) => {
                    let mut segments = vec![first.to_string()];
                    while let [TokenTree::Punct(a), TokenTree::Punct(b), TokenTree::Ident(next), ..] = &tokens[at..] {
                        if (a.as_char(), b.as_char()) != (':', ':') {
                            break;
                        }
                        segments.push(next.to_string());
                        at += 3;
                    }
                    if segments.len() > 1 {
                        self.0.push(Mention { segments, line: first.span().start().line });
                    }
                }
                _ => {}
            }
        }
    }
}
