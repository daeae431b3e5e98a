//! The function under an attribute.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens as _;
use syn::{
    Error, ItemFn, ReturnType, Signature, Type,
    parse::Parser as _,
    parse_quote,
    spanned::Spanned as _,
    visit_mut::{self, VisitMut},
};

/// Parses the item and checks that it is a function that can be tracked.
pub(crate) fn parse(attribute: &str, item: TokenStream) -> syn::Result<ItemFn> {
    let function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => return Err(not_a_function(attribute, item, error)),
    };
    if let Some(constness) = &function.sig.constness {
        return Err(Error::new(
            constness.span(),
            format!("#[{attribute}] cannot track a `const fn`: it runs at compile time"),
        ));
    }
    Ok(function)
}

/// Says what stands there instead of a function.
fn not_a_function(attribute: &str, item: TokenStream, error: Error) -> Error {
    let declaration = |input: syn::parse::ParseStream<'_>| -> syn::Result<Signature> {
        input.call(syn::Attribute::parse_outer)?;
        input.parse::<syn::Visibility>()?;
        let signature = input.parse::<Signature>()?;
        input.parse::<syn::Token![;]>()?;
        Ok(signature)
    };
    if let Ok(signature) = declaration.parse2(item.clone()) {
        let message = format!("#[{attribute}] needs a body: put it on the implementation");
        return Error::new(signature.ident.span(), message);
    }
    match syn::parse2::<syn::Item>(item) {
        // A function with something wrong in it: that is the error to show.
        Ok(syn::Item::Fn(_) | syn::Item::Verbatim(_)) | Err(_) => error,
        Ok(other) => {
            let first = other.to_token_stream().into_iter().next().map_or_else(Span::call_site, |token| token.span());
            Error::new(first, format!("#[{attribute}] stands on functions and methods"))
        }
    }
}

/// What the attribute does with the function's result.
pub(crate) struct Returned {
    /// The type for an inner closure or `let`: `impl …` replaced by `_`. `None` when nothing is left to say.
    pub(crate) annotation: Option<Type>,
    /// Whether the type contains `impl …`, so that it may become another.
    pub(crate) opaque: bool,
    /// Where the type stands, for messages about it.
    pub(crate) span: Span,
}

pub(crate) fn returned(signature: &Signature) -> Returned {
    let ReturnType::Type(_, written) = &signature.output else {
        return Returned { annotation: Some(parse_quote!(())), opaque: false, span: signature.ident.span() };
    };
    let mut annotation = (**written).clone();
    let mut eraser = EraseImpl { erased: false };
    eraser.visit_type_mut(&mut annotation);
    let nothing_left = matches!(annotation, Type::Infer(_));
    Returned { annotation: (!nothing_left).then_some(annotation), opaque: eraser.erased, span: written.span() }
}

struct EraseImpl {
    erased: bool,
}

impl VisitMut for EraseImpl {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if matches!(ty, Type::ImplTrait(_)) {
            *ty = parse_quote!(_);
            self.erased = true;
        } else {
            visit_mut::visit_type_mut(self, ty);
        }
    }
}
