//! What the author wrote in `#[hook(…)]`, `#[hooks(…)]`, `#[on(…)]`. Knows syntax; nothing of events.

use proc_macro2::{Span, TokenStream};
use serde_json::{Map, Value};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprLit, Ident, Lit, LitStr, Result, Token, parenthesized, token};

use crate::catalogue::did_you_mean;
use crate::errors::Errors;
use crate::literal::{json, strings};

/// The keys that are no facets.
pub(crate) const KEYS: [&str; 9] =
    ["on", "priority", "name", "description", "on_failure", "properties", "schedule", "wants", "catalogue"];

/// The keys of a schedule; what they may hold is the host's to check.
const SCHEDULE_KEYS: [&str; 6] = ["cron", "every", "start", "timezone", "catch_up", "name"];

/// What a hook may want of its operator.
const WANTS: [&str; 2] = ["keyvalue", "http"];

/// What a hook says of itself as a whole.
#[derive(Default)]
pub(crate) struct Hook {
    pub(crate) priority: i32,
    pub(crate) name: Option<LitStr>,
    pub(crate) description: Option<LitStr>,
    pub(crate) on_failure: Option<LitStr>,
    pub(crate) properties: Map<String, Value>,
    pub(crate) schedule: Vec<Map<String, Value>>,
    pub(crate) wants: Map<String, Value>,
    pub(crate) catalogue: Option<LitStr>,
}

/// Which events a handler takes.
#[derive(Default)]
pub(crate) struct On {
    pub(crate) events: Vec<LitStr>,
    pub(crate) facets: Vec<Facet>,
}

/// One facet's filter.
pub(crate) struct Facet {
    pub(crate) name: Ident,
    pub(crate) values: Vec<LitStr>,
}

/// The arguments of `#[hook(…)]`.
pub(crate) fn hook(args: TokenStream) -> Result<(Hook, On)> {
    let mut args = Args::parse.parse2(args)?;
    let mut errors = Errors::default();
    let events = match args.take("on") {
        Some(arg) => errors.note(arg.strings()),
        None => {
            errors.add(Error::new(Span::call_site(), "`on` is missing, such as on = \"cloud.pre_create\""));
            None
        }
    };
    let hook = errors.note(args.hook());
    let facets = errors.note(args.facets());
    errors.finish()?;
    let on = On { events: events.unwrap_or_default(), facets: facets.unwrap_or_default() };
    Ok((hook.unwrap_or_default(), on))
}

/// The arguments of `#[hooks(…)]`.
pub(crate) fn hooks(args: TokenStream) -> Result<Hook> {
    let mut args = Args::parse.parse2(args)?;
    let mut errors = Errors::default();
    let hook = errors.note(args.hook());
    for arg in args.0 {
        // `on` is no key here.
        let hint = did_you_mean(&arg.key.to_string(), KEYS.into_iter().skip(1), str::to_owned);
        let message = format!("unknown key \"{}\"{hint}; events and facets belong in #[on(…)]", arg.key);
        errors.add(Error::new(arg.key.span(), message));
    }
    errors.finish()?;
    Ok(hook.unwrap_or_default())
}

impl Parse for On {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let events = strings(&input.parse()?)?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        Ok(Self { events, facets: Args::parse(input)?.facets()? })
    }
}

/// The arguments not yet taken.
struct Args(Vec<Arg>);

struct Arg {
    key: Ident,
    value: ArgValue,
}

enum ArgValue {
    One(Expr),
    Table(Vec<Arg>),
}

