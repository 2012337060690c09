//! One row of the table, and the words that the rows are written with.

use super::version::Version;

/// What a text or an attribute may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Nothing: the element only groups others, or carries attributes.
    Nothing,
    /// Any text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number within these bounds, both included.
    Integer {
        /// Smallest allowed number; `None` is what the number's own type holds.
        min: Option<i64>,
        /// Largest allowed number.
        max: Option<i64>,
    },
    /// A number with a decimal point.
    Decimal,
    /// One of these words, in this letter case; over all versions.
    OneOf(&'static [&'static str]),
}

/// What Cobnut does with a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// As the file says.
    Obeyed,
    /// The setting is accepted and changes nothing, and why that is right.
    NoEffect(&'static str),
    /// A server does not start while it is enabled, and why.
    Refused(&'static str),
}

/// An element as the table states it; [`super::Known`] adds what follows from the elements around it.
#[derive(Debug, Clone, Copy)]
pub struct ElementInfo {
    /// Its name.
    pub name: &'static str,
    /// What its text holds.
    pub value: ValueType,
    /// The text that counts when there is none; differs from the schema's where Hazelcast's code does.
    pub default: Option<&'static str>,
    /// Whether it may stand several times below one parent.
    pub repeats: bool,
    /// Whether it may hold elements of any other name too: the settings of a plug-in.
    pub open: bool,
    /// Its attributes.
    pub attributes: &'static [AttributeInfo],
    /// Elements directly inside.
    pub children: &'static [ElementInfo],
    pub(super) since: Version,
    pub(super) until: Version,
    pub(super) effect: Option<Effect>,
}

/// An attribute as the table states it.
#[derive(Debug, Clone, Copy)]
pub struct AttributeInfo {
    /// Its name, in Hazelcast's letter case.
    pub name: &'static str,
    /// What it holds.
    pub value: ValueType,
    /// The value that counts when it is absent.
    pub default: Option<&'static str>,
    /// Whether the schema demands it.
    pub required: bool,
    pub(super) since: Version,
    pub(super) until: Version,
    pub(super) effect: Option<Effect>,
}

pub(super) const TEXT: ValueType = ValueType::Text;
pub(super) const FLAG: ValueType = ValueType::Flag;
pub(super) const DECIMAL: ValueType = ValueType::Decimal;
pub(super) const INTEGER: ValueType = ValueType::Integer { min: None, max: None };
pub(super) const NATURAL: ValueType = at_least(0);
pub(super) const POSITIVE: ValueType = at_least(1);
pub(super) const PORT: ValueType = between(0, 65535);

pub(super) const fn at_least(min: i64) -> ValueType {
    ValueType::Integer { min: Some(min), max: None }
}

pub(super) const fn between(min: i64, max: i64) -> ValueType {
    ValueType::Integer { min: Some(min), max: Some(max) }
}

pub(super) const fn one_of(words: &'static [&'static str]) -> ValueType {
    ValueType::OneOf(words)
}

/// An element without text.
pub(super) const fn group(name: &'static str) -> ElementInfo {
    value(name, ValueType::Nothing)
}

/// An element with a text.
pub(super) const fn value(name: &'static str, value: ValueType) -> ElementInfo {
    ElementInfo {
        name,
        value,
        default: None,
        repeats: false,
        open: false,
        attributes: &[],
        children: &[],
        since: Version::OLDEST,
        until: Version::NEWEST,
        effect: None,
    }
}

/// An optional attribute.
pub(super) const fn attribute(name: &'static str, value: ValueType) -> AttributeInfo {
    AttributeInfo {
        name,
        value,
        default: None,
        required: false,
        since: Version::OLDEST,
        until: Version::NEWEST,
        effect: None,
    }
}

impl ElementInfo {
    /// The first schema version that knows it; without this, its parent's.
    pub(super) const fn since(mut self, major: u8, minor: u8) -> Self {
        self.since = Version::new(major, minor);
        self
    }

    /// The last schema version that knows it; without this, its parent's.
    pub(super) const fn until(mut self, major: u8, minor: u8) -> Self {
        self.until = Version::new(major, minor);
        self
    }

    pub(super) const fn default(mut self, text: &'static str) -> Self {
        self.default = Some(text);
        self
    }

    pub(super) const fn repeats(mut self) -> Self {
        self.repeats = true;
        self
    }

    pub(super) const fn open(mut self) -> Self {
        self.open = true;
        self
    }

    pub(super) const fn attributes(mut self, attributes: &'static [AttributeInfo]) -> Self {
        self.attributes = attributes;
        self
    }

    pub(super) const fn children(mut self, children: &'static [ElementInfo]) -> Self {
        self.children = children;
        self
    }

    /// Holds for everything inside that does not say otherwise, like the other two effects.
    pub(super) const fn obeyed(mut self) -> Self {
        self.effect = Some(Effect::Obeyed);
        self
    }

    pub(super) const fn no_effect(mut self, why: &'static str) -> Self {
        self.effect = Some(Effect::NoEffect(why));
        self
    }

    pub(super) const fn refused(mut self, why: &'static str) -> Self {
        self.effect = Some(Effect::Refused(why));
        self
    }
}

impl AttributeInfo {
    pub(super) const fn since(mut self, major: u8, minor: u8) -> Self {
        self.since = Version::new(major, minor);
        self
    }

    pub(super) const fn until(mut self, major: u8, minor: u8) -> Self {
        self.until = Version::new(major, minor);
        self
    }

    pub(super) const fn default(mut self, text: &'static str) -> Self {
        self.default = Some(text);
        self
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) const fn no_effect(mut self, why: &'static str) -> Self {
        self.effect = Some(Effect::NoEffect(why));
        self
    }
}
