//! What the attributes expand to, as a reader would write it.

use quote::quote;

use crate::{expand, model};

fn expanded(
    attribute: &'static model::Attribute,
    arguments: proc_macro2::TokenStream,
    item: proc_macro2::TokenStream,
) -> String {
    let tokens = expand::attribute(attribute, arguments, item);
    prettyplease::unparse(&syn::parse2(tokens).expect("the expansion is a file"))
}

#[test]
fn async_fn() {
    insta::assert_snapshot!(expanded(
        &model::AGENT,
        quote!("researcher"),
        quote! {
            /// Finds out.
            #[inline]
            pub async fn research(question: &str) -> Result<Answer, AgentError> {
                Ok(find(question).await?)
            }
        },
    ));
}

#[test]
fn method_of_opaque_return_type_with_arguments() {
    insta::assert_snapshot!(expanded(
        &model::LLM,
        quote!("openai", model = self.model.clone(), usage = |chunk| chunk.usage, attributes("app.tier" = tier)),
        quote! {
            fn stream(&self, tier: i64) -> impl Stream<Item = Result<Chunk, LlmError>> + '_ {
                self.open(tier)
            }
        },
    ));
}

#[test]
fn errors_stand_beside_the_untouched_function() {
    insta::assert_snapshot!(expanded(
        &model::TOOL,
        quote!(42, colour = "red"),
        quote!(
            fn search() {}
        )
    ));
}
