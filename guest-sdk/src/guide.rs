//! The guide for authors of hooks, from an empty folder to a hook that others run.
//!
//! [First hook](first_hook) · [testing](mod@testing) · [properties and state](properties_and_state) ·
//! [`limits`] · [`versions`] · [`publishing`]

/// From an empty folder to an answer.
///
/// `tenterhook new server-quota --event cloud.pre_create` makes a project with what stands here; `--lang js`, `python`
/// or `c` makes one in another language. In its folder `tenterhook dev` builds it whenever you save, fires the events of
/// `cases/` at it, and shows which outcomes changed. By hand, it is two files. `Cargo.toml`:
///
/// ```toml
/// [package]
/// name = "server-quota"
/// version = "0.1.0"
/// edition = "2024"
///
/// [lib]
/// crate-type = ["cdylib", "rlib"]
///
/// [dependencies]
/// tenterhook-sdk = "0.1"
///
/// [profile.release]
/// opt-level = "s"
/// strip = true
/// panic = "abort"
/// ```
///
/// `src/lib.rs`:
///
/// ```
/// use tenterhook_sdk::prelude::*;
///
/// #[derive(Deserialize)]
/// struct Server {
///     cpu: u32,
/// }
///
/// #[hook(on = "cloud.pre_create", option = "SERVER", priority = 10)]
/// fn server_quota(event: Event<Server>) -> Result<Verdict> {
///     let max = property_or("max_cpus", 16)?;
///     Ok(if event.data.cpu > max { veto("quota.cpu", format!("at most {max} CPUs")) } else { accept() })
/// }
/// ```
///
/// `tenterhook build . --out hooks` compiles it into a hooks directory; it is `cargo build --release --target
/// wasm32-wasip2`, and the component says of itself which events it wants. An event, `event.json`:
///
/// ```json
/// {
///   "specversion": "1.0", "id": "1", "source": "guide", "type": "cloud.pre_create", "option": "SERVER",
///   "data": { "cpu": 32 }
/// }
/// ```
///
/// `tenterhook fire event.json` asks the hooks of `./hooks`, prints what each of them said, and ends with 10, because
/// this one refused. `tenterhook events cloud.pre_create` says what an event carries and what a hook may do to it.
pub mod first_hook {}

/// Three nets, each wider than the one before.
///
/// **Unit tests**: a handler is a plain function, and [`test::Host`](crate::test::Host) what it finds around it.
/// `cargo test` needs no host and no wasm:
///
/// ```
/// use tenterhook_sdk::prelude::*;
///
/// #[hook(on = "cloud.post_create", option = "SERVER", priority = 100)]
/// fn count(event: Event) -> Result<Verdict> {
///     let so_far: u64 = state::increment("servers", 1)?;
///     if so_far == property_or("celebrate", 1000)? {
///         log::info!("server {so_far}: {}", event.subject.as_deref().unwrap_or("?"));
///     }
///     Ok(accept())
/// }
///
/// let event = test::event("cloud.post_create").told().facet("option", "SERVER").subject("web-9").data(json!({}));
/// let mut host = test::Host::new().property("celebrate", 3).state("servers", 2);
/// assert_eq!(host.run(|| count(event)), Ok(accept()));
/// assert_eq!(host.log(), ["info: server 3: web-9"]);
/// assert_eq!(host.kept::<u64>("servers"), Some(3));
/// ```
///
/// **Cases**: `tenterhook test` runs the component itself, in the sandbox it will have, over `cases/*.json`: events and
/// what is to come of them, side by side. `--update` writes the outcomes that are found, and `--record` makes cases of
/// what a service was sent.
///
/// **A dry run**: a running service answers test events with all of its hooks, and nothing that they do is kept.
///
/// `tenterhook bench` says what a call costs, with `--flame fuel.svg` where its fuel goes, and `tenterhook inspect COMPONENT`
/// what a component asks for.
pub mod testing {}

/// What the operator sets, and what the hook keeps.
///
/// A property is the operator's, in the hook's TOML, over the default that the attribute gives. One that is set wrong is
/// an error: a guard whose limit cannot be read must not let everything through. What must not stand in a file is a
/// secret, and the hook reads it like any other:
///
/// ```toml
/// # hooks/server-quota.toml
/// [properties]
/// max_cpus = 32
/// exempt = ["vdc-1", "vdc-7"]
/// token = { secret = "crm-token" }
///
/// [grants]
/// keyvalue = true
/// ```
///
/// ```
/// use tenterhook_sdk::prelude::*;
///
/// #[hook(on = "cloud.pre_create", priority = 10, properties(max_cpus = 16), wants(keyvalue = true))]
/// fn server_quota(event: Event) -> Result<Verdict> {
///     let exempt: Vec<String> = property_or("exempt", Vec::new())?;
///     let subject = event.subject.unwrap_or_default();
///     if exempt.contains(&subject) {
///         return Ok(accept());
///     }
///     // State: the hook's own, for each tenant. What this writes is kept if the handler returns a verdict.
///     let asked: u64 = state::increment(&format!("asked/{subject}"), 1)?;
///     Ok(if asked > 100 { veto("quota.asked", "too many servers were asked for") } else { accept() })
/// }
///
/// let ask = |subject| test::event("cloud.pre_create").facet("option", "SERVER").subject(subject).data(json!({}));
/// let mut host = test::Host::new().property("exempt", ["vdc-1"]).state("asked/vdc-2", 100);
/// assert_eq!(host.run(|| server_quota(ask("vdc-1"))), Ok(accept()));
/// assert!(matches!(host.run(|| server_quota(ask("vdc-2"))), Ok(verdict) if verdict != accept()));
/// ```
///
/// What the hook must look up elsewhere comes from the application ([`platform`](crate::platform)), or over HTTP from
/// what its operator grants (`http`, a feature of this crate).
///
/// A sandbox is new for every event, so nothing else stays: no static, no file. Told events come at least once, and a
/// call that fails leaves no state behind, so an event that comes again counts once.
pub mod properties_and_state {}

