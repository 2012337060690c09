//! What a client asks for, in either form.

use cobnut_model::limits;
use cobnut_xmpp_proto::stanza::Condition;
use minidom::Element;
use xmpp_parsers::ns;

use super::NS;
use crate::settings::SearchField;

/// The fields from before data forms, and which of ours each stands for.
const LEGACY_FIELDS: [(&str, SearchField); 7] = [
    ("username", SearchField::Username),
    ("jid", SearchField::Username),
    ("first", SearchField::Name),
    ("last", SearchField::Name),
    ("nick", SearchField::Name),
    ("name", SearchField::Name),
    ("email", SearchField::Email),
];

/// A search: what each field is searched for, and how the answer is to look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) username: Option<String>,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    /// The fields that are told in the same form as they were asked for; `None` for a data form.
    pub(super) legacy: Option<Vec<(&'static str, SearchField)>>,
}

impl Wanted {
    fn place(&mut self, field: SearchField) -> &mut Option<String> {
        match field {
            SearchField::Username => &mut self.username,
            SearchField::Name => &mut self.name,
            SearchField::Email => &mut self.email,
        }
    }
}

/// Reads a `set`; `None` if the person changed their mind and sent the form back. Only `fields` are searched.
pub(super) fn read(query: &Element, fields: &[SearchField]) -> Result<Option<Wanted>, Condition> {
    let is_known = |child: &Element| {
        child.is("x", ns::DATA_FORMS)
            || child.is("set", ns::RSM)
            || (child.has_ns(NS) && LEGACY_FIELDS.iter().any(|(name, _)| *name == child.name()))
    };
    if query.children().next().is_none() || !query.children().all(is_known) {
        return Err(Condition::BadRequest);
    }
    let wanted = match query.get_child("x", ns::DATA_FORMS) {
        Some(form) => match form.attr("type") {
            Some("submit") => read_form(form, fields),
            Some("cancel") => return Ok(None),
            _ => return Err(Condition::BadRequest),
        },
        None => read_legacy(query, fields),
    };
    let texts = [&wanted.username, &wanted.name, &wanted.email];
    if texts.into_iter().flatten().all(|text| is_bearable(text)) {
        Ok(Some(wanted))
    } else {
        Err(Condition::NotAcceptable)
    }
}

fn is_bearable(text: &str) -> bool {
    text.chars().count() <= limits::SEARCH_TEXT_CHARS_MAX
        && text.matches('*').count() <= limits::SEARCH_WILDCARDS_MAX
}

fn read_form(form: &Element, fields: &[SearchField]) -> Wanted {
    let value = |wanted: &str| {
        let field = form.children().find(|child| {
            child.is("field", ns::DATA_FORMS) && child.attr("var").is_some_and(|var| var == wanted)
        });
        let value = field.and_then(|field| field.get_child("value", ns::DATA_FORMS));
        value.map(|value| value.text().trim().to_owned()).unwrap_or_default()
    };
    let is_chosen =
        |field: &SearchField| matches!(value(field.name()).as_str(), "1" | "true" | "TRUE" | "True");
    let mut chosen: Vec<SearchField> = fields.iter().copied().filter(is_chosen).collect();
    // Compat: Spark's search bar fills in the text alone and means everything.
    let has_choice = SearchField::ALL.iter().any(|field| !value(field.name()).is_empty());
    if chosen.is_empty() && !has_choice {
        chosen = fields.to_vec();
    }
    let text = value("search");
    let mut wanted = Wanted::default();
    for field in chosen {
        *wanted.place(field) = Some(text.clone());
    }
    wanted
}

