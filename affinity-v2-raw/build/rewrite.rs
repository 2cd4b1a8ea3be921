//! Small changes to the generated source that the generator has no setting for.

use syn::{Attribute, Field, File, Item, Type, parse_quote};

/// Lets null lists read as empty, lets nullable values be absent, and keeps structs open for new fields.
pub fn tolerant(mut file: File) -> File {
    each_item(&mut file.items);
    file
}

fn each_item(items: &mut [Item]) {
    for item in items {
        match item {
            Item::Mod(module) => {
                if let Some((_, items)) = &mut module.content {
                    each_item(items);
                }
            }
            Item::Struct(item) => item.fields.iter_mut().for_each(field),
            _ => {}
        }
    }
}

fn field(field: &mut Field) {
    if is(&field.ty, "Vec") {
        add(field, "deserialize_with", parse_quote!(#[serde(deserialize_with = "crate::tolerant::null_as_empty")]));
    }
    if is(&field.ty, "Option") {
        // Present or not, null or not: all read as `None`.
        field.attrs.retain(|attribute| !text(attribute).contains("deserialize_with"));
        add(field, "default", parse_quote!(#[serde(default)]));
    }
}

fn add(field: &mut Field, what: &str, attribute: Attribute) {
    if !field.attrs.iter().any(|attribute| text(attribute).contains(what)) {
        field.attrs.push(attribute);
    }
}

fn is(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == name))
}

fn text(attribute: &Attribute) -> String {
    match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("serde") => list.tokens.to_string(),
        _ => String::new(),
    }
}
