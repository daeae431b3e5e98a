//! The validated model to tokens. The logic stands in the library; here calls to it are written.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::{ItemFn, Path, spanned::Spanned as _};

use crate::{
    args::Args,
    errors::Errors,
    model::{Attribute, Reader},
    signature::{self, Returned},
};

/// The whole attribute: parse, check, expand. On errors the function stays as it was, so that no others follow.
pub(crate) fn attribute(attribute: &'static Attribute, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = crate::args::parse(attribute, arguments, &mut errors);
    let function = errors.take(signature::parse(attribute.name, item.clone()));
    match (errors.finish(()), args, function) {
        (Ok(()), Some(args), Some(function)) => tracked(attribute, &args, function),
        (Err(error), ..) => {
            let error = error.into_compile_error();
            quote!(#error #item)
        }
        (Ok(()), ..) => item,
    }
}

fn tracked(attribute: &Attribute, args: &Args, function: ItemFn) -> TokenStream {
    let ItemFn { attrs, vis, sig, block, .. } = function;
    let returned = signature::returned(&sig);
    let prepare = prepare(attribute, args, if sig.asyncness.is_some() { "begin" } else { "prepare" });
    let body = if sig.asyncness.is_some() {
        run_async(attribute, args, &returned, &block)
    } else {
        run_sync(attribute, args, &returned, &block, matches!(sig.safety, syn::Safety::Unsafe(_)))
    };
    quote! {
        #(#attrs)*
        #vis #sig {
            #prepare
            #body
        }
    }
}

/// A span that shows messages at `span`, with names that resolve where the attribute stands.
fn at(span: Span) -> Span {
    span.resolved_at(Span::call_site())
}

/// The path of the crate with its tokens at `span`: a message about a bound of what it leads to is shown there.
fn path_at(krate: &Path, span: Span) -> TokenStream {
    let respan = |mut token: TokenTree| {
        token.set_span(at(span));
        token
    };
    krate.to_token_stream().into_iter().map(respan).collect()
}

