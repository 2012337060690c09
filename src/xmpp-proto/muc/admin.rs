//! Lists and changes of roles and affiliations (XEP-0045 §8 and §9).

use cobnut_model::limits;
use jid::{BareJid, Jid};
use minidom::Element;

use super::affiliations::Cause;
use super::outcome::Outcome;
use super::presence::{Culprit, Notice};
use super::{Affiliation, Context, Role, Room, ns};
use crate::stanza::{Condition, ElementExt as _};

/// Who asks for something.
#[derive(Debug, Clone)]
pub(super) struct Actor {
    pub user: BareJid,
    pub affiliation: Affiliation,
    pub nick: Option<String>,
    pub role: Option<Role>,
}

impl Actor {
    /// Administrators moderate from outside, too.
    fn moderates(&self) -> bool {
        self.role == Some(Role::Moderator) || self.affiliation >= Affiliation::Admin
    }
}

/// One change that somebody asks for.
#[derive(Debug, Clone)]
struct Order {
    what: What,
    reason: Option<String>,
}

#[derive(Debug, Clone)]
enum What {
    /// Nickname, and the role that it gets; `None` puts it out.
    Role(String, Option<Role>),
    /// A person, what they become, and the nickname that they get reserved.
    Affiliation(BareJid, Affiliation, Option<String>),
}

impl Room {
    pub(super) fn actor(&self, from: &Jid, context: &Context<'_>) -> Actor {
        let user = from.to_bare();
        let affiliation = self.affiliation_of(&user, context);
        let occupant = self.occupants.of(from).map(|(occupant, _)| occupant);
        Actor {
            user,
            affiliation,
            nick: occupant.map(|occupant| occupant.nick.clone()),
            role: occupant.map(|occupant| occupant.role),
        }
    }

    pub(super) fn admin_iq(
        &mut self,
        from: &Jid,
        iq: &Element,
        query: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let actor = self.actor(from, context);
        let answer = if iq.attr("type") == Some("get") {
            self.lists(&actor, query).map(Some)
        } else {
            self.carry_out(&actor, query, context, out).map(|()| None)
        };
        match answer {
            Ok(payload) => out.reply(from, iq, payload),
            Err(condition) => out.refuse(from, iq, condition),
        }
    }

    /// The lists that a query names.
    fn lists(&self, actor: &Actor, query: &Element) -> Result<Element, Condition> {
        let mut answer = Element::bare("query", ns::ADMIN);
        let mut is_asked = false;
        for item in query.children().filter(|child| child.is("item", ns::ADMIN)).take(4) {
            is_asked = true;
            if let Some(name) = item.attr("affiliation") {
                let wanted = Affiliation::from_name(name).ok_or(Condition::BadRequest)?;
                self.list_people(actor, wanted, &mut answer)?;
            } else {
                let role = item.attr("role").and_then(Role::from_name).ok_or(Condition::BadRequest)?;
                self.list_occupants(actor, role, &mut answer)?;
            }
        }
        if is_asked { Ok(answer) } else { Err(Condition::BadRequest) }
    }

    fn list_people(&self, actor: &Actor, wanted: Affiliation, answer: &mut Element) -> Result<(), Condition> {
        let config = &self.record.config;
        // In a room where everybody sees everybody, members may know who else is one (§9.5).
        let is_open = config.is_members_only && config.is_non_anonymous && wanted > Affiliation::None;
        let needed = match wanted {
            _ if is_open => Affiliation::Member,
            Affiliation::Owner | Affiliation::Admin => Affiliation::Owner,
            _ => Affiliation::Admin,
        };
        if actor.affiliation < needed {
            return Err(Condition::Forbidden);
        }
        for (address, listed) in self.record.people.iter().filter(|(_, listed)| listed.affiliation == wanted)
        {
            let present = self.occupants.iter().find(|occupant| *address == occupant.user);
            let nick = listed.nickname.as_deref().or(present.map(|occupant| occupant.nick.as_str()));
            let item = Element::bare("item", ns::ADMIN)
                .with_attr("affiliation", wanted.name())
                .with_attr("jid", address.as_str())
                .with_attr_opt("nick", nick)
                .with_attr_opt("role", present.map(|occupant| occupant.role.name()));
            answer.append_child(item);
        }
        Ok(())
    }

    fn list_occupants(&self, actor: &Actor, wanted: Role, answer: &mut Element) -> Result<(), Condition> {
        let is_allowed = match wanted {
            Role::Moderator => actor.affiliation >= Affiliation::Admin,
            Role::Participant | Role::Visitor => actor.moderates(),
        };
        if !is_allowed {
            return Err(Condition::Forbidden);
        }
        for occupant in self.occupants.iter().filter(|occupant| occupant.role == wanted) {
            let jid = occupant.shown().map(|(jid, _)| jid.to_string());
            let item = Element::bare("item", ns::ADMIN)
                .with_attr("nick", &occupant.nick)
                .with_attr("role", wanted.name())
                .with_attr("affiliation", occupant.affiliation.name())
                .with_attr_opt("jid", jid);
            answer.append_child(item);
        }
        Ok(())
    }

