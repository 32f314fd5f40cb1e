//! serde's derives for crates that do not depend on serde.
//!
//! serde's own derive needs to be told where serde is, on every type. Telling it takes a second
//! definition of the type, which serde calls a remote derive; the type itself then forwards to it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, Data, DeriveInput, Error, Fields, Result};

/// Derives `Deserialize`.
pub(crate) fn deserialize(input: DeriveInput) -> Result<TokenStream> {
    let ident = input.ident.clone();
    let definition = definition(input, &format_ident!("Deserialize"))?;
    Ok(quote! {
        const _: () = {
            #definition

            impl<'de> ::tenterhook_sdk::serde::Deserialize<'de> for #ident {
                fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
                where
                    D: ::tenterhook_sdk::serde::Deserializer<'de>,
                {
                    Definition::deserialize(deserializer)
                }
            }
        };
    })
}

/// Derives `Serialize`.
pub(crate) fn serialize(input: DeriveInput) -> Result<TokenStream> {
    let ident = input.ident.clone();
    let definition = definition(input, &format_ident!("Serialize"))?;
    Ok(quote! {
        const _: () = {
            #definition

            impl ::tenterhook_sdk::serde::Serialize for #ident {
                fn serialize<S>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error>
                where
                    S: ::tenterhook_sdk::serde::Serializer,
                {
                    Definition::serialize(self, serializer)
                }
            }
        };
    })
}

/// The type once more, with nothing but serde's attributes.
fn definition(mut input: DeriveInput, derive: &syn::Ident) -> Result<TokenStream> {
    if !input.generics.params.is_empty() {
        let message = "this derive knows no generics: add serde to Cargo.toml and derive serde's own";
        return Err(Error::new_spanned(input.generics, message));
    }
    let remote = input.ident.to_string();
    input.ident = format_ident!("Definition", span = input.ident.span());
    keep_serde(&mut input.attrs);
    match &mut input.data {
        Data::Struct(data) => keep_serde_of(&mut data.fields),
        Data::Enum(data) => {
            for variant in &mut data.variants {
                keep_serde(&mut variant.attrs);
                keep_serde_of(&mut variant.fields);
            }
        }
        Data::Union(data) => {
            return Err(Error::new_spanned(data.union_token, "serde knows no unions"));
        }
    }
    Ok(quote! {
        #[derive(::tenterhook_sdk::serde::#derive)]
        #[serde(crate = "::tenterhook_sdk::serde", remote = #remote)]
        #[allow(dead_code)]
        #input
    })
}

fn keep_serde_of(fields: &mut Fields) {
    fields.iter_mut().for_each(|field| keep_serde(&mut field.attrs));
}

fn keep_serde(attributes: &mut Vec<Attribute>) {
    attributes.retain(|attribute| attribute.path().is_ident("serde"));
}
