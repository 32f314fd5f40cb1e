//! What the configuration says, and what is said of it.

use super::*;

fn file(toml: &str) -> Sources {
    Sources::default().file(Path::new("etc/tenterhook.toml"), toml)
}

fn problems(sources: Sources) -> Vec<String> {
    sources.read().unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn every_default_is_what_the_table_of_keys_says() {
    let said = KEYS.iter().filter(|key| !key.default.is_empty());
    let flags = said.map(|key| ("--set", key.name, key.default.to_owned()));
    assert_eq!(Sources::default().flags(flags).read().unwrap().0, Config::default());
}

#[test]
fn durations_are_a_list_or_a_text_with_commas() {
    let retries = |toml: &str| file(toml).read().map(|(config, _)| config.deliveries.retries);
    let two = vec![Duration::from_millis(10), Duration::from_secs(60)];
    assert_eq!(retries("deliveries.retries = ['10ms', '1m']").unwrap(), two);
    assert_eq!(retries("deliveries.retries = '10ms, 1m'").unwrap(), two);
    assert_eq!(retries("deliveries.retries = ''").unwrap(), []);
    assert_eq!(
        problems(file("deliveries.retries = ['10ms', 3, '2d']")),
        [
            "etc/tenterhook.toml:1: \"deliveries.retries\" must be a string, not an integer",
            "etc/tenterhook.toml:1: deliveries.retries = \"2d\" is not between 1ms and 1d",
        ]
    );
}

#[test]
fn flags_are_over_variables_and_these_over_the_file() {
    let sources = file("grace = '1s'\nhooks = 'mine'\n[limits]\nbudget = '1s'\nconcurrency = 8\n")
        .variables([
            ("TENTERHOOK_GRACE".into(), "2s".into()),
            ("TENTERHOOK_LIMITS_BUDGET".into(), "2s".into()),
            ("HOME".into(), "x".into()),
        ])
        .flags([("--grace", "grace", "3s".into())]);
    let (config, settings) = sources.read().unwrap();
    let from = |key: &str| {
        let setting = settings.iter().find(|setting| setting.key == key).unwrap();
        format!("{} {}", setting.value, setting.from)
    };
    assert_eq!(config.hooks, Path::new("etc/mine"));
    assert_eq!(config.grace, Duration::from_secs(3));
    assert_eq!(from("grace"), "3s --grace");
    assert_eq!(from("limits.budget"), "2s TENTERHOOK_LIMITS_BUDGET");
    assert_eq!(from("limits.concurrency"), "8 etc/tenterhook.toml:5");
    assert_eq!(from("limits.prepared"), "128 default");
}

#[test]
fn everything_wrong_is_said_at_once_with_its_place() {
    let toml = "lissen = 'x'\nlisten = 'here'\nlimits = 3\n[connections]\nmax = 0\nheader = 'soon'\n[tls]\nkey = 'k'\n[log]\nformat = 'jsno'";
    let sources = file(toml).variables([("TENTERHOOK_LIMITS_BUDGT".into(), "1s".into())]);
    let expected = [
        "etc/tenterhook.toml:1: unknown key \"lissen\", did you mean \"listen\"?",
        "etc/tenterhook.toml:3: unknown key \"limits\"",
        "unknown variable \"TENTERHOOK_LIMITS_BUDGT\", did you mean \"TENTERHOOK_LIMITS_BUDGET\"?",
        "etc/tenterhook.toml:2: listen = \"here\" is no address, write it as in \"127.0.0.1:8710\", \"[::1]:8710\" or \"unix:/run/tenterhook.sock\"",
        "etc/tenterhook.toml:5: connections.max = 0 is not between 1 and 100000",
        "etc/tenterhook.toml:6: connections.header = \"soon\" is no duration, write it as in \"50ms\" or \"2s\"",
        "etc/tenterhook.toml:10: unknown log.format \"jsno\", did you mean \"json\"?",
        "etc/tenterhook.toml:8: tls.key is set and tls.certificate is not",
    ];
    assert_eq!(problems(sources), expected);
}

#[test]
fn who_encrypts_is_said_in_one_way() {
    let files = "[tls]\ncertificate = '/c.pem'\nkey = '/k.pem'";
    let tls = Tls::Files { certificate: "/c.pem".into(), key: "/k.pem".into() };
    assert_eq!(file(files).read().unwrap().0.tls, tls);
    let over = |variable: (&str, &str)| {
        file(files).variables([(variable.0.to_owned(), variable.1.to_owned())]).read().unwrap().0.tls
    };
    assert_eq!(over(("TENTERHOOK_TLS", "terminated")), Tls::Terminated);
    let both = [("--set", "tls", "off".to_owned()), ("--set", "tls.key", "k".to_owned())];
    assert_eq!(
        problems(Sources::default().flags(both)),
        ["--set: tls is set beside tls.certificate and tls.key, leave out one or the other"]
    );
}

#[test]
fn what_is_no_key_of_the_configuration_is_passed_over() {
    let names = ["SECRET_CRM", "TOKEN", "CONFIG", "TEST_ALL", "SERVICE_HOST", "PORT_8710_TCP"];
    let variables = names.map(|name| (format!("TENTERHOOK_{name}"), "x".to_owned()));
    assert_eq!(Sources::default().variables(variables).read().unwrap().0, Config::default());
}
