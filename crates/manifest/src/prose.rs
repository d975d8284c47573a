//! A tutorial: its manifests stand in blocks of code, with and without fences.

use crate::blocks;
use crate::fences;
use crate::mend::{self, Draft};
use crate::reader::Work;
use crate::reading::{Position, Severity, Words};
use crate::repairs::marks;
use crate::text::Text;

impl Work<'_> {
    /// Blocks between fences, and blocks whose fences are lost.
    pub(crate) fn prose(&mut self, whole: &Text) {
        for block in fences::blocks(whole) {
            if block.fenced
                && let Ok(drafts) = mend::read_all(&block.text, self.options)
                && mend::is_clean(&drafts)
                && !drafts.is_empty()
                && !marks::has_ellipses(&block.text)
            {
                for draft in drafts {
                    self.draft(Draft {
                        from_prose: true,
                        ..draft
                    });
                }
                continue;
            }
            let rendered = self.rendered(&block.text);
            let segments = blocks::segments(&rendered.text, true);
            if segments.is_empty() && block.fenced {
                self.fragment(&block.text);
            } else {
                self.reading.repairs.extend(rendered.repair);
            }
            segments
                .into_iter()
                .for_each(|segment| self.segment(segment, true));
        }
        if self.settled.is_empty() && self.reading.diagnostics.is_empty() {
            let message = "there is no manifest in this text: none of its lines begins with apiVersion or kind";
            self.diagnose(
                Severity::Error,
                Words::Ordinal,
                message.to_owned(),
                Position::default(),
                None,
            );
        }
    }

    /// A fenced block that begins in the middle of an object.
    fn fragment(&mut self, block: &Text) {
        const PARTS: &[&str] = &[
            "spec",
            "metadata",
            "template",
            "volumeClaimTemplates",
            "affinity",
            "containers",
            "updateStrategy",
            "volumes",
        ];
        let first = block.lines.iter().enumerate().find(|(_, line)| {
            let text = line.text.trim();
            !text.is_empty() && !text.starts_with('#') && text != "..."
        });
        let Some((row, line)) = first else { return };
        let parts = crate::lines::parts(&line.text);
        if let Some(key) = parts
            .key
            .filter(|key| PARTS.contains(key) && parts.value.is_empty())
        {
            let message = format!(
                "this block is part of a manifest: it begins at `{key}` and is not applied"
            );
            self.diagnose(
                Severity::Note,
                Words::Ordinal,
                message,
                block.at(row, parts.column),
                None,
            );
        }
    }
}
