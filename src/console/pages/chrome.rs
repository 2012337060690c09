//! What surrounds every page: header, tabs, menu, language, banners.

use std::fmt::Display;
use std::sync::Arc;

use cobnut_store::Health;

use crate::app::App;
use crate::auth::{ConsoleSession, FlashKind};
use crate::display;
use crate::i18n::Messages;
use crate::visitor::{Admin, Visitor};

/// The page of the menu that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Menu {
    Overview,
    Properties,
    Clustering,
    Config,
    Users,
    NewUser,
    Sessions,
    /// None of them.
    Nowhere,
}

/// The tabs above the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Server,
    Users,
    Sessions,
    None,
}

impl Menu {
    pub(crate) fn tab(self) -> Tab {
        match self {
            Self::Overview | Self::Properties | Self::Clustering | Self::Config => Tab::Server,
            Self::Users | Self::NewUser => Tab::Users,
            Self::Sessions => Tab::Sessions,
            Self::Nowhere => Tab::None,
        }
    }
}

/// Values for the base template.
pub(crate) struct Chrome {
    language: Arc<Messages>,
    pub(crate) languages: Vec<Arc<Messages>>,
    pub(crate) location: String,
    pub(crate) title: String,
    pub(crate) menu: Menu,
    /// Absent before login, and with it everything that strangers need not know.
    pub(crate) signed_in: Option<SignedIn>,
    /// Seconds after which the page brings its tables up to date.
    pub(crate) refresh_s: Option<u32>,
}

/// What only admins see around a page.
pub(crate) struct SignedIn {
    pub(crate) username: String,
    pub(crate) csrf: String,
    pub(crate) node: String,
    pub(crate) domain: String,
    pub(crate) version: String,
    pub(crate) cluster_key: &'static str,
    pub(crate) cluster_class: &'static str,
    pub(crate) database_lost_since: Option<String>,
    pub(crate) alone: Option<Alone>,
    pub(crate) flash: Option<Banner>,
}

/// The banner of a node that expected peers and has none.
pub(crate) struct Alone {
    pub(crate) since: String,
    /// Whom it expected, and what happened.
    pub(crate) expected: Vec<(String, String)>,
}

/// A message shown once.
pub(crate) struct Banner {
    pub(crate) is_error: bool,
    pub(crate) text: String,
}

impl Chrome {
    /// For a page behind the login.
    pub(crate) fn new(app: &App, admin: Admin, menu: Menu, title_key: &str) -> Self {
        let is_refresh = admin.visitor.is_refresh;
        let mut chrome = Self::public(app, admin.visitor, title_key);
        chrome.menu = menu;
        chrome.sign_in(app, &admin.session);
        // The message is for the page that somebody opens, which is already on its way.
        if let Some(signed_in) = &mut chrome.signed_in
            && !is_refresh
        {
            signed_in.flash = app.sessions.take_flash(&admin.session).map(|flash| Banner {
                is_error: flash.kind == FlashKind::Error,
                text: chrome.language.fill(flash.key, &[("subject", &flash.subject)]),
            });
        }
        chrome
    }

    /// For a page that everybody may see.
    pub(crate) fn public(app: &App, visitor: Visitor, title_key: &str) -> Self {
        Self {
            title: visitor.language.text(title_key).to_owned(),
            languages: app.catalogue.languages().cloned().collect(),
            language: visitor.language,
            location: visitor.location,
            menu: Menu::Nowhere,
            signed_in: None,
            refresh_s: None,
        }
    }

    /// Adds what admins see.
    pub(crate) fn sign_in(&mut self, app: &App, session: &ConsoleSession) {
        let identity = app.cluster.identity();
        let (cluster_key, cluster_class) = cluster_status(app);
        let alone = app
            .cluster
            .alone()
            .map(|notice| Alone { since: display::time(notice.since), expected: notice.expected });
        let database_lost_since = match *app.store.watch_health().borrow() {
            Health::Available => None,
            Health::Unavailable { since } => Some(display::time(since)),
        };
        self.signed_in = Some(SignedIn {
            username: session.username.clone(),
            csrf: session.csrf.clone(),
            node: identity.name.clone(),
            domain: identity.domain.clone(),
            version: identity.version.clone(),
            cluster_key,
            cluster_class,
            database_lost_since,
            alone,
            flash: None,
        });
    }

    /// Makes the tables of the page keep up with the cluster where scripts run.
    pub(crate) fn refreshing(mut self, seconds: u32) -> Self {
        self.refresh_s = Some(seconds);
        self
    }

    /// A message.
    pub(crate) fn t<'a>(&'a self, key: &'a str) -> &'a str {
        self.language.text(key)
    }

    /// A message with one placeholder.
    pub(crate) fn fill(&self, key: &str, name: &str, value: impl Display) -> String {
        self.language.fill(key, &[(name, &value)])
    }

    /// A message with several placeholders.
    pub(crate) fn fill_all(&self, key: &str, values: &[(&str, &dyn Display)]) -> String {
        self.language.fill(key, values)
    }

    pub(crate) fn tag(&self) -> &str {
        &self.language.tag
    }

    pub(crate) fn tab(&self) -> Tab {
        self.menu.tab()
    }

    /// The token for the forms of the page.
    pub(crate) fn csrf(&self) -> &str {
        self.signed_in.as_ref().map_or("", |signed_in| &signed_in.csrf)
    }
}

/// The words of Openfire's header, and a colour.
fn cluster_status(app: &App) -> (&'static str, &'static str) {
    if !app.cluster.is_enabled() {
        return ("status.disabled", "off");
    }
    let members = app.cluster.members();
    let is_oldest = members.iter().any(|member| member.is_self && member.is_oldest);
    match (members.len(), is_oldest) {
        (0 | 1, _) if app.cluster.alone().is_some() => ("status.alone", "bad"),
        (0 | 1, _) => ("status.only", "warn"),
        (_, true) => ("status.oldest", "good"),
        (_, false) => ("status.member", "good"),
    }
}