    /// Checks all orders before the first is carried out.
    fn carry_out(
        &mut self,
        actor: &Actor,
        query: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) -> Result<(), Condition> {
        let items = query.children().filter(|child| child.is("item", ns::ADMIN));
        let orders: Vec<Order> = items.map(|item| self.read_order(item)).collect::<Result<_, _>>()?;
        if orders.is_empty() {
            return Err(Condition::BadRequest);
        }
        for order in &orders {
            match &order.what {
                What::Role(nick, role) => self.may_set_role(actor, nick, *role)?,
                What::Affiliation(user, affiliation, nick) => {
                    self.may_set_affiliation(actor, user, *affiliation, nick.as_deref(), context)?;
                }
            }
        }
        let is_new = |order: &&Order| match &order.what {
            What::Affiliation(user, affiliation, _) => {
                *affiliation != Affiliation::None && !self.is_listed(user)
            }
            What::Role(..) => false,
        };
        self.has_places_for(orders.iter().filter(is_new).count())?;
        self.keeps_owner(&orders)?;
        for order in orders {
            let culprit = Culprit { nick: actor.nick.as_deref(), user: &actor.user };
            let cause = Cause { actor: Some(culprit), reason: order.reason.as_deref(), is_quiet: false };
            match order.what {
                What::Role(nick, role) => self.set_role(&nick, role, cause, context, out),
                What::Affiliation(user, affiliation, nick) => {
                    self.set_affiliation(&user, affiliation, nick.as_deref(), cause, context, out);
                }
            }
        }
        Ok(())
    }

    fn read_order(&self, item: &Element) -> Result<Order, Condition> {
        let reason =
            item.get_child("reason", ns::ADMIN).map(Element::text).filter(|reason| !reason.is_empty());
        if reason.as_deref().is_some_and(|reason| reason.chars().count() > limits::ROOM_TEXT_CHARS_MAX) {
            return Err(Condition::PolicyViolation);
        }
        let nick = item.attr("nick");
        let what = if let Some(name) = item.attr("affiliation") {
            let affiliation = Affiliation::from_name(name).ok_or(Condition::BadRequest)?;
            let (user, reserved) = match (item.attr("jid"), nick) {
                (Some(jid), nick) => {
                    (Jid::new(jid).map_err(|_| Condition::JidMalformed)?.into_bare(), nick.map(str::to_owned))
                }
                (None, Some(nick)) => {
                    (self.occupants.get(nick).ok_or(Condition::ItemNotFound)?.user.clone(), None)
                }
                (None, None) => return Err(Condition::BadRequest),
            };
            What::Affiliation(user, affiliation, reserved.filter(|_| affiliation == Affiliation::Member))
        } else {
            let role = match item.attr("role") {
                Some("none") => None,
                name => Some(name.and_then(Role::from_name).ok_or(Condition::BadRequest)?),
            };
            What::Role(nick.ok_or(Condition::BadRequest)?.to_owned(), role)
        };
        Ok(Order { what, reason })
    }

    fn may_set_role(&self, actor: &Actor, nick: &str, role: Option<Role>) -> Result<(), Condition> {
        if !actor.moderates() {
            return Err(Condition::Forbidden);
        }
        let target = self.occupants.get(nick).ok_or(Condition::ItemNotFound)?;
        let is_lowered = role < Some(target.role);
        // Administrators and owners keep what their affiliation gives them (§8.4, §9.7); nobody puts a better one out.
        let is_protected = match role {
            Some(_) => target.affiliation >= Affiliation::Admin || target.affiliation > actor.affiliation,
            None => target.affiliation > actor.affiliation,
        };
        if is_lowered && is_protected {
            return Err(Condition::NotAllowed);
        }
        let touches_moderator = role == Some(Role::Moderator) || target.role == Role::Moderator;
        let needs_admin = role.is_some() && touches_moderator;
        if needs_admin && actor.affiliation < Affiliation::Admin { Err(Condition::Forbidden) } else { Ok(()) }
    }

    fn set_role(
        &mut self,
        nick: &str,
        role: Option<Role>,
        cause: Cause<'_>,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let Some(occupant) = self.occupants.get(nick) else { return };
        match role {
            Some(role) if role == occupant.role => {}
            Some(role) => {
                let affiliation = occupant.affiliation;
                self.set_standing(nick, affiliation, role, cause, out);
            }
            None => {
                let Cause { actor, reason, .. } = cause;
                let notice = Notice { actor, reason, codes: vec![307], ..Notice::leaving() };
                self.expel(nick, &notice, context, out);
            }
        }
    }

    fn may_set_affiliation(
        &self,
        actor: &Actor,
        user: &BareJid,
        affiliation: Affiliation,
        nick: Option<&str>,
        context: &Context<'_>,
    ) -> Result<(), Condition> {
        if actor.affiliation < Affiliation::Admin {
            return Err(Condition::Forbidden);
        }
        let current = self.listed_affiliation(user, context);
        if actor.affiliation < Affiliation::Owner {
            if affiliation >= Affiliation::Admin {
                return Err(Condition::Forbidden);
            }
            if current >= Affiliation::Admin && *user != actor.user {
                return Err(Condition::NotAllowed);
            }
        }
        if *user == actor.user && affiliation == Affiliation::Outcast {
            return Err(Condition::Conflict);
        }
        if nick.is_some_and(|nick| !super::enter::is_nick(nick)) {
            return Err(Condition::NotAcceptable);
        }
        if nick.is_some_and(|nick| self.is_reserved_for_other(user, nick)) {
            return Err(Condition::Conflict);
        }
        Ok(())
    }

    /// Somebody has to stay owner (§10.4).
    fn keeps_owner(&self, orders: &[Order]) -> Result<(), Condition> {
        let mut owners: std::collections::BTreeSet<&BareJid> = std::collections::BTreeSet::new();
        let listed = self.record.people.iter().filter(|(_, listed)| listed.affiliation == Affiliation::Owner);
        owners.extend(listed.filter_map(|(address, _)| address.try_as_full().err()));
        let had_owner = !owners.is_empty();
        for order in orders {
            match &order.what {
                What::Affiliation(user, Affiliation::Owner, _) => owners.insert(user),
                What::Affiliation(user, _, _) => owners.remove(user),
                What::Role(..) => false,
            };
        }
        if had_owner && owners.is_empty() { Err(Condition::Conflict) } else { Ok(()) }
    }
}
