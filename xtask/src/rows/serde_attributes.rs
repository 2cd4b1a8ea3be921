//! What serde's attributes say of reading.

use proc_macro2::TokenStream;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, LitStr, Meta, Token};

/// Those of one struct, enum, variant or field.
#[derive(Debug, Default)]
pub(super) struct Serde {
    pub(super) derives: bool,
    pub(super) rename: Option<String>,
    pub(super) rename_all: Option<Case>,
    pub(super) aliases: Vec<String>,
    pub(super) skipped: bool,
    pub(super) flatten: bool,
    pub(super) other: bool,
    pub(super) transparent: bool,
    pub(super) untagged: bool,
    pub(super) tag: Option<String>,
    pub(super) content: Option<String>,
    /// Code of the file's own reads it; the attribute.
    pub(super) by_hand: Option<&'static str>,
}

impl Serde {
    pub(super) fn of(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut serde = Self::default();
        for attribute in attributes {
            serde.read(&attribute.meta)?;
        }
        Ok(serde)
    }

    fn read(&mut self, meta: &Meta) -> syn::Result<()> {
        let Some(name) = meta.path().segments.last().map(|segment| segment.ident.to_string()) else {
            return Ok(());
        };
        let Meta::List(list) = meta else { return Ok(()) };
        match name.as_str() {
            "serde" => list.parse_nested_meta(|item| self.item(&item)),
            "derive" => {
                let traits = list.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated)?;
                let name =
                    |path: &syn::Path| path.segments.last().is_some_and(|it| it.ident == "Deserialize");
                self.derives |= traits.iter().any(name);
                Ok(())
            }
            // Taken as if the condition held.
            "cfg_attr" => {
                let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)?;
                parts.iter().skip(1).try_for_each(|meta| self.read(meta))
            }
            "serde_as" => {
                self.by_hand = Some("serde_as");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn item(&mut self, item: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let name = item.path.get_ident().map(ToString::to_string).unwrap_or_default();
        match name.as_str() {
            "rename" => self.rename = for_reading(item)?.map(|text| text.value()).or(self.rename.take()),
            "rename_all" => {
                if let Some(rule) = for_reading(item)? {
                    self.rename_all = Some(Case::named(&rule)?);
                }
            }
            "alias" => self.aliases.push(item.value()?.parse::<LitStr>()?.value()),
            "skip" | "skip_deserializing" => self.skipped = true,
            "flatten" => self.flatten = true,
            "other" => self.other = true,
            "transparent" => self.transparent = true,
            "untagged" => self.untagged = true,
            "tag" => self.tag = Some(item.value()?.parse::<LitStr>()?.value()),
            "content" => self.content = Some(item.value()?.parse::<LitStr>()?.value()),
            _ => {
                let by_hand = ["with", "deserialize_with", "from", "try_from", "remote"];
                self.by_hand = by_hand.into_iter().find(|known| *known == name).or(self.by_hand);
                value_left_aside(item)?;
            }
        }
        Ok(())
    }

    /// What a field is called, and what else.
    pub(super) fn field_names(&self, ident: &str, case: Option<Case>) -> Vec<String> {
        self.names(case.map_or_else(|| ident.to_owned(), |case| case.of_field(ident)))
    }

    /// What a variant is called, and what else.
    pub(super) fn variant_names(&self, ident: &str, case: Option<Case>) -> Vec<String> {
        self.names(case.map_or_else(|| ident.to_owned(), |case| case.of_variant(ident)))
    }

    fn names(&self, by_rule: String) -> Vec<String> {
        let mut names = vec![self.rename.clone().unwrap_or(by_rule)];
        names.extend(self.aliases.iter().filter(|alias| !names.contains(alias)).cloned().collect::<Vec<_>>());
        names
    }
}

/// `= "text"`, or the `deserialize = "text"` of what stands in brackets.
fn for_reading(item: &ParseNestedMeta<'_>) -> syn::Result<Option<LitStr>> {
    if item.input.peek(Token![=]) {
        return item.value()?.parse().map(Some);
    }
    let mut found = None;
    item.parse_nested_meta(|side| {
        let text = side.value()?.parse::<LitStr>()?;
        if side.path.is_ident("deserialize") {
            found = Some(text);
        }
        Ok(())
    })?;
    Ok(found)
}

fn value_left_aside(item: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if item.input.peek(Token![=]) {
        item.value()?.parse::<Expr>().map(drop)
    } else if item.input.peek(syn::token::Paren) {
        let inside;
        syn::parenthesized!(inside in item.input);
        inside.parse::<TokenStream>().map(drop)
    } else {
        Ok(())
    }
}

/// serde's rules for `rename_all`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    fn named(rule: &LitStr) -> syn::Result<Self> {
        Ok(match rule.value().as_str() {
            "lowercase" => Self::Lower,
            "UPPERCASE" => Self::Upper,
            "PascalCase" => Self::Pascal,
            "camelCase" => Self::Camel,
            "snake_case" => Self::Snake,
            "SCREAMING_SNAKE_CASE" => Self::ScreamingSnake,
            "kebab-case" => Self::Kebab,
            "SCREAMING-KEBAB-CASE" => Self::ScreamingKebab,
            other => return Err(syn::Error::new(rule.span(), format!("serde has no rule {other:?}"))),
        })
    }

    fn of_variant(self, variant: &str) -> String {
        let snake = || {
            let mut snake = String::new();
            for (place, letter) in variant.char_indices() {
                if place > 0 && letter.is_uppercase() {
                    snake.push('_');
                }
                snake.push(letter.to_ascii_lowercase());
            }
            snake
        };
        match self {
            Self::Lower => variant.to_ascii_lowercase(),
            Self::Upper => variant.to_ascii_uppercase(),
            Self::Pascal => variant.to_owned(),
            Self::Camel => small_first(variant),
            Self::Snake => snake(),
            Self::ScreamingSnake => snake().to_ascii_uppercase(),
            Self::Kebab => snake().replace('_', "-"),
            Self::ScreamingKebab => snake().to_ascii_uppercase().replace('_', "-"),
        }
    }

    fn of_field(self, field: &str) -> String {
        let pascal = || field.split('_').map(capital_first).collect::<String>();
        match self {
            Self::Lower | Self::Snake => field.to_owned(),
            Self::Upper | Self::ScreamingSnake => field.to_ascii_uppercase(),
            Self::Pascal => pascal(),
            Self::Camel => small_first(&pascal()),
            Self::Kebab => field.replace('_', "-"),
            Self::ScreamingKebab => field.to_ascii_uppercase().replace('_', "-"),
        }
    }
}

fn capital_first(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn small_first(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}
