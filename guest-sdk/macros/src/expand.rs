//! Makes a component out of handlers: the manifest's section, the exported function, and between them the
//! choice of the handler. The handlers stay as they are.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use syn::{Error, FnArg, Item, ItemFn, ItemMod, LitStr, Result};

use crate::args::{self, Hook, On};
use crate::check::{Handler, check};
use crate::errors::Errors;
use crate::manifest::manifest;

/// Expands `#[hook(…)] fn`.
pub(crate) fn hook(args: TokenStream, function: &ItemFn) -> Result<TokenStream> {
    let mut errors = Errors::default();
    let args = errors.note(args::hook(args));
    errors.note(check_signature(function));
    let checked = args.and_then(|(hook, on)| {
        let mut handlers = [Handler { name: function.sig.ident.to_string(), on }];
        let area = errors.note(check(&hook, &mut handlers))?;
        Some((manifest(&hook, &handlers[0].name, &area, &handlers), hook))
    });
    errors.finish()?;
    let component = checked.map(|(manifest, hook)| {
        let handler = &function.sig.ident;
        component(&hook, &manifest, &quote!(::tenterhook_sdk::dispatch::answer(__event, #handler)))
    });
    Ok(quote!(#function #component))
}

/// Expands `#[hooks(…)] mod`.
pub(crate) fn hooks(args: TokenStream, module: &mut ItemMod) -> Result<TokenStream> {
    let mut errors = Errors::default();
    let hook = errors.note(args::hooks(args));
    let mut handlers = take_handlers(module, &mut errors);
    let checked = hook.and_then(|hook| {
        let area = errors.note(check(&hook, &mut handlers))?;
        Some((manifest(&hook, &module.ident.to_string(), &area, &handlers), hook))
    });
    errors.finish()?;
    if let (Some((manifest, hook)), Some((_, items))) = (checked, &mut module.content) {
        let chosen = handlers.iter().map(choice);
        let component = component(
            &hook,
            &manifest,
            &quote! {
                #(#chosen)*
                ::tenterhook_sdk::dispatch::untaken(&__event)
            },
        );
        items.push(Item::Verbatim(component));
    }
    Ok(module.to_token_stream())
}

/// The errors, and the item as it was, so that nothing else is reported missing.
pub(crate) fn failed(error: &Error, item: &impl ToTokens) -> TokenStream {
    let error = error.to_compile_error();
    quote!(#item #error)
}

/// Takes `#[on(…)]` off the functions that have it.
fn take_handlers(module: &mut ItemMod, errors: &mut Errors) -> Vec<Handler> {
    let mut handlers = Vec::new();
    let items = module.content.as_mut().map(|(_, items)| items);
    for item in items.into_iter().flatten() {
        let Item::Fn(function) = item else { continue };
        let Some(at) = function.attrs.iter().position(|attribute| attribute.path().is_ident("on")) else {
            continue;
        };
        let attribute = function.attrs.remove(at);
        errors.note(check_signature(function));
        if let Some(on) = errors.note(attribute.parse_args::<On>()) {
            handlers.push(Handler { name: function.sig.ident.to_string(), on });
        }
    }
    if handlers.is_empty() {
        errors.add(Error::new_spanned(&module.ident, "no function in this module has #[on(\"…\")]"));
    }
    handlers
}

fn check_signature(function: &ItemFn) -> Result<()> {
    let sig = &function.sig;
    let is_plain = sig.asyncness.is_none() && sig.unsafety.is_none() && sig.generics.params.is_empty();
    match sig.inputs.first() {
        Some(FnArg::Typed(_)) if sig.inputs.len() == 1 && is_plain => Ok(()),
        _ => Err(Error::new_spanned(
            sig,
            "a handler is a plain function of one event: fn(Event<T>) -> Verdict",
        )),
    }
}

/// Runs the handler if it takes the event.
fn choice(handler: &Handler) -> TokenStream {
    let function = syn::Ident::new(&handler.name, proc_macro2::Span::call_site());
    let events = &handler.on.events;
    let facets = handler.on.facets.iter().map(|facet| {
        let (name, values) = (facet.name.to_string(), &facet.values);
        quote!((#name, &[#(#values),*]))
    });
    quote! {
        if ::tenterhook_sdk::dispatch::takes(&__event, &[#(#events),*], &[#(#facets),*]) {
            return ::tenterhook_sdk::dispatch::answer(__event, #function);
        }
    }
}

/// The component: its name is a message, for whoever writes `#[hook]` twice. The names in it are none that a handler
/// may well have.
fn component(hook: &Hook, manifest: &str, body: &TokenStream) -> TokenStream {
    let bytes = Literal::byte_string(manifest.as_bytes());
    let length = manifest.len();
    let rebuild = hook.catalogue.as_ref().map(rebuild);
    quote! {
        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        const a_component_is_one_hook__use_hooks_for_several_handlers: () = {
            #rebuild

            #[allow(dead_code, reason = "called in the sandbox, type-checked everywhere")]
            fn __answer(
                __event: ::tenterhook_sdk::dispatch::WireEvent,
            ) -> ::std::result::Result<::tenterhook_sdk::dispatch::WireVerdict, ::std::string::String> {
                #body
            }

            #[cfg(target_arch = "wasm32")]
            #[allow(unsafe_code, reason = "exporting a function under a chosen name, and naming a section")]
            const _: () = {
                struct Hook;

                impl ::tenterhook_sdk::dispatch::Guest for Hook {
                    fn handle(
                        event: ::tenterhook_sdk::dispatch::WireEvent,
                    ) -> ::std::result::Result<::tenterhook_sdk::dispatch::WireVerdict, ::std::string::String> {
                        __answer(event)
                    }
                }

                ::tenterhook_sdk::bindings::export!(Hook with_types_in ::tenterhook_sdk::bindings);

                #[used]
                #[unsafe(link_section = "tenterhook:manifest")]
                static MANIFEST: [u8; #length] = *#bytes;
            };
        };
    }
}

/// Lets cargo build the hook anew when its catalogue changes.
fn rebuild(path: &LitStr) -> TokenStream {
    quote! {
        const _: &str = ::std::include_str!(::std::concat!(::std::env!("CARGO_MANIFEST_DIR"), "/", #path));
    }
}