/// The call site and the description of the call.
fn prepare(attribute: &Attribute, args: &Args, how: &str) -> TokenStream {
    let how = format_ident!("{how}");
    let krate = &args.krate;
    let operation = format_ident!("{}", attribute.operation);
    let positional = &args.positional;
    let setters = args.setters.iter().map(|(method, value)| {
        let method = format_ident!("{method}", span = value.span());
        quote!(.#method(#value))
    });
    let attributes = args.attributes.iter().map(|(key, value)| quote!(.with_attribute(#key, #value)));
    let ids = [("gen_ai.conversation.id", &args.conversation_id), ("user.id", &args.user_id)]
        .into_iter()
        .filter_map(|(key, value)| value.as_ref().map(|value| quote!(.with_attribute(#key, #value))));
    let captured = args.capture.iter().map(|argument| {
        let name = argument.to_string();
        quote!(let __operation = #krate::__private::capture(&#argument, #name, __operation, #krate::#operation::with_attribute);)
    });
    let skip = args.skip.as_ref().map_or_else(|| quote!(false), |skip| quote!(#skip));
    let of_span: Vec<_> = attributes.chain(ids).collect();
    let of_span = (!of_span.is_empty() || !args.capture.is_empty()).then(|| {
        quote! {
            if __has_span {
                let __operation = __operation #(#of_span)*;
                #(#captured)*
                return __operation;
            }
        }
    });
    quote! {
        static __TACHOGRAPH_SITE: #krate::__private::CallSite = #krate::__private::CallSite::new();
        let __tachograph_call = #krate::__private::#how(&__TACHOGRAPH_SITE, #skip, |__has_span| {
            let __operation = #krate::#operation::new(#(#positional),*) #(#setters)*;
            #of_span
            __operation
        });
    }
}

fn run_async(attribute: &Attribute, args: &Args, returned: &Returned, block: &syn::Block) -> TokenStream {
    let krate = &args.krate;
    let statements = &block.stmts;
    // Gives `?` and `return` in the inner block the type that they had in the function.
    let typed = returned.annotation.as_ref().map(|annotation| {
        quote_spanned! {at(annotation.span())=>
            #[allow(unreachable_code, clippy::diverging_sub_expression, clippy::needless_return, clippy::let_unit_value)]
            if false {
                let __returned: #annotation = #krate::__private::never();
                return __returned;
            }
        }
    });
    let shape = if args.value.is_some() {
        quote!(#krate::__private::shape::Value)
    } else if let (Some(stream), true) = (args.stream, returned.opaque) {
        let krate = path_at(krate, stream);
        quote_spanned!(at(stream)=> #krate::__private::shape::explicit_stream(&__tachograph_output))
    } else {
        let ladder = if returned.opaque { quote!(opaque) } else { quote!(written) };
        quote!({
            use #krate::__private::shape::#ladder::*;
            (&&&&&&#krate::__private::shape::Output(&__tachograph_output)).tachograph_shape()
        })
    };
    let (inspect, open) = closures(attribute, args);
    let finish = quote_spanned! {at(returned.span)=>
        __tachograph_shape.finish(__tachograph_guard, __tachograph_output, #inspect, #open)
    };
    quote! {
        let (__tachograph_guard, __tachograph_output) =
            #krate::__private::drive(__tachograph_call, async move { #typed #(#statements)* }).await;
        let __tachograph_shape = #shape;
        #finish
    }
}

fn run_sync(
    attribute: &Attribute,
    args: &Args,
    returned: &Returned,
    block: &syn::Block,
    is_unsafe: bool,
) -> TokenStream {
    let krate = &args.krate;
    let statements = &block.stmts;
    let annotation = returned.annotation.as_ref().map(|annotation| quote!(-> #annotation));
    // A closure with a return type needs a block; an unsafe function's body stays unsafe inside of it.
    let inner =
        if is_unsafe { quote!(#[allow(unused_unsafe)] unsafe { #(#statements)* }) } else { quote!(#(#statements)*) };
    let way = if args.value.is_some() {
        quote!(#krate::__private::returns::explicit_value(&#krate::__private::returns::Returns::of(&__tachograph_body)))
    } else if let Some(stream) = args.stream {
        let explicit = if returned.opaque { quote!(explicit_stream) } else { quote!(explicit_boxed_stream) };
        let krate = path_at(krate, stream);
        quote_spanned!(at(stream)=> #krate::__private::returns::#explicit(&#krate::__private::returns::Returns::of(&__tachograph_body)))
    } else {
        let ladder = if returned.opaque { quote!(opaque) } else { quote!(written) };
        quote!({
            use #krate::__private::returns::#ladder::*;
            (&&&&&&&&&&#krate::__private::returns::Returns::of(&__tachograph_body)).tachograph_way()
        })
    };
    let (inspect, open) = closures(attribute, args);
    let run = quote_spanned! {at(returned.span)=>
        __tachograph_way.run(__tachograph_call, __tachograph_body, #inspect, #open)
    };
    quote! {
        let __tachograph_body = #krate::__private::once(move || #annotation { #inner });
        let __tachograph_way = #way;
        #run
    }
}

/// The closure that looks at a value or item, and the one that looks at the error of a stream that did not open.
fn closures(attribute: &Attribute, args: &Args) -> (TokenStream, TokenStream) {
    let krate = &args.krate;
    let operation = format_ident!("{}", attribute.operation);
    let readers = readers(attribute, args);
    let outcome = outcome(args);
    let inspect = quote! {
        |__call: &#krate::__private::Call<#krate::#operation>, __value: &_| {
            if !__call.is_tracked() {
                return #krate::__private::Outcome::Success;
            }
            #(#readers)*
            #outcome
        }
    };
    let open = quote! {
        |__failed: &::core::result::Result<::core::convert::Infallible, _>| {
            use #krate::__private::probe::outcome::*;
            (&&&&&&#krate::__private::probe::Probe(__failed)).tachograph_outcome()
        }
    };
    (inspect, open)
}

/// What is read off the result by closures, or by type where no closure is given.
fn readers(attribute: &Attribute, args: &Args) -> Vec<TokenStream> {
    let krate = &args.krate;
    let ok = quote!({ use #krate::__private::probe::ok::*; (&&#krate::__private::probe::Probe(__value)).tachograph_ok_part() });
    let mut readers: Vec<_> = args
        .readers
        .iter()
        .map(|(reader, closure)| {
            let krate = path_at(krate, closure.span());
            let read = quote!(#krate::__private::apply(__part, #closure));
            let then = match reader {
                Reader::Usage => quote_spanned! {at(closure.span())=>
                    if let ::core::option::Option::Some(__read) = #krate::__private::IntoUsage::into_usage(#read) {
                        __call.usage(__read);
                    }
                },
                Reader::ResponseModel => quote_spanned! {at(closure.span())=>
                    if let ::core::option::Option::Some(__read) = #krate::__private::IntoName::into_name(#read) {
                        __call.response_model(__read);
                    }
                },
                Reader::Rows => quote_spanned! {at(closure.span())=>
                    if let ::core::option::Option::Some(__read) = #krate::__private::rows(#read) {
                        __call.returned_rows(__read);
                    }
                },
                Reader::Hit => quote!(__call.hit(#read);),
                Reader::Status => return quote!(__call.status(#krate::__private::apply(__value, #closure));),
            };
            quote!(if let ::core::option::Option::Some(__part) = #ok { #then })
        })
        .collect();
    if attribute.operation == "LlmRequest" {
        // Before the closures: what they say counts.
        let answer = quote! {{
            use #krate::__private::answer::*;
            (&&&#krate::__private::answer::Answer(__value)).tachograph_answer(__call);
        }};
        readers.insert(0, answer);
    }
    let given = |reader| args.readers.iter().any(|(given, _)| *given == reader);
    if attribute.operation == "CacheOperation" && !given(Reader::Hit) {
        readers.push(quote! {
            if let ::core::option::Option::Some(__found) = {
                use #krate::__private::probe::found::*;
                (&&&#krate::__private::probe::Probe(__value)).tachograph_found()
            } {
                __call.hit(__found);
            }
        });
    }
    if attribute.operation == "HttpRequest" && !given(Reader::Status) {
        readers.push(quote! {
            if let ::core::option::Option::Some(__status) = {
                use #krate::__private::probe::status::*;
                (&&&&#krate::__private::probe::Probe(__value)).tachograph_status()
            } {
                __call.status(__status);
            }
        });
    }
    readers
}

/// The outcome: what the type tells, then what the arguments say.
fn outcome(args: &Args) -> TokenStream {
    let krate = &args.krate;
    let mut outcome = quote!({
        use #krate::__private::probe::outcome::*;
        (&&&&&&#krate::__private::probe::Probe(__value)).tachograph_outcome()
    });
    if let Some(error_type) = &args.error_type {
        let at_closure = path_at(krate, error_type.span());
        outcome = quote_spanned! {at(error_type.span())=>
            #at_closure::__private::renamed(#outcome, __value, #error_type)
        };
    }
    if args.ok_if.is_some() || args.error_if.is_some() || args.none_is_error.is_some() {
        let ok = args
            .ok_if
            .as_ref()
            .map(|ok_if| quote!(ok: ::core::option::Option::Some(#krate::__private::apply(__value, #ok_if)),));
        let error = args.error_if.as_ref().map(|error_if| quote!(error: #krate::__private::apply(__value, #error_if),));
        let none = args
            .none_is_error
            .map(|flag| quote_spanned!(at(flag)=> none: #krate::__private::probe::OptionLike::holds_none(__value),));
        outcome = quote! {
            #krate::__private::decide(
                #outcome,
                #krate::__private::Verdict { #ok #error #none ..::core::default::Default::default() },
            )
        };
    }
    outcome
}
