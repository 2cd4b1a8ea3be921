//! Small changes to the generated source that the generator has no setting for.

use std::collections::BTreeSet;

use syn::punctuated::Punctuated;
use syn::{Attribute, Field, File, GenericArgument, ImplItem, Item, PathArguments, Type, parse_quote};

/// Lets null lists read as empty and nullable values be absent; keeps the structs that callers do not build
/// open for new fields; takes out the constructor that panics.
pub(crate) fn tolerant(mut file: File, sent: &BTreeSet<String>) -> File {
    each_item(&mut file.items, sent);
    file
}

fn each_item(items: &mut [Item], sent: &BTreeSet<String>) {
    for item in items {
        match item {
            Item::Mod(module) => {
                if let Some((_, items)) = &mut module.content {
                    each_item(items, sent);
                }
            }
            Item::Struct(item) => {
                item.fields.iter_mut().for_each(field);
                if !sent.contains(&item.ident.to_string()) {
                    item.attrs.push(parse_quote!(#[non_exhaustive]));
                }
            }
            Item::Impl(item) if item.trait_.is_none() && is(&item.self_ty, "Client") => {
                item.items.retain(|it| !matches!(it, ImplItem::Fn(it) if it.sig.ident == "new"));
            }
            _ => {}
        }
    }
}

fn field(field: &mut Field) {
    if is(&field.ty, "Vec") && field.attrs.iter().any(|attribute| text(attribute).contains("is_empty")) {
        optional_list(field);
    } else if is(&field.ty, "Vec") {
        add(
            field,
            "deserialize_with",
            parse_quote!(#[serde(deserialize_with = "crate::tolerant::null_as_empty")]),
        );
    }
    if is(&field.ty, "Option") {
        // Present or not, null or not: all read as `None`.
        field.attrs.iter_mut().for_each(|attribute| drop_from(attribute, "deserialize_with"));
        add(field, "default", parse_quote!(#[serde(default)]));
    }
    if holds_number(&field.ty) {
        add(field, "serialize_with", parse_quote!(#[serde(serialize_with = "crate::number::optional")]));
    }
}

/// A list that need not be there keeps whether it was.
fn optional_list(field: &mut Field) {
    let Some(item) = argument(&field.ty).cloned() else { return };
    field.ty = parse_quote!(crate::OptionalList<#item>);
    for attribute in &mut field.attrs {
        drop_from(attribute, "default");
        drop_from(attribute, "skip_serializing_if");
    }
    let missing = parse_quote!(#[serde(default, skip_serializing_if = "crate::OptionalList::is_missing")]);
    field.attrs.push(missing);
}

/// Whether it is `Option<f64>`.
fn holds_number(ty: &Type) -> bool {
    is(ty, "Option") && argument(ty).is_some_and(|inner| is(inner, "f64"))
}

/// The `T` of `Vec<T>`, say.
fn argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

fn add(field: &mut Field, what: &str, attribute: Attribute) {
    if !field.attrs.iter().any(|attribute| text(attribute).contains(what)) {
        field.attrs.push(attribute);
    }
}

/// Takes one argument out of a serde attribute and leaves the others.
fn drop_from(attribute: &mut Attribute, what: &str) {
    let syn::Meta::List(list) = &attribute.meta else {
        return;
    };
    let arguments = list.parse_args_with(Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated);
    let (true, Ok(arguments)) = (list.path.is_ident("serde"), arguments) else {
        return;
    };
    let kept = arguments.iter().filter(|argument| !argument.path().is_ident(what));
    *attribute = parse_quote!(#[serde(#(#kept),*)]);
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
