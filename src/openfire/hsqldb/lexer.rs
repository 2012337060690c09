//! Words, texts, numbers and signs of one SQL statement.

use super::ScriptProblem;

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A word in upper case, or a name in quotation marks as it is.
    Word { text: String, is_quoted: bool },
    /// `'…'`
    Text(String),
    /// `X'…'`
    Binary(Vec<u8>),
    /// Digits with sign, point and exponent, as written.
    Number(String),
    /// Any other character.
    Sign(char),
}

impl Token {
    pub(super) fn is_word(&self, wanted: &str) -> bool {
        matches!(self, Self::Word { text, is_quoted: false } if text == wanted)
    }
}

/// Takes a statement apart, one token at a time.
pub(super) struct Lexer<'a> {
    rest: &'a str,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(statement: &'a str) -> Self {
        Self { rest: statement }
    }

    pub(super) fn next(&mut self) -> Result<Option<Token>, ScriptProblem> {
        self.rest = self.rest.trim_start();
        let Some(first) = self.rest.chars().next() else { return Ok(None) };
        let token = match first {
            '\'' => Token::Text(self.quotation('\'')?),
            '"' => Token::Word { text: self.quotation('"')?, is_quoted: true },
            'X' | 'x' if self.rest[1..].starts_with('\'') => {
                self.rest = &self.rest[1..];
                Token::Binary(binary(&self.quotation('\'')?)?)
            }
            _ if starts_number(self.rest) => Token::Number(self.number()),
            _ if first.is_alphabetic() || first == '_' => {
                let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
                Token::Word { text: self.take_while(is_part).to_uppercase(), is_quoted: false }
            }
            _ => {
                self.rest = &self.rest[first.len_utf8()..];
                Token::Sign(first)
            }
        };
        Ok(Some(token))
    }

    fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c: char| !is_part(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Text between marks; a doubled mark stands for itself.
    fn quotation(&mut self, mark: char) -> Result<String, ScriptProblem> {
        let mut text = String::new();
        let mut rest = &self.rest[1..];
        loop {
            let end = rest.find(mark).ok_or(ScriptProblem::Syntax("a quotation is not closed"))?;
            text.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix(mark) {
                Some(after) => {
                    text.push(mark);
                    rest = after;
                }
                None => break,
            }
        }
        self.rest = rest;
        Ok(text)
    }

    fn number(&mut self) -> String {
        let sign = usize::from(self.rest.starts_with(['-', '+']));
        let bytes = self.rest.as_bytes();
        let mut end = sign;
        while let Some(&byte) = bytes.get(end) {
            // A sign belongs to the number only behind the letter of an exponent.
            let is_exponent_sign =
                matches!(byte, b'-' | b'+') && matches!(bytes.get(end - 1), Some(b'E' | b'e'));
            if !(byte.is_ascii_digit() || matches!(byte, b'.' | b'E' | b'e') || is_exponent_sign)
                || end == 0 && is_exponent_sign
            {
                break;
            }
            end += 1;
        }
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken.to_owned()
    }
}

fn starts_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    unsigned.starts_with(|c: char| c.is_ascii_digit())
        || unsigned.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn binary(digits: &str) -> Result<Vec<u8>, ScriptProblem> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect::<Option<_>>();
    bytes.filter(|_| rest.is_empty()).ok_or(ScriptProblem::Syntax("a binary value has odd digits"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(text: &str) -> Result<Vec<Token>, ScriptProblem> {
        let mut lexer = Lexer::new(text);
        let mut found = Vec::new();
        while let Some(token) = lexer.next()? {
            found.push(token);
        }
        Ok(found)
    }

    #[test]
    fn tokens_of_a_row() {
        let found =
            tokens("insert INTO \"low Er\" VALUES(-1,'it''s',NULL,1.5E300,1.0E-5,X'00fF',.5,TRUE,'')")
                .unwrap();
        let word = |text: &str| Token::Word { text: text.to_owned(), is_quoted: false };
        let number = |text: &str| Token::Number(text.to_owned());
        assert_eq!(
            found[..4],
            [
                word("INSERT"),
                word("INTO"),
                Token::Word { text: "low Er".to_owned(), is_quoted: true },
                word("VALUES")
            ]
        );
        let values: Vec<_> =
            found[5..].iter().filter(|token| !matches!(token, Token::Sign(_))).cloned().collect();
        let expected = [
            number("-1"),
            Token::Text("it's".to_owned()),
            word("NULL"),
            number("1.5E300"),
            number("1.0E-5"),
            Token::Binary(vec![0, 255]),
            number(".5"),
            word("TRUE"),
            Token::Text(String::new()),
        ];
        assert_eq!(values, expected);
        for broken in ["'open", "\"open", "X'0'", "X'0g'"] {
            assert!(tokens(broken).is_err(), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_tokens_or_is_refused(text in ".{0,60}|[-+.0-9Ee'X\", ü]{0,40}") {
            if let Ok(found) = tokens(&text) {
                prop_assert!(found.len() <= text.len());
            }
        }

        #[test]
        fn texts_come_back(text in any::<String>()) {
            let written = format!("'{}'", text.replace('\'', "''"));
            prop_assert_eq!(tokens(&written).unwrap(), [Token::Text(text)]);
        }
    }
}
