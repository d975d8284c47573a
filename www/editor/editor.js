// The manifests' editor: CodeMirror behind four functions. Bundled by `cargo xtask` and loaded when it is first wanted;
// until then, and where that fails, the page shows a plain text field.

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** Reading a text costs; a person types faster than it is worth. */
const PAUSE_MS = 120;

const colours = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: "var(--code-key)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--code-value)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--faint)", fontStyle: "italic" },
  { tag: [tags.meta, tags.separator, tags.punctuation, tags.squareBracket, tags.brace], color: "var(--soft)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--panel)", fontSize: "12px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-code)", lineHeight: "1.55", scrollbarWidth: "thin" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "1.5px" },
  ".cm-gutters": { backgroundColor: "var(--panel)", color: "var(--faint)", border: "0" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 6px 0 8px", minWidth: "28px" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--shade)" },
  ".cm-activeLineGutter": { color: "var(--soft)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--selection)",
  },
  ".cm-selectionMatch, .cm-searchMatch": { backgroundColor: "var(--selection)", outline: "0" },
  ".cm-panels": { backgroundColor: "var(--shade)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-textfield, .cm-button": {
    backgroundColor: "var(--panel)",
    backgroundImage: "none",
    color: "var(--ink)",
    border: "1px solid var(--line)",
    borderRadius: "6px",
  },
  ".cm-tooltip": { backgroundColor: "var(--panel)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "8px" },
  ".cm-diagnostic": { fontFamily: "var(--font-text)", padding: "6px 10px", maxWidth: "360px" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--bad)" },
  ".cm-diagnostic-warning": { borderLeft: "3px solid var(--warn)" },
  ".cm-diagnostic-info, .cm-diagnostic-hint": { borderLeft: "3px solid var(--accent)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad) 1px", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--warn) 1px", textUnderlineOffset: "3px" },
  ".cm-lintRange-info, .cm-lintRange-hint": {
    backgroundImage: "none",
    textDecoration: "underline dotted var(--accent) 1px",
    textUnderlineOffset: "3px",
  },
  ".cm-lint-marker": { width: "7px", height: "7px", borderRadius: "50%", content: "''", marginTop: "6px" },
  ".cm-lint-marker-error": { backgroundColor: "var(--bad)", content: "''" },
  ".cm-lint-marker-warning": { backgroundColor: "var(--warn)", content: "''" },
  ".cm-lint-marker-info": { backgroundColor: "var(--accent)", content: "''" },
  ".cm-gutter-lint": { width: "12px" },
});

/**
 * Starts the editor inside `host`. It lives in a shadow root, because there its styles need no exception from the
 * page's content security policy.
 *
 * `on` has `change(text)`, called when typing pauses; `paste(text)`, called at once with the whole text after a paste;
 * and `run(text)`, called for Ctrl+Enter.
 */
export function start(host, text, label, on) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  root.replaceChildren();
  let timer = 0;
  let quiet = false;
  const tell = EditorView.updateListener.of((update) => {
    if (!update.docChanged || quiet) return;
    clearTimeout(timer);
    const pasted = update.transactions.some((t) => t.isUserEvent("input.paste") || t.isUserEvent("input.drop"));
    const whole = () => update.state.doc.toString();
    if (pasted) on.paste(whole());
    else timer = setTimeout(() => on.change(view.state.doc.toString()), PAUSE_MS);
  });
  const run = {
    key: "Mod-Enter",
    run: () => {
      clearTimeout(timer);
      on.run(view.state.doc.toString());
      return true;
    },
  };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        highlightActiveLineGutter(),
        highlightSpecialChars(),
        history(),
        drawSelection(),
        indentOnInput(),
        indentUnit.of("  "),
        bracketMatching(),
        highlightActiveLine(),
        highlightSelectionMatches(),
        search({ top: true }),
        lintGutter(),
        yaml(),
        syntaxHighlighting(colours),
        look,
        keymap.of([run, ...defaultKeymap, ...historyKeymap, ...searchKeymap]),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", spellcheck: "false", autocapitalize: "off" }),
        tell,
      ],
    }),
  });

  return {
    /** Replaces the text, without telling. */
    text(next) {
      if (view.state.doc.toString() === next) return;
      clearTimeout(timer);
      quiet = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next }, selection: { anchor: 0 } });
      quiet = false;
    },
    /** Marks places: `[{ line, column, severity, message }]`, lines and columns from 1. */
    mark(found) {
      const doc = view.state.doc;
      const marks = found.map(({ line, column, severity, message }) => {
        const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
        const from = Math.min(at.from + Math.max(column - 1, 0), at.to);
        return { from, to: at.to > from ? at.to : Math.min(from + 1, doc.length), severity, message };
      });
      view.dispatch(setDiagnostics(view.state, marks));
    },
    /** Shows a place and puts the cursor there. */
    go(line, column) {
      const at = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
      const anchor = Math.min(at.from + Math.max(column - 1, 0), at.to);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
      view.focus();
    },
    focus() {
      view.focus();
    },
    end() {
      clearTimeout(timer);
      view.destroy();
    },
  };
}
