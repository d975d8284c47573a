// The manifests' editor: a text field, and behind it the same text in colours. What a browser's own field does well
// (undo, search, large texts, screen readers, keyboards of phones) stays the browser's; here are only colours, line
// numbers, marks, and the indentation of a new line. Of the text only the lines in view are drawn.
// Loaded when it is first wanted; until then, and where that fails, the page shows a plain text field.

/** Reading a text costs; a person types faster than it is worth. */
const PAUSE_MS = 120;
/** Lines drawn above and below of what is seen. */
const MARGIN = 12;
/** Characters of a text that can be edited: a browser's field lays out all of its lines, and stops answering above that. */
const EDITABLE = 400_000;
/** Characters shown of a longer text. */
const SHOWN = 50_000;
/** Characters of a line that are coloured; those after them are shown plainly. */
const COLOURED = 1000;

const BLOCK = /(?:^|[\s:-])[|>][+\-\d]{0,2}\s*(?:#.*)?$/;
// One alternative at each place, without nested repetition: no text makes this slow.
const TOKEN = new RegExp(
  [
    /(?<comment>(?<=^|\s)#.*)/,
    /(?<meta>^(?:---|\.\.\.)(?=\s|$)|[&*!][^\s,\[\]{}]+)/,
    /(?<key>(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s#"'\[\]{},&*!|>%@`:-][^\s:#,{}\[\]]*)(?=\s*:(?:\s|$)))/,
    /(?<string>"(?:[^"\\]|\\.)*"?|'[^']*'?)/,
    /(?<value>(?<=[\s,\[{]|^)(?:[-+]?\d[\d.eE+_-]*|true|false|null|~)(?=\s*(?:$|[,\]}#]|\s#)))/,
    /(?<mark>[\[\]{},|>]|[-?:](?=\s|$))/,
    /(?<plain>[^\s\[\]{},#:"']+|.)/,
  ].map((one) => one.source).join("|"),
  "gy",
);

const element = (name, className, ...children) => {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
};

/** The pieces of one line: `[text, kind]`, kind empty for what has no colour. */
function pieces(line, block) {
  if (block) return [[line, "string"]];
  const found = [];
  const head = line.slice(0, COLOURED);
  for (const match of head.matchAll(TOKEN)) {
    const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
    found.push([match[0], kind === "plain" ? "" : kind]);
  }
  if (line.length > COLOURED) found.push([line.slice(COLOURED), ""]);
  return found;
}

/** Which lines are inside of a block scalar, of the first `count`. */
function blocks(lines, count) {
  const inside = new Set();
  let parent = -1;
  for (let at = 0; at < count; at += 1) {
    const line = lines[at];
    const indent = line.search(/\S/);
    if (parent >= 0 && (indent < 0 || indent > parent)) inside.add(at);
    else parent = indent >= 0 && line.length < COLOURED && line[indent] !== "#" && BLOCK.test(line) ? indent : -1;
  }
  return inside;
}

/**
 * Starts the editor inside `host`.
 *
 * `on` has `change(text)`, called when typing pauses; `paste(text)`, called at once with the whole text after a paste;
 * and `run(text)`, called for Ctrl+Enter.
 */
export function start(host, text, label, on) {
  const field = element("textarea", "editor__field");
  const behind = element("div", "editor__lines");
  const numbers = element("div", "editor__numbers");
  const note = element("div", "editor__note");
  behind.ariaHidden = numbers.ariaHidden = "true";
  note.role = "status";
  note.hidden = true;
  field.ariaLabel = label;
  field.spellcheck = false;
  field.autocapitalize = "off";
  field.autocomplete = "off";
  field.wrap = "off";
  host.replaceChildren(behind, field, numbers, note);

  let timer = 0;
  let frame = 0;
  let lines = [];
  /** The text, where it is too long for the field. */
  let long = null;
  let marks = new Map();
  let height = 0;

  const lineAt = (offset) => field.value.slice(0, offset).split("\n").length - 1;
  const draw = () => {
    frame = 0;
    height = parseFloat(getComputedStyle(field).lineHeight);
    host.style.setProperty("--digits", `${Math.max(2, String(lines.length).length)}ch`);
    const first = Math.max(Math.floor(field.scrollTop / height) - MARGIN, 0);
    const last = Math.min(first + Math.ceil(field.clientHeight / height) + 2 * MARGIN, lines.length);
    const inside = blocks(lines, last);
    const current = document.activeElement === field ? lineAt(field.selectionStart) : -1;
    const rows = [];
    const counts = [];
    for (let at = first; at < last; at += 1) {
      const row = element("div", at === current ? "editor__line editor__line--current" : "editor__line");
      const here = marks.get(at) ?? [];
      let column = 0;
      for (const [piece, kind] of pieces(lines[at], inside.has(at))) {
        const end = column + piece.length;
        const marked = here.find((m) => m.column >= column && m.column < end);
        const colour = kind && `code--${kind}`;
        row.append(marked || kind ? element("span", marked ? `${colour} editor__mark--${marked.severity}` : colour, piece) : piece);
        column = end;
      }
      // A mark at the end of a line has nothing to underline.
      const past = here.find((m) => m.column >= column);
      if (past) row.append(element("span", `editor__mark--${past.severity}`, " "));
      rows.push(row);
      counts.push(element("div", here.length ? `editor__number editor__number--${here[0].severity}` : "editor__number", `${at + 1}`));
    }
    behind.replaceChildren(...rows);
    numbers.replaceChildren(...counts);
    const top = first * height - field.scrollTop;
    behind.style.transform = `translate(${-field.scrollLeft}px, ${top}px)`;
    numbers.style.transform = `translateY(${top}px)`;
    const said = long === null
      ? (marks.get(current) ?? []).map((m) => m.message).join("\n")
      : "This text is too long to be edited here. It begins so:";
    if (note.textContent !== said) note.textContent = said;
    note.hidden = !said;
  };
  const later = () => (frame ||= requestAnimationFrame(draw));
  const changed = () => {
    lines = field.value.split("\n");
    later();
  };
  const whole = () => long ?? field.value;
  const show = (next) => {
    long = next.length > EDITABLE ? next : null;
    field.readOnly = long !== null;
    field.value = long === null ? next : next.slice(0, SHOWN);
    field.setSelectionRange(0, 0);
    field.scrollTop = 0;
    marks = new Map();
    changed();
  };
  /** Types for the user, so that it can be undone. */
  const type = (typed) => {
    if (!document.execCommand("insertText", false, typed)) field.setRangeText(typed, field.selectionStart, field.selectionEnd, "end");
  };
  const clear = () => {
    clearTimeout(timer);
    timer = 0;
  };

  field.addEventListener("input", (event) => {
    clear();
    // What was marked has moved; the next reading marks it again.
    changed();
    if (event.inputType === "insertFromPaste" || event.inputType === "insertFromDrop") on.paste(field.value);
    else timer = setTimeout(() => on.change(field.value), PAUSE_MS);
  });
  // More than the field can hold does not get there. A long text can only be replaced.
  field.addEventListener("paste", (event) => {
    const pasted = event.clipboardData.getData("text/plain");
    if (long === null && field.value.length + pasted.length <= EDITABLE) return;
    event.preventDefault();
    clear();
    const kept = long === null ? field.value : "";
    show(kept.slice(0, field.selectionStart) + pasted + kept.slice(field.selectionEnd));
    on.paste(whole());
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.shiftKey || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      clear();
      on.run(whole());
      return;
    }
    const before = field.value.slice(field.value.lastIndexOf("\n", field.selectionStart - 1) + 1, field.selectionStart);
    if (long !== null) return;
    const indent = before.match(/^ */)[0] + (/:\s*$/.test(before) ? "  " : "");
    if (!indent) return;
    event.preventDefault();
    type(`\n${indent}`);
  });
  field.addEventListener("scroll", later, { passive: true });
  field.addEventListener("blur", later);
  // A mark says what it is about under the pointer, too.
  field.addEventListener("mousemove", (event) => {
    const line = Math.floor((event.offsetY - parseFloat(getComputedStyle(field).paddingTop) + field.scrollTop) / height);
    const said = (marks.get(line) ?? []).map((m) => m.message).join("\n");
    if (field.title !== said) field.title = said;
  });
  const moved = () => document.activeElement === field && later();
  document.addEventListener("selectionchange", moved);
  const resized = new ResizeObserver(later);
  resized.observe(field);
  show(text);

  return {
    /** Replaces the text, without telling. */
    text(next) {
      if (whole() === next) return;
      clear();
      show(next);
    },
    /** Marks places: `[{ line, column, severity, message }]`, lines and columns from 1. */
    mark(found) {
      marks = new Map();
      for (const { line, column, severity, message } of found) {
        const at = Math.min(Math.max(line, 1), lines.length) - 1;
        marks.set(at, [...(marks.get(at) ?? []), { column: Math.max(column, 1) - 1, severity, message }]);
      }
      later();
    },
    /** Shows a place and puts the cursor there. */
    go(line, column) {
      const at = Math.min(Math.max(line, 1), lines.length) - 1;
      let offset = Math.min(Math.max(column, 1) - 1, lines[at].length);
      for (let i = 0; i < at; i += 1) offset += lines[i].length + 1;
      field.focus();
      field.setSelectionRange(offset, offset);
      field.scrollTop = at * height - field.clientHeight / 2;
      later();
    },
    focus() {
      field.focus();
    },
    end() {
      clear();
      cancelAnimationFrame(frame);
      document.removeEventListener("selectionchange", moved);
      resized.disconnect();
      host.replaceChildren();
    },
  };
}
