//! The terminal, key by key.

use fantoccini::key::Key;
use ordinal_tests::browser::{Page, Site, View};
use ordinal_tests::skip;

const FIELD: &str = ".terminal__pane--chosen .terminal__field";
/// The prompt before the field; empty while a line is at work.
const PROMPT: &str = "document.querySelector('.terminal__pane--chosen .terminal__line .terminal__prompt').textContent";
/// All that is on the screen.
const SCREEN: &str = "document.querySelector('.terminal__pane--chosen .terminal__log').innerText";

/// A page whose run is over, with its terminal open and the cursor in it.
async fn open(query: &str) -> Page {
    let page = Page::open(query, View::WIDE.still()).await;
    page.wait_until("document.querySelector('.app').dataset.settled === 'true'")
        .await;
    page.press("t").await;
    page.click(FIELD).await;
    page
}

/// Types a line, key by key.
async fn type_keys(page: &Page, line: &str) {
    for key in line.chars() {
        page.press(&key.to_string()).await;
    }
    page.press(&Key::Enter.to_string()).await;
}

async fn screen(page: &Page) -> String {
    page.eval(SCREEN)
        .await
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

async fn control(page: &Page, letter: &str) {
    page.press(&format!("{}{letter}", Key::Control)).await;
    page.press(&Key::Null.to_string()).await;
}

#[tokio::test]
async fn what_is_typed_is_answered_completed_and_remembered() {
    let page = open("?t=60").await;

    type_keys(&page, "kubectl get sts").await;
    page.wait_until(&format!("{SCREEN}.includes('shop   3/3')"))
        .await;
    page.press(&format!("k delete pod sh{}", Key::Tab)).await;
    page.wait_until(&format!(
        "document.querySelector('{FIELD}').value === 'k delete pod shop-'"
    ))
    .await;
    page.wait_until("document.querySelector('.terminal__offers').innerText.replace(/\\s+/g, ' ') === 'shop-0 shop-1 shop-2'")
        .await;
    // Once more: one after the other.
    page.press(&format!("{0}{0}", Key::Tab)).await;
    page.wait_until("document.querySelector('.terminal__offer--taken')?.innerText === 'shop-1'")
        .await;
    control(&page, "c").await;
    page.wait_until(&format!("{SCREEN}.endsWith('k delete pod shop-1^C')"))
        .await;
    page.press(&Key::Up.to_string()).await;

    let value = page
        .eval(&format!("document.querySelector('{FIELD}').value"))
        .await;
    assert_eq!(value, "kubectl get sts");
    control(&page, "l").await;
    page.wait_until(&format!("{SCREEN}.trim() === ''")).await;
    page.assert_quiet().await;
}

#[tokio::test]
async fn control_c_ends_a_loop_and_the_prompt_is_back() {
    let page = open("?t=60").await;

    type_keys(&page, "while true; do echo turn; sleep 1; done").await;
    page.wait_until(&format!("({SCREEN}.match(/turn\\n/g) ?? []).length >= 2"))
        .await;
    assert_eq!(page.eval(PROMPT).await, "");
    control(&page, "c").await;
    page.wait_until(&format!("{PROMPT} === '$ '")).await;

    assert!(screen(&page).await.ends_with("\n^C\n") || screen(&page).await.ends_with("\n^C"));
    let turns = "(".to_owned() + SCREEN + ".match(/turn\\n/g) ?? []).length";
    let before = page.eval(&turns).await;
    page.eval("new Promise((done) => setTimeout(done, 1500))")
        .await;
    assert_eq!(page.eval(&turns).await, before);
}

const EDITOR: &str = ".terminal__pane--chosen .terminal__editor";

#[tokio::test]
async fn kubectl_edit_opens_an_editor_that_is_opened_again_when_the_server_refuses() {
    let page = open("?t=60").await;
    let replace = |old: &str, new: &str| {
        format!(
            "(() => {{ const e = document.querySelector('{EDITOR}'); e.value = e.value.replace('{old}', '{new}'); }})()"
        )
    };

    type_keys(&page, "kubectl edit sts shop").await;
    page.wait_until(&format!(
        "document.activeElement === document.querySelector('{EDITOR}')"
    ))
    .await;
    page.screenshot("terminal-editor").await;
    page.eval(&replace("replicas: 3", "replicas: -1")).await;
    control(&page, "s").await;
    page.wait_until(&format!(
        "document.querySelector('{EDITOR}')?.value.includes('# * spec.replicas: ')"
    ))
    .await;
    page.eval(&replace("replicas: -1", "replicas: 4")).await;
    control(&page, "s").await;

    page.wait_until(&format!(
        "{SCREEN}.trim().endsWith('is invalid\\nstatefulset.apps/shop edited')"
    ))
    .await;
    page.wait_until("document.getElementById('app').player.frame().pods.length === 4")
        .await;
    // Who closes it goes on at the prompt.
    type_keys(&page, "kubectl edit svc shop").await;
    page.wait_until(&format!("document.querySelector('{EDITOR}')"))
        .await;
    page.eval("[...document.querySelectorAll('.terminal__keys button')].pop().click()")
        .await;
    page.wait_until(&format!(
        "{SCREEN}.trim().endsWith('Edit cancelled, no changes made.')"
    ))
    .await;
    type_keys(&page, "echo on").await;
    page.wait_until(&format!("{SCREEN}.trim().endsWith('$ echo on\\non')"))
        .await;
    page.assert_quiet().await;
}

#[tokio::test]
async fn terminals_side_by_side_see_what_the_other_does_as_it_happens() {
    let page = open("?t=60").await;

    type_keys(&page, "kubectl get pods -w | grep shop-1").await;
    page.eval("document.querySelector('[aria-label=\"Another terminal\"]').click()")
        .await;
    page.click(FIELD).await;
    type_keys(&page, "kubectl delete pod shop-1").await;

    let first = "document.querySelector('.terminal__log').innerText";
    page.wait_until(&format!("{first}.includes('Terminating')"))
        .await;
    assert_eq!(
        page.eval(&format!("{first}.includes('Pending')")).await,
        false,
        "not before it happens"
    );
    page.wait_until(&format!(
        "/Pending[^]*ContainerCreating[^]*Running/.test({first})"
    ))
    .await;
    page.wait_until(&format!("{PROMPT} === '$ '")).await;
    page.screenshot("terminals").await;
    page.assert_quiet().await;
}

#[tokio::test]
async fn an_embedded_page_has_a_terminal_where_it_is_asked_for() {
    let html = "<!doctype html><title>Course</title><iframe title='Ordinal' src='index.html?embed=1&panel=terminal&t=60' \
                width='900' height='640'></iframe>";
    let page = Page::open_on(
        Site::dist_with(&[("course.html", html)]),
        "course.html",
        View::WIDE,
    )
    .await;
    let inside = "document.querySelector('iframe').contentDocument";

    page.wait_until(&format!("{inside}?.querySelector('.terminal__field')"))
        .await;

    let overflow = format!(
        "(() => {{ const d = {inside}.documentElement; return [d.scrollWidth - d.clientWidth, d.scrollHeight - d.clientHeight]; }})()"
    );
    assert_eq!(page.eval(&overflow).await.to_string(), "[0,0]");
    page.eval(&format!(
        "{inside}.querySelector('.terminal__field').focus()"
    ))
    .await;
    assert_eq!(
        page.eval(&format!("{inside}.querySelectorAll('.header').length"))
            .await,
        0
    );
    page.screenshot("terminal-embedded").await;
}

#[tokio::test]
async fn a_pasted_block_with_a_here_document_runs_whole() {
    let page = open("?t=60").await;
    let block = "cat > web.yaml <<EOF\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: pasted\nEOF\nkubectl apply -f web.yaml\nfor i in 1 2; do\n  echo turn $i\ndone\n";

    page.fill(FIELD, block).await;
    assert_eq!(screen(&page).await.trim(), "", "a paste waits for Enter");
    page.press(&Key::Enter.to_string()).await;

    page.wait_until(&format!("{SCREEN}.includes('configmap/pasted created')"))
        .await;
    page.wait_until(&format!("{SCREEN}.includes('turn 1\\nturn 2')"))
        .await;
    assert_eq!(
        page.eval(&format!("document.querySelector('{FIELD}').value"))
            .await,
        ""
    );
}

#[tokio::test]
async fn markup_is_text() {
    let page = open("?t=60").await;

    type_keys(
        &page,
        "echo '<b id=made>bold</b>' \"<img src=x onerror=alert(1)>\"",
    )
    .await;
    page.wait_until(&format!(
        "{SCREEN}.includes('<b id=made>bold</b> <img src=x onerror=alert(1)>')"
    ))
    .await;

    assert_eq!(
        page.eval("document.querySelectorAll('#made, .terminal img').length")
            .await,
        0
    );
    page.assert_quiet().await;
}

#[tokio::test]
async fn ten_thousand_lines_slow_no_frame() {
    let page = open("?t=60").await;

    type_keys(&page, "seq 1 11000").await;
    page.wait_until("document.querySelector('.terminal__log').textContent.endsWith('\\n11000\\n')")
        .await;
    page.wait_until("(() => { const pane = document.querySelector('.terminal__pane'); return pane.scrollTop + pane.clientHeight > pane.scrollHeight - 40; })()")
        .await;

    let elements = page
        .eval("document.querySelectorAll('.terminal__chunk').length")
        .await;
    assert!(elements.as_u64().unwrap_or(0) <= 112, "{elements}");
    page.eval("document.getElementById('app').player.seek(0)")
        .await;
    type_keys(&page, "sleep 20; echo over").await;
    // While time plays below ten thousand lines: the longest task between frames.
    let longest = page
        .eval(
            "new Promise((done) => { let last = performance.now(), worst = 0, n = 0; const look = (now) => { worst = Math.max(worst, \
             now - last); last = now; (++n < 90) ? requestAnimationFrame(look) : done(Math.round(worst)); }; requestAnimationFrame(look); })",
        )
        .await;
    println!("longest frame with 10,000 lines: {longest} ms");
    assert!(longest.as_u64().unwrap_or(u64::MAX) < 500, "{longest}");
}

#[tokio::test]
async fn the_keyboard_gets_in_and_out() {
    let page = open("?t=60").await;

    page.press("kubectl").await;
    page.press(&Key::Escape.to_string()).await;
    page.press(&Key::Tab.to_string()).await;

    let inside = page
        .eval("document.activeElement.classList.contains('terminal__field')")
        .await;
    assert_eq!(inside, false);
    let log = page
        .eval("[...document.querySelectorAll('.terminal__log')].map((log) => [log.getAttribute('role'), log.getAttribute('aria-live'), log.getAttribute('aria-label')].join())")
        .await;
    assert_eq!(log.to_string(), "[\"log,polite,Output of terminal 1\"]");
    page.assert_quiet().await;
}

/// The commands of a text in fenced blocks, with what is printed below each.
fn blocks(text: &str) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    let (mut commands, mut prints) = (false, false);
    for line in text.lines() {
        match line {
            "```bash" => commands = true,
            "```" => commands = false,
            "> ```" => prints = !prints,
            line if commands => all.push((line.to_owned(), Vec::new())),
            line if prints => {
                if let Some((_, printed)) = all.last_mut() {
                    printed.push(line.trim_start_matches('>').to_owned());
                }
            }
            _ => {}
        }
    }
    all
}

