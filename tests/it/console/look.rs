//! How the console looks: on a phone, in light and dark, to people who need contrast.

use super::kept;
use serde_json::{Value, json};
use tenterhook_tests::Browser;

/// The views, and what each shows when it is ready.
const VIEWS: [(&str, &str); 11] = [
    ("", "No disks"),
    ("#/hooks/disks", "Last outcomes"),
    ("#/hooks/zebra", "there is no hook"),
    ("#/log", "not today"),
    ("#/log/1", "Sent"),
    ("#/deliveries", "Resend"),
    ("#/deliveries/65536", "Attempts"),
    ("#/problems", "broken.toml"),
    ("#/catalogue", "cloud.pre_create"),
    ("#/test", "Before a resource"),
    ("#/live", "Connected"),
];

/// Every text that is to be seen and has less than 4.5 of contrast to what lies behind it (WCAG 2.2, 1.4.3).
const FAINT: &str = r#"
const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
const rgba = (colour) => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return { rgb: [r, g, b], a: a / 255 };
};
const over = (top, below) => top.rgb.map((part, n) => part * top.a + below[n] * (1 - top.a));
const behind = (element) => {
  const layers = [];
  for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
  return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
};
const light = (rgb) => {
  const [r, g, b] = rgb.map((part) => part / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (element, colour) => {
  const back = behind(element);
  const [dark, bright] = [light(over(rgba(colour), back)), light(back)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
};
document.querySelectorAll('details').forEach((details) => { details.open = true; });
const faint = [];
let seen = 0;
const judge = (element, colour, text) => {
  if (!element.checkVisibility() || element.closest('.unseen') || element.closest('title, datalist, option')) return;
  seen += 1;
  const found = contrast(element, colour);
  if (found < 4.5) faint.push(`${found.toFixed(2)} ${element.tagName} ${element.className} ${text.trim().slice(0, 40)}`);
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const node = texts.currentNode, element = node.parentElement;
  if (!node.data.trim()) continue;
  const style = getComputedStyle(element);
  judge(element, element instanceof SVGElement ? style.fill : style.color, node.data);
}
for (const control of document.querySelectorAll('input, select, textarea')) {
  judge(control, getComputedStyle(control).color, control.name);
  if (control.placeholder) judge(control, getComputedStyle(control, '::placeholder').color, control.placeholder);
}
return { faint: [...new Set(faint)], seen };
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_text_has_contrast_in_light_and_dark() {
    let Some(browser) = Browser::start() else { return };
    let console = kept().await;
    for scheme in ["light", "dark"] {
        browser.prefers(scheme);
        for (view, ready) in VIEWS {
            console.open(&browser, view, ready).await;
            let Value::Object(found) = browser.run(FAINT) else { panic!("the script returns an object") };
            assert_eq!(found["faint"], json!([]), "{scheme} {view}");
            assert!(found["seen"].as_u64() > Some(10), "{scheme} {view}: the check sees the texts");
        }
    }
    browser.run("document.querySelector('h1').style.color = '#777'");
    assert_ne!(browser.run(FAINT)["faint"], json!([]), "the check would notice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_scrolls_sideways_on_a_phone() {
    let Some(browser) = Browser::start() else { return };
    let console = kept().await;
    for width in [375, 861, 1100] {
        browser.room(width, 800);
        for (view, ready) in VIEWS {
            console.open(&browser, view, ready).await;
            let script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
            assert_eq!(browser.run(script), 0, "{view} at {width}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_keyboard_comes_everywhere_and_is_seen() {
    let Some(browser) = Browser::start() else { return };
    let console = kept().await;
    console.open(&browser, "", "No disks").await;
    browser.tab_to("Skip to the content").press(tenterhook_tests::Key::Enter);
    assert_eq!(browser.run("return document.activeElement.id"), "main");
    browser.run("document.activeElement.blur()");
    browser.tab_to("Test event");
    let outline = browser.run("return getComputedStyle(document.activeElement).outlineStyle");
    assert_eq!(outline, "solid", "what has the focus is marked");
    browser.press(tenterhook_tests::Key::Enter);
    tenterhook_tests::until("the view opens with its head in focus", || browser.focus() == "Test event")
        .await;
    let unnamed = "return [...document.querySelectorAll('input, select, textarea')].filter(control => \
        !control.labels?.length && !control.getAttribute('aria-label')).length";
    assert_eq!(browser.run(unnamed), 0, "every control has a name");
    browser.tab_to("Sign in").press(tenterhook_tests::Key::Enter);
    tenterhook_tests::until("the dialog is open", || browser.text("dialog h2") == "Sign in").await;
    assert_eq!(browser.focus(), "Token");
    browser.press(tenterhook_tests::Key::Escape);
    assert_eq!(browser.focus(), "Sign in", "the keyboard comes back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_form_of_a_hook_fits_on_a_phone_and_has_contrast() {
    let Some(browser) = Browser::start() else { return };
    let console = kept().await;
    browser.room(375, 800);
    for scheme in ["light", "dark"] {
        browser.prefers(scheme);
        console.open(&browser, "", "No disks").await;
        browser.tab_to("New hook").press(tenterhook_tests::Key::Enter);
        tenterhook_tests::until("the form is open", || browser.text("dialog h2") == "New hook").await;
        let script =
            "const form = document.querySelector('dialog'); return form.scrollWidth - form.clientWidth";
        assert_eq!(browser.run(script), 0);
        assert_eq!(browser.run(FAINT)["faint"], json!([]), "{scheme}");
        let unnamed = "return [...document.querySelectorAll('dialog :is(input, select, textarea)')].filter(control => \
            !control.labels?.length && !control.getAttribute('aria-label')).length";
        assert_eq!(browser.run(unnamed), 0, "every control has a name");
    }
}
