//! The kinds of slips that people make in a member entry.

use std::ops::Range;

use cobnut_diagnostics::Span;

use super::Repair;

/// What is wrong with one entry. An entry has at most one slip: the one that explains it best.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slip {
    /// Which kind.
    pub(crate) kind: SlipKind,
    /// The offending characters within the entry's text.
    pub(crate) at: Vec<Range<usize>>,
    /// Possible readings.
    pub(crate) repairs: Vec<Repair>,
    /// Whether a reading counts only if some file names its address.
    pub(crate) only_known: bool,
    /// A replacement for several entries at once.
    pub(crate) region: Option<(Span, String)>,
}

/// Kinds of slips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SlipKind {
    /// A separator of another kind than the place asks for.
    Separator,
    /// Fewer than four numbers.
    MissingOctet,
    /// More than four numbers.
    ExtraOctet,
    /// A colon too many, or two ports.
    ExtraColon,
    /// A number above 255.
    OctetOutOfRange,
    /// A letter that looks like a digit.
    Letter,
    /// A dot at an edge, or two in a row.
    StrayDot,
    /// Characters of East Asian width.
    FullWidth,
    /// Characters that nobody sees.
    Invisible,
    /// A scheme, a user name or a path.
    Url,
    /// A network in CIDR notation.
    Cidr,
    /// A port that is no number.
    InvalidPort,
    /// A port above 65535 or below -1.
    PortOutOfRange,
    /// Port 0, or -1 for none.
    PortZero,
    /// A blank beside the colon of the port.
    BlankAtColon,
    /// Separators that leave an empty entry between them.
    EmptyPiece,
    /// Line ends or tabs between entries.
    LineBreak,
    /// Entries separated by blanks alone.
    BlankSeparator,
    /// Brackets around something else than IPv6, or without their other half.
    Brackets,
    /// An IPv6 address with a port and no brackets.
    Ipv6Port,
    /// Groups that make no IPv6 address.
    MalformedIpv6,
    /// An IPv6 scope, which is dropped.
    Ipv6Scope,
    /// A range whose end is below its start.
    ReversedRange,
    /// A range or wildcard before the last octet.
    RangeOutsideLastOctet,
    /// A range that is dialled at very many places.
    WideRange,
    /// An address that no host has.
    NotAHost,
    /// Octets with leading zeros.
    LeadingZero,
    /// A variable whose value the file does not know.
    Variable,
    /// Text that is neither an address nor a host name.
    HostName,
    /// A piece of an entry that another slip explains.
    PartOfAnother,
}

impl Slip {
    /// A slip without a reading.
    pub(crate) fn new(kind: SlipKind) -> Self {
        Self { kind, at: Vec::new(), repairs: Vec::new(), only_known: false, region: None }
    }

    /// Points at characters.
    pub(crate) fn at(mut self, at: Vec<Range<usize>>) -> Self {
        self.at = at;
        self
    }

    /// Adds a reading.
    pub(crate) fn or(mut self, repair: Repair) -> Self {
        self.repairs.push(repair);
        self
    }

    /// Lets only addresses count that some file names.
    pub(crate) fn only_known(mut self) -> Self {
        self.only_known = true;
        self
    }

    /// Replaces several entries at once.
    pub(crate) fn region(mut self, span: Span, text: String) -> Self {
        self.region = Some((span, text));
        self
    }
}