/// What a call may use, what happens when it uses more, and what to do then.
///
/// The trail of an outcome (`tenterhook fire`, `tenterhook log`) has a line for each hook, with its fuel, memory and time,
/// and, where it failed, one of these words. What a failure means for the event is the operator's: `on_failure`.
///
/// | word | the hook | what to do |
/// |---|---|---|
/// | `fuel` | ran more than 100 M instructions | `tenterhook bench`; read [`RawJson`](crate::RawJson) where data is large and only passed on; else `fuel` |
/// | `memory` | held more than 16 MiB | the same; else `memory`, up to the host's ceiling |
/// | `deadline` | took more than 50 ms (asked), 1 s (told) | mostly waiting for the application: ask it less; else `deadline` |
/// | `budget` | was not reached in time: all hooks of one event have 250 ms together | a matter of the hooks before it |
/// | `output` | answered or kept more than 64 KiB | amend with a patch, not the whole; else `output` |
/// | `stack` | called itself too deeply | bound what recurses over data |
/// | `trap` | panicked: the message has its words | mend it; return an error where data may be odd |
/// | `error` | returned an error | as its words say |
/// | `invalid` | answered no JSON, or a patch that is no object | mend it |
/// | `power` | vetoed or amended where the event does not allow it | `tenterhook events NAME` says what it allows |
/// | `ungranted` | touched files or sockets | do without; there are none |
/// | `tripped` | failed so often that it rests | see what it failed by; it is tried again by itself |
/// | `unavailable` | did not load | `tenterhook check` says why |
///
/// Limits are the operator's, in the hook's TOML. Ask for them in your README:
///
/// ```toml
/// # hooks/server-quota.toml
/// [limits]
/// fuel = 200_000_000
/// memory = "32MiB"
/// deadline = "80ms"
/// output = "128KiB"
/// log = "32KiB"
/// ```
///
/// The same event on the same component costs the same fuel, always; so a test may hold a hook to it.
pub mod limits {}

/// Which hooks run on which host.
///
/// A component is made for a version of the contract, `tenterhook:hook@0.1.0`, which its SDK names. It loads on every
/// host that serves this version or a later one of the same line: what is published never changes, what is new comes
/// beside it. `tenterhook inspect` says which version a component is made for; a host that does not serve it refuses it
/// when it is loaded, and names those that it does. How a version is retired stands in `wit/README.md`.
///
/// A catalogue's events may gain facet values and data. So read what you need and pass over the rest, as serde does by
/// itself; amend with a patch of what you change, and what you do not know stays as it was:
///
/// ```
/// use tenterhook_sdk::prelude::*;
///
/// #[hook(on = "billing.before.clients.create", priority = 10)]
/// fn upper_case_country(event: Event) -> Verdict {
///     match event.data["country"].as_str() {
///         Some(country) => amend(json!({ "country": country.to_uppercase() })),
///         None => accept(),
///     }
/// }
///
/// let event = test::event("billing.before.clients.create").data(json!({ "country": "de", "new": 1 }));
/// assert_eq!(test::Host::new().run(|| upper_case_country(event)), amend(json!({ "country": "DE" })));
/// ```
///
/// A new version of your hook stands beside the one before it for its first calls, and is taken back where it fails and
/// that one does not.
pub mod versions {}

/// Into the hands of operators.
///
/// What you give away is one file, the component; it says itself what it is called, which events it wants and what it
/// would like to be granted. `tenterhook build` prints its SHA-256. Publish that beside it: an operator who runs listed
/// components only writes it into the hook's TOML, and then exactly these bytes run.
///
/// ```toml
/// # hooks/server-quota.toml
/// sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
/// ```
///
/// `tenterhook hooks install server-quota.wasm` writes both, here or with `--to` at a running service, after it has
/// checked what `tenterhook check` would; `--replace` puts a new version in place of an old one.
///
/// Say in your README: the events, the properties with their defaults, the grants and why, the limits where the defaults
/// do not do, and what `on_failure` ought to be. Build with a `Cargo.lock` in the repository and the same compiler, so
/// that others get the same bytes.
pub mod publishing {}
