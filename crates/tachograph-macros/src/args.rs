//! The arguments of an attribute: tokens to a validated model.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{
    Error, Expr, Ident, LitStr, Path, Token,
    ext::IdentExt as _,
    parenthesized,
    parse::{ParseStream, Parser as _},
    punctuated::Punctuated,
    spanned::Spanned,
};

use crate::{
    errors::Errors,
    model::{Attribute, Positional, Reader},
};

/// What an attribute was given, checked.
pub(crate) struct Args {
    /// Values of the positional arguments, in the order of the model.
    pub(crate) positional: Vec<Expr>,
    /// Builder method and value.
    pub(crate) setters: Vec<(&'static str, Expr)>,
    pub(crate) readers: Vec<(Reader, Expr)>,
    pub(crate) attributes: Vec<(LitStr, Expr)>,
    pub(crate) capture: Vec<Ident>,
    pub(crate) conversation_id: Option<Expr>,
    pub(crate) user_id: Option<Expr>,
    pub(crate) error_type: Option<Expr>,
    pub(crate) ok_if: Option<Expr>,
    pub(crate) error_if: Option<Expr>,
    pub(crate) none_is_error: Option<Span>,
    pub(crate) skip: Option<Expr>,
    pub(crate) stream: Option<Span>,
    pub(crate) value: Option<Span>,
    pub(crate) krate: Path,
}

/// One argument by name, as it was written.
struct Named {
    name: Ident,
    value: Value,
}

enum Value {
    /// `name`
    Flag,
    /// `name = expr`
    Is(Expr),
    /// `name(…)`
    List(TokenStream),
}

/// Takes the arguments apart. Everything that is wrong goes to `errors`.
pub(crate) fn parse(attribute: &'static Attribute, tokens: TokenStream, errors: &mut Errors) -> Option<Args> {
    let mut positional: Vec<Expr> = Vec::new();
    let mut named: Vec<Named> = Vec::new();
    let mut misread = false;
    // Those that are wrong count too, so that a message about the next one names it.
    let mut at = 0;
    let parser = |input: ParseStream<'_>| -> syn::Result<()> {
        while !input.is_empty() {
            match argument(input, attribute, at, !named.is_empty()) {
                Ok(Argument::Positional(value)) => {
                    positional.push(value);
                    at += 1;
                }
                Ok(Argument::Named(argument)) => named.push(argument),
                Err(error) => {
                    errors.add(error);
                    misread = true;
                    at += 1;
                    // On with what stands behind the next comma.
                    while !input.is_empty() && !input.peek(Token![,]) {
                        input.parse::<proc_macro2::TokenTree>()?;
                    }
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    };
    let parsed = parser.parse2(tokens);
    errors.take(parsed);
    collect(attribute, positional, named, misread, errors)
}

enum Argument {
    Positional(Expr),
    Named(Named),
}

fn argument(input: ParseStream<'_>, attribute: &Attribute, at: usize, after_named: bool) -> syn::Result<Argument> {
    let is_named = input.peek(Ident::peek_any)
        && (input.peek2(Token![=])
            || input.peek2(Token![,])
            || input.peek2(syn::token::Paren)
            || ends_after_one(input));
    if is_named {
        let name = input.call(Ident::parse_any)?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Value::Is(input.parse()?)
        } else if input.peek(syn::token::Paren) {
            let content;
            parenthesized!(content in input);
            Value::List(content.parse()?)
        } else {
            Value::Flag
        };
        // A constant looks like a flag.
        if let (Value::Flag, Some(expected)) = (&value, attribute.positional.get(at))
            && !after_named
            && !attribute.names().contains(&name.to_string().as_str())
        {
            return Err(no_literal(expected, &name));
        }
        return Ok(Argument::Named(Named { name, value }));
    }
    let value: Expr = input.parse()?;
    let Some(expected) = attribute.positional.get(at) else {
        return Err(Error::new(value.span(), format!("too many arguments; write {}", attribute.usage())));
    };
    if after_named {
        return Err(Error::new(value.span(), format!("{} stands before the named arguments", expected.what)));
    }
    match &value {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) if text.value().is_empty() => {
            Err(Error::new(value.span(), format!("{} is empty", expected.what)))
        }
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(_), .. }) => Ok(Argument::Positional(value)),
        _ => Err(no_literal(expected, &value)),
    }
}

fn no_literal(expected: &Positional, given: &(impl ToTokens + Spanned)) -> Error {
    let Positional { name, what, .. } = expected;
    let given_text = given.to_token_stream();
    Error::new(
        given.span(),
        format!("expected a string literal: {what}; for a value known at run time write `{name} = {given_text}`"),
    )
}

fn ends_after_one(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    fork.call(Ident::parse_any).is_ok() && fork.is_empty()
}