fn read_legacy(query: &Element, fields: &[SearchField]) -> Wanted {
    let mut wanted = Wanted::default();
    let mut told = Vec::new();
    for (name, field) in LEGACY_FIELDS {
        let Some(child) = query.get_child(name, NS).filter(|_| fields.contains(&field)) else { continue };
        told.push((name, field));
        let text = child.text().trim().to_owned();
        if text.is_empty() {
            continue;
        }
        // Of several that stand for the same field the parts follow each other, as first and last name do.
        let place = wanted.place(field);
        *place = Some(place.take().map_or_else(|| text.clone(), |before| format!("{before}*{text}")));
    }
    wanted.legacy = Some(told);
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(children: &str, fields: &[SearchField]) -> Result<Option<Wanted>, Condition> {
        read(&format!("<query xmlns='jabber:iq:search'>{children}</query>").parse().unwrap(), fields)
    }

    fn form(fields: &[(&str, &str)]) -> String {
        let fields: Vec<String> = fields
            .iter()
            .map(|(var, value)| format!("<field var='{var}'><value>{value}</value></field>"))
            .collect();
        let fields = fields.concat();
        format!("<x xmlns='jabber:x:data' type='submit'>{fields}</x>")
    }

    /// User name, name and e-mail address that are searched for.
    fn texts(wanted: &Wanted) -> [Option<&str>; 3] {
        [wanted.username.as_deref(), wanted.name.as_deref(), wanted.email.as_deref()]
    }

    #[test]
    fn forms_are_read() {
        let all = &SearchField::ALL[..];
        let type_field = ("FORM_TYPE", "jabber:iq:search");
        for (fields, allowed, want) in [
            (vec![type_field, ("search", " al* "), ("Name", "1")], all, [None, Some("al*"), None]),
            (
                vec![("search", "al"), ("Username", "true"), ("Email", "1"), ("Name", "0")],
                all,
                [Some("al"), None, Some("al")],
            ),
            (vec![type_field, ("search", "al")], all, [Some("al"), Some("al"), Some("al")]),
            (vec![("search", "al"), ("Email", "1")], &all[..2], [None, None, None]),
            (vec![("search", "al")], &all[..2], [Some("al"), Some("al"), None]),
            (vec![("search", "al"), ("Username", "0"), ("Name", "false")], all, [None, None, None]),
            (vec![("search", "al"), ("Phone", "1"), ("Name", "1")], all, [None, Some("al"), None]),
        ] {
            let wanted = asked(&form(&fields), allowed).unwrap().unwrap();
            assert_eq!(texts(&wanted), want, "{fields:?}");
            assert_eq!(wanted.legacy, None);
        }
        assert_eq!(asked("<x xmlns='jabber:x:data' type='cancel'/>", all), Ok(None));
    }

    #[test]
    fn fields_from_before_forms_are_read() {
        let wanted = asked("<last>Lee</last><first>Ann</first><email/>", &SearchField::ALL).unwrap().unwrap();
        assert_eq!(texts(&wanted), [None, Some("Ann*Lee"), None]);
        let told = [("first", SearchField::Name), ("last", SearchField::Name), ("email", SearchField::Email)];
        assert_eq!(wanted.legacy.as_deref(), Some(&told[..]));
        let wanted = asked("<nick>ann</nick><email>a@b</email>", &[SearchField::Name]).unwrap().unwrap();
        assert_eq!(texts(&wanted), [None, Some("ann"), None]);
        assert_eq!(wanted.legacy.as_deref(), Some(&[("nick", SearchField::Name)][..]));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let all = &SearchField::ALL[..];
        let long = "x".repeat(limits::SEARCH_TEXT_CHARS_MAX + 1);
        for (children, condition) in [
            (String::new(), Condition::BadRequest),
            ("<phone>1</phone>".to_owned(), Condition::BadRequest),
            ("<first xmlns='other'>a</first>".to_owned(), Condition::BadRequest),
            ("<x xmlns='jabber:x:data'/>".to_owned(), Condition::BadRequest),
            ("<x xmlns='jabber:x:data' type='form'/>".to_owned(), Condition::BadRequest),
            (form(&[("search", &long)]), Condition::NotAcceptable),
            (form(&[("search", "a*b*c*d*e*f")]), Condition::NotAcceptable),
            (format!("<nick>{long}</nick>"), Condition::NotAcceptable),
        ] {
            assert_eq!(asked(&children, all), Err(condition), "{children}");
        }
    }
}