/// Lines without what differs from run to run: ages, addresses, made-up names, the width of columns.
fn normal(text: &str) -> Vec<String> {
    let word = |word: &str| {
        let digits = word.starts_with(|c: char| c.is_ascii_digit());
        match word {
            _ if digits && word.ends_with(['s', 'm', 'h', 'd']) && word.len() < 8 => "AGE",
            _ if digits && word.matches('.').count() == 3 => "ADDRESS",
            _ if word.starts_with("pvc-") => "pvc-UID",
            _ => word,
        }
        .to_owned()
    };
    let line = |line: &str| {
        line.split_whitespace()
            .map(word)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut all: Vec<String> = text
        .lines()
        .map(line)
        .filter(|line| !line.is_empty())
        .collect();
    all.dedup();
    all
}

#[tokio::test]
async fn a_tutorial_is_read_in_the_terminal_as_it_is_printed_there() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/seeds");
    let seeds = std::fs::read_dir(folder)
        .ok()
        .into_iter()
        .flatten()
        .flatten();
    let Some(seed) = seeds
        .map(|file| file.path())
        .find(|path| path.to_string_lossy().contains("004_"))
    else {
        return skip("the tutorials are not here");
    };
    let text = std::fs::read_to_string(seed).expect("a tutorial is text");
    let text = text
        .replace("desocluster.local", "cluster.local")
        .replace("statefulset01", "statefulset");
    let page = open("?t=60").await;
    page.eval(&format!(
        "(() => {{ const data = new DataTransfer(); data.setData('text/plain', {}); document.querySelector('h1')\
         .dispatchEvent(new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }})); }})()",
        serde_json::json!(text)
    ))
    .await;
    page.wait_until("document.querySelector('#example').textContent.includes('your manifests')")
        .await;
    page.press("t").await;
    page.wait_until("document.querySelector('.terminal')").await;
    page.eval("[...document.querySelectorAll('.terminal__tab')].find((tab) => tab.textContent.includes('Empty')).click()").await;
    page.click(FIELD).await;
    let settled = "document.querySelector('.app').dataset.settled === 'true'";
    type_keys(&page, "kubectl apply -f placeholders.yaml").await;
    page.wait_until(settled).await;
    let (mut equal, mut other) = (0, String::new());
    for (number, (command, expected)) in blocks(&text).iter().enumerate() {
        let inside = page.eval(PROMPT).await != "$ ";
        if command.starts_with("kubectl") && inside {
            type_keys(&page, "exit").await;
            page.wait_until(&format!("{PROMPT} === '$ '")).await;
        }
        type_keys(&page, command).await;
        page.wait_until(settled).await;
        if page.eval(PROMPT).await == "" {
            control(&page, "c").await;
            page.wait_until(&format!("{PROMPT} !== ''")).await;
        }
        let said = page
            .eval("(() => { const all = document.querySelectorAll('.terminal__block'); return [...all[all.length - 1].querySelectorAll('.terminal__chunk')].map((c) => c.textContent).join(''); })()")
            .await;
        let said = said.as_str().unwrap_or_default().replace("^C\n", "");
        if expected.is_empty() {
            continue;
        }
        let (wanted, said) = (normal(&expected.join("\n")), normal(&said));
        if wanted == said {
            equal += 1;
        } else {
            other += &format!(
                "{number} $ {command}\n--- printed there\n{}\n--- ours\n{}\n",
                wanted.join("\n"),
                said.join("\n")
            );
        }
    }
    page.screenshot("tutorial-in-the-terminal").await;
    page.assert_quiet().await;
    assert!(equal >= EQUAL, "{equal}: {other}");
}

/// So many blocks of the tutorial are printed as they stand; the others are listed in `tests/scenarios/transcripts.rs`.
const EQUAL: usize = 17;
