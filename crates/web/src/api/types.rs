//! The types of the JavaScript API, for `ordinal.d.ts`.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** How a page is mounted. */
export interface MountOptions {
  /** What the address would ask for: `?example=pets&embed=1`. */
  search?: string;
  /** Whether the document is Ordinal's alone: its keys, its paste, its dropped files. */
  wholePage?: boolean;
  /** Gives a promise of the editor's module; without it there is a plain text field. */
  editor?: () => Promise<unknown>;
}

/** What became of a text. */
export interface Loaded {
  /** Whether nothing was refused and there is something to run. */
  accepted: boolean;
  /** Objects that were applied. */
  objects: number;
  diagnostics: { severity: "error" | "warning" | "note"; message: string; line: number; column: number; path?: string }[];
  repairs: { id: string; sentence: string; line: number; column: number }[];
  /** Objects that are referred to, are not there, and got a placeholder. */
  missing: { kind: string; name: string; filled: boolean }[];
  /** What the API server answered where it refused something. */
  refused: string[];
}

/** What the cluster said to a command line. */
export interface Ran {
  ok: boolean;
  /** What kubectl would print: on standard output, or on standard error. */
  text: string;
}

/** The world under the playhead. Times are milliseconds of simulated time unless they say otherwise. */
export interface Frame {
  t_ms: number;
  /** Where the playhead stands, in milliseconds of presentation time. */
  shown_ms: number;
  /** Whether nothing more happens by itself. */
  settled: boolean;
  /** The beat as a sentence. */
  caption: string;
  pods: {
    namespace: string; name: string; uid: string; phase: string; ready: boolean; terminating: boolean;
    node?: string; ip?: string;
  }[];
  /** `ready` and `taints` are what the API believes, `powered` and `linked` the truth. */
  nodes: { name: string; ready: boolean; taints: string[]; powered: boolean; linked: boolean }[];
  claims: { namespace: string; name: string; phase: string; volume?: string }[];
  /** The bytes behind the volumes, in truth. */
  disks: {
    volume: string; attached: string[]; mounted: string[];
    writes: { pod: string; uid: string; node: string; path: string; text: string }[];
  }[];
}
"#;
