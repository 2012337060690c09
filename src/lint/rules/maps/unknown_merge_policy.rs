#![doc = include_str!("unknown_merge_policy.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use super::reading::maps;
use crate::distance::nearest;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unknown-merge-policy",
    severity: Severity::Error,
    summary: "a merge policy does not exist",
    page: include_str!("unknown_merge_policy.md"),
    check: Check::File(check),
};

/// Policies of today; as whole class names they stand in `com.hazelcast.spi.merge`.
const POLICIES: [&str; 8] = [
    "PutIfAbsentMergePolicy",
    "PassThroughMergePolicy",
    "HigherHitsMergePolicy",
    "LatestUpdateMergePolicy",
    "LatestAccessMergePolicy",
    "DiscardMergePolicy",
    "ExpirationTimeMergePolicy",
    "HyperLogLogMergePolicy",
];
/// Their package.
const PACKAGE: &str = "com.hazelcast.spi.merge.";
/// Policies of 3.x in `com.hazelcast.map.merge`; of later versions another rule speaks.
const FORMER: [&str; 4] = [
    "PassThroughMergePolicy",
    "PutIfAbsentMapMergePolicy",
    "HigherHitsMapMergePolicy",
    "LatestUpdateMapMergePolicy",
];
/// Names of 2.x.
const OLDEST: [&str; 4] = ["hz.ADD_NEW_ENTRY", "hz.HIGHER_HITS", "hz.LATEST_UPDATE", "hz.NO_MERGE"];

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for map in maps(node) {
        let Some(policy) = map.text("merge-policy") else { continue };
        let name = policy.value.as_str();
        let bare = name.strip_prefix(PACKAGE).unwrap_or(name);
        let former = name.strip_prefix("com.hazelcast.map.merge.");
        let is_known = POLICIES.contains(&bare)
            || former.is_some_and(|former| FORMER.contains(&former))
            || OLDEST.contains(&name)
            || name.contains("${");
        // Another package: a class of the operator's own.
        if is_known || bare.contains('.') && former.is_none() {
            continue;
        }
        let message = format!("Hazelcast has no merge policy `{}`", visible(name));
        let finding = RULE.at(node, policy.span, message).note(format!(
            "the node starts; whoever first uses {} gets \"Invalid SplitBrainMergePolicy\"",
            map.label()
        ));
        // `PassThroughMapMergePolicy` never existed, `PutIfAbsent` lacks its end.
        let plain = former.unwrap_or(bare).replace("MapMergePolicy", "MergePolicy");
        let whole = format!("{}MergePolicy", plain.trim_end_matches("MergePolicy"));
        let place = node.config.sources.location(policy.span);
        found.push(match nearest(&whole, POLICIES) {
            Some(meant) => {
                finding.fix(Fix::suggestion(format!("write `{meant}`"), Edit::replace(place, meant)))
            }
            None => finding.help(format!("write one of {}", POLICIES.join(", "))),
        });
    }
}
