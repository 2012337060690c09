//! Finding rows of the table, with what they inherit.

use super::info::{AttributeInfo, Effect, ElementInfo, TEXT, attribute, group};
use super::version::{Version, Versions};
use super::{SUBJECTS, why};

/// The path of the root element.
pub const ROOT: &str = "hazelcast";

static HAZELCAST: ElementInfo =
    group(ROOT).obeyed().attributes(&[attribute("id", TEXT).default("default").no_effect(why::ROOT_ID)]);

/// An element at its place.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Its row.
    pub info: &'static ElementInfo,
    /// The schema versions that know it there.
    pub versions: Versions,
    /// What Cobnut does with it.
    pub effect: Effect,
}

/// An attribute at its place.
#[derive(Debug, Clone, Copy)]
pub struct KnownAttribute {
    /// Its row.
    pub info: &'static AttributeInfo,
    /// The schema versions that know it there.
    pub versions: Versions,
    /// What Cobnut does with it.
    pub effect: Effect,
}

/// The element at a path such as `hazelcast/network/join`; names in any letter case, as Hazelcast's processor compares them.
///
/// `None` when no version knows it there. Below an element that is [`open`](ElementInfo::open) other names are legal, too.
pub fn element(path: &str) -> Option<Known> {
    let mut names = path.split('/');
    if names.next() != Some(ROOT) {
        return None;
    }
    names.try_fold(root(), Known::child)
}

/// What may stand directly inside the element at a path; nothing for a path that is not known.
pub fn children(path: &str) -> impl Iterator<Item = Known> {
    element(path).into_iter().flat_map(Known::children)
}

fn root() -> Known {
    let versions = Versions { since: Version::OLDEST, until: Version::NEWEST };
    Known { info: &HAZELCAST, versions, effect: Effect::Obeyed }
}

impl Known {
    /// The elements directly inside, in the order of the table.
    pub fn children(self) -> impl Iterator<Item = Self> {
        // The root's are spread over the subjects.
        let subjects: &'static [&'static [ElementInfo]] =
            if std::ptr::eq(self.info, &raw const HAZELCAST) { &SUBJECTS } else { &[] };
        let rows = self.info.children.iter().chain(subjects.iter().copied().flatten());
        rows.filter_map(move |info| {
            let versions = Versions { since: info.since, until: info.until }.within(self.versions)?;
            Some(Self { info, versions, effect: info.effect.unwrap_or(self.effect) })
        })
    }

    /// The element of this name directly inside.
    pub fn child(self, name: &str) -> Option<Self> {
        self.children().find(|child| child.info.name.eq_ignore_ascii_case(name))
    }

    /// Its attributes.
    pub fn attributes(self) -> impl Iterator<Item = KnownAttribute> {
        self.info.attributes.iter().filter_map(move |info| {
            let versions = Versions { since: info.since, until: info.until }.within(self.versions)?;
            Some(KnownAttribute { info, versions, effect: info.effect.unwrap_or(self.effect) })
        })
    }

    /// The attribute of exactly this name.
    pub fn attribute(self, name: &str) -> Option<KnownAttribute> {
        self.attributes().find(|attribute| attribute.info.name == name)
    }
}