/// Sorts the arguments into the model.
fn collect(
    attribute: &'static Attribute,
    positional: Vec<Expr>,
    named: Vec<Named>,
    misread: bool,
    errors: &mut Errors,
) -> Option<Args> {
    let mut args = Args {
        positional: Vec::new(),
        setters: Vec::new(),
        readers: Vec::new(),
        attributes: Vec::new(),
        capture: Vec::new(),
        conversation_id: None,
        user_id: None,
        error_type: None,
        ok_if: None,
        error_if: None,
        none_is_error: None,
        skip: None,
        stream: None,
        value: None,
        krate: syn::parse_quote!(::tachograph),
    };
    let mut slots: Vec<Option<Expr>> = positional.into_iter().map(Some).collect();
    slots.resize_with(attribute.positional.len(), || None);
    let mut seen: Vec<String> = Vec::new();
    for argument in named {
        let name = argument.name.to_string();
        if seen.contains(&name) {
            errors.at(argument.name.span(), format!("`{name}` is given twice"));
            continue;
        }
        seen.push(name.clone());
        if let Some(at) = attribute.positional.iter().position(|p| p.name == name) {
            let value = errors.take(argument.expression());
            if slots[at].is_some() {
                errors.at(
                    argument.name.span(),
                    format!("`{name}` is given twice: {} stands first already", attribute.positional[at].what),
                );
            }
            slots[at] = value;
        } else {
            let stored = args.store(attribute, &name, argument);
            errors.take(stored);
        }
    }
    for (slot, expected) in slots.iter().zip(attribute.positional) {
        // What could not be read was perhaps this one: one message is enough.
        if slot.is_none() && !misread {
            errors.at(Span::call_site(), format!("{} is missing: write {}", expected.what, attribute.usage()));
        }
    }
    if let (Some(stream), Some(_)) = (args.stream, args.value) {
        errors.at(stream, "`stream` and `value` exclude each other");
    }
    args.positional = slots.into_iter().collect::<Option<_>>()?;
    Some(args)
}

impl Args {
    fn store(&mut self, attribute: &'static Attribute, name: &str, argument: Named) -> syn::Result<()> {
        if let Some((_, method)) = attribute.setters.iter().find(|(setter, _)| *setter == name) {
            self.setters.push((method, argument.expression()?));
            return Ok(());
        }
        if let Some((_, reader)) = attribute.readers.iter().find(|(reader, _)| *reader == name) {
            self.readers.push((*reader, argument.expression()?));
            return Ok(());
        }
        match name {
            "attributes" => self.attributes = argument.list(attributes)?,
            "capture" => {
                self.capture = argument
                    .list(|input| Ok(Punctuated::<Ident, Token![,]>::parse_terminated(input)?.into_iter().collect()))?
            }
            "conversation_id" => self.conversation_id = Some(argument.expression()?),
            "user_id" => self.user_id = Some(argument.expression()?),
            "error_type" => self.error_type = Some(argument.expression()?),
            "ok_if" => self.ok_if = Some(argument.expression()?),
            "error_if" => self.error_if = Some(argument.expression()?),
            "none_is_error" => self.none_is_error = Some(argument.flag()?),
            "skip" => self.skip = Some(argument.expression()?),
            "stream" => self.stream = Some(argument.flag()?),
            "value" => self.value = Some(argument.flag()?),
            "crate" => {
                let value = argument.expression()?;
                self.krate = match value {
                    Expr::Path(path) => path.path,
                    other => {
                        return Err(Error::new(
                            other.span(),
                            "expected the path of the crate: `crate = my::tachograph`",
                        ));
                    }
                };
            }
            _ => {
                return Err(Error::new(
                    argument.name.span(),
                    format!("unknown argument `{name}`; expected one of: {}", attribute.names().join(", ")),
                ));
            }
        }
        Ok(())
    }
}

impl Named {
    fn expression(&self) -> syn::Result<Expr> {
        match &self.value {
            Value::Is(value) => Ok(value.clone()),
            Value::Flag | Value::List(_) => {
                Err(Error::new(self.name.span(), format!("`{0}` takes a value: `{0} = …`", self.name)))
            }
        }
    }

    fn flag(&self) -> syn::Result<Span> {
        match &self.value {
            Value::Flag => Ok(self.name.span()),
            Value::Is(value) => Err(Error::new(value.span(), format!("`{}` takes no value", self.name))),
            Value::List(list) => Err(Error::new(list.span(), format!("`{}` takes no value", self.name))),
        }
    }

    fn list<T>(&self, parser: impl FnOnce(ParseStream<'_>) -> syn::Result<T>) -> syn::Result<T> {
        match &self.value {
            Value::List(list) => parser.parse2(list.clone()),
            Value::Is(value) => Err(Error::new(value.span(), format!("`{0}` takes a list: `{0}(…)`", self.name))),
            Value::Flag => Err(Error::new(self.name.span(), format!("`{0}` takes a list: `{0}(…)`", self.name))),
        }
    }
}

/// `key = expr, …`, the key a string or a dotted path.
fn attributes(input: ParseStream<'_>) -> syn::Result<Vec<(LitStr, Expr)>> {
    let pairs = Punctuated::<Pair, Token![,]>::parse_terminated(input)?;
    Ok(pairs.into_iter().map(|pair| (pair.key, pair.value)).collect())
}

struct Pair {
    key: LitStr,
    value: Expr,
}

impl syn::parse::Parse for Pair {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let key = if input.peek(LitStr) {
            input.parse::<LitStr>()?
        } else {
            let parts = Punctuated::<Ident, Token![.]>::parse_separated_nonempty_with(input, Ident::parse_any)?;
            let text: String = parts.to_token_stream().into_iter().map(|token| token.to_string()).collect();
            LitStr::new(&text, parts.span())
        };
        if key.value().is_empty() {
            return Err(Error::new(key.span(), "an attribute needs a key"));
        }
        input.parse::<Token![=]>()?;
        Ok(Self { key, value: input.parse()? })
    }
}
