//! When somebody looks at a page: a real Chromium without a window, driven over WebDriver.

use serde_json::{Value, json};
use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use ureq::Agent;

/// No window, no network of its own, nothing kept.
const ARGUMENTS: [&str; 10] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en",
];

/// A key that has no character.
#[derive(Debug, Clone, Copy)]
pub enum Key {
    /// To the next control.
    Tab,
    /// Press what has the focus.
    Enter,
    /// Leave a dialog.
    Escape,
}

/// A browser with one page; closed when it is dropped.
pub struct Browser {
    driver: Child,
    agent: Agent,
    session: String,
    _profile: TempDir,
}

/// A driver and its port. It may take one that somebody else gets first, and then ends.
fn driver() -> std::io::Result<(Child, u16)> {
    for _ in 0..5 {
        let mut command = Command::new("chromedriver");
        let mut driver = command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        match port {
            Some(port) => return Ok((driver, port)),
            None => drop(driver.wait()),
        }
    }
    Err(std::io::Error::other("it never says its port"))
}

impl Browser {
    /// Starts one. Without Chromium there is none, and a line says so; with `TENTERHOOK_TEST_ALL` that is a failure.
    #[track_caller]
    #[expect(clippy::print_stdout, reason = "whoever runs the tests is to know what was not run")]
    pub fn start() -> Option<Self> {
        match driver() {
            Ok((driver, port)) => Some(Self::with(driver, port)),
            Err(error) if env::var_os("TENTERHOOK_TEST_ALL").is_none() => {
                println!("needs chromium: not run ({error})");
                None
            }
            Err(error) => panic!("chromedriver does not start: {error}"),
        }
    }

    fn with(driver: Child, port: u16) -> Self {
        let config =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(60)));
        let agent: Agent = config.build().into();
        let profile = TempDir::new().expect("there is room for a temporary directory");
        let mut browser =
            Self { driver, agent, session: format!("http://127.0.0.1:{port}/session"), _profile: profile };
        let folder = format!("--user-data-dir={}", browser._profile.path().display());
        let arguments: Vec<&str> = ARGUMENTS.into_iter().chain([folder.as_str()]).collect();
        let options = json!({ "goog:chromeOptions": { "args": arguments } });
        let session = browser.post("", &json!({ "capabilities": { "alwaysMatch": options } }));
        browser.session =
            format!("{}/{}", browser.session, session["sessionId"].as_str().expect("a session has an id"));
        browser
    }

    #[track_caller]
    fn post(&self, path: &str, body: &Value) -> Value {
        let sent = self.agent.post(format!("{}{path}", self.session)).send_json(body);
        let mut answer = sent.unwrap_or_else(|error| panic!("chromedriver: {error}"));
        let mut json: Value = answer.body_mut().read_json().expect("chromedriver answers JSON");
        assert!(answer.status().is_success(), "{path} {body}: {json}");
        json["value"].take()
    }

    /// Opens a page.
    #[track_caller]
    pub fn open(&self, url: &str) -> &Self {
        // Another place in the same document would not load it.
        self.post("/url", &json!({ "url": "about:blank" }));
        self.post("/url", &json!({ "url": url }));
        self
    }

    /// What the body of a function returns, run in the page.
    #[track_caller]
    pub fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// The text that is to be seen where this selector leads, or nothing.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({selector:?})?.innerText ?? ''");
        self.run(&script).as_str().unwrap_or_default().to_owned()
    }

    /// The text of everything with the focus, by which people know it.
    #[track_caller]
    pub fn focus(&self) -> String {
        let script = "const focus = document.activeElement; \
            return focus.getAttribute('aria-label') ?? focus.labels?.[0]?.innerText ?? focus.innerText";
        self.run(script).as_str().unwrap_or_default().trim().to_owned()
    }

    /// Presses a key.
    #[track_caller]
    pub fn press(&self, key: Key) -> &Self {
        self.types(match key {
            Key::Tab => "\u{e004}",
            Key::Enter => "\u{e007}",
            Key::Escape => "\u{e00c}",
        })
    }

    /// Types a text into whatever has the focus.
    #[track_caller]
    pub fn types(&self, text: &str) -> &Self {
        let press = |key: char| {
            [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })]
        };
        let keys: Vec<Value> = text.chars().flat_map(press).collect();
        self.post("/actions", &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": keys }] }));
        self
    }

    /// Presses Tab until the focus is on what people know by this text.
    #[track_caller]
    pub fn tab_to(&self, text: &str) -> &Self {
        let mut seen = Vec::new();
        for _ in 0..80 {
            if self.press(Key::Tab).focus() == text {
                return self;
            }
            seen.push(self.focus());
        }
        panic!("Tab never comes to {text:?}: {seen:?}");
    }

    /// Gives the page this much room.
    #[track_caller]
    pub fn room(&self, width: u32, height: u32) -> &Self {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)
    }

    /// Prefers `light` or `dark`.
    #[track_caller]
    pub fn prefers(&self, scheme: &str) -> &Self {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features }))
    }

    #[track_caller]
    fn devtools(&self, command: &str, parameters: Value) -> &Self {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }));
        self
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Chromium ends with its session; the driver would leave it behind.
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