impl Args {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let args: Vec<_> = Punctuated::<Arg, Token![,]>::parse_terminated(input)?.into_iter().collect();
        let mut errors = Errors::default();
        for (i, arg) in args.iter().enumerate() {
            if arg.key != "schedule" && args[..i].iter().any(|earlier| earlier.key == arg.key) {
                errors.add(Error::new(arg.key.span(), format!("\"{}\" is there twice", arg.key)));
            }
        }
        errors.finish().map(|()| Self(args))
    }

    fn take(&mut self, key: &str) -> Option<Arg> {
        let at = self.0.iter().position(|arg| arg.key == key)?;
        Some(self.0.remove(at))
    }

    /// Takes the keys of the hook as a whole.
    fn hook(&mut self) -> Result<Hook> {
        let mut errors = Errors::default();
        let mut string = |key: &str| self.take(key).and_then(|arg| errors.note(arg.string()));
        let mut hook = Hook {
            name: string("name"),
            description: string("description"),
            on_failure: string("on_failure"),
            catalogue: string("catalogue"),
            ..Hook::default()
        };
        match self.take("priority") {
            Some(arg) => hook.priority = errors.note(arg.priority()).unwrap_or_default(),
            None => errors.add(Error::new(Span::call_site(), "`priority` is missing; lower runs first")),
        }
        if let Some(arg) = self.take("properties") {
            hook.properties = errors.note(arg.table("properties(max_cpus = 16)")).unwrap_or_default();
        }
        while let Some(arg) = self.take("schedule") {
            hook.schedule.extend(errors.note(arg.known("schedule(cron = \"0 3 * * *\")", &SCHEDULE_KEYS)));
        }
        if let Some(arg) = self.take("wants") {
            hook.wants = errors.note(arg.known("wants(keyvalue = true)", &WANTS)).unwrap_or_default();
        }
        errors.finish().map(|()| hook)
    }

    /// Takes the rest: the facets.
    fn facets(self) -> Result<Vec<Facet>> {
        let mut errors = Errors::default();
        let mut facets = Vec::new();
        for arg in self.0 {
            let name = arg.key.clone();
            match arg.strings() {
                Ok(values) => facets.push(Facet { name, values }),
                Err(_) => {
                    let hint = did_you_mean(&name.to_string(), KEYS, str::to_owned);
                    let message =
                        format!("unknown key \"{name}\"{hint}; a facet takes \"value\" or [\"a\", \"b\"]");
                    errors.add(Error::new(name.span(), message));
                }
            }
        }
        errors.finish().map(|()| facets)
    }
}

impl Parse for Arg {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let key = input.call(Ident::parse_any)?;
        if input.peek(token::Paren) {
            let inner;
            parenthesized!(inner in input);
            let table = Punctuated::<Self, Token![,]>::parse_terminated(&inner)?;
            return Ok(Self { key, value: ArgValue::Table(table.into_iter().collect()) });
        }
        input.parse::<Token![=]>()?;
        Ok(Self { key, value: ArgValue::One(input.parse()?) })
    }
}

impl Arg {
    fn wants(&self, what: &str) -> Error {
        Error::new(self.key.span(), format!("\"{}\" takes {what}", self.key))
    }

    fn string(self) -> Result<LitStr> {
        match &self.value {
            ArgValue::One(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => Ok(text.clone()),
            _ => Err(self.wants("a string")),
        }
    }

    fn strings(self) -> Result<Vec<LitStr>> {
        match &self.value {
            ArgValue::One(expr) => strings(expr),
            ArgValue::Table(_) => Err(self.wants("a string or an array of strings")),
        }
    }

    fn priority(self) -> Result<i32> {
        let ArgValue::One(expr) = &self.value else {
            return Err(self.wants("an integer"));
        };
        let number = json(expr).ok().and_then(|number| number.as_i64());
        number.and_then(|number| number.try_into().ok()).ok_or_else(|| self.wants("an integer of 32 bits"))
    }

    /// A table of these keys alone.
    fn known(self, such_as: &str, keys: &[&str]) -> Result<Map<String, Value>> {
        let span = self.key.span();
        let table = self.table(such_as)?;
        match table.keys().find(|key| !keys.contains(&key.as_str())) {
            Some(key) => {
                let hint = did_you_mean(key, keys.iter().copied(), str::to_owned);
                Err(Error::new(span, format!("unknown key \"{key}\"{hint}")))
            }
            None => Ok(table),
        }
    }

    fn table(self, such_as: &str) -> Result<Map<String, Value>> {
        let ArgValue::Table(args) = self.value else {
            return Err(self.wants(&format!("a list: {such_as}")));
        };
        let mut errors = Errors::default();
        let mut table = Map::new();
        for arg in args {
            let key = arg.key.unraw().to_string();
            let value = match arg.value {
                ArgValue::One(expr) => errors.note(json(&expr)),
                ArgValue::Table(_) => errors.note(arg.table(such_as).map(Value::Object)),
            };
            table.insert(key, value.unwrap_or_default());
        }
        errors.finish().map(|()| table)
    }
}
