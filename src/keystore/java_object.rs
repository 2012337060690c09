//! Skips one Java object in a stream: JCEKS stores secret keys as such, without saying how long they are.
//!
//! Java Object Serialization Specification, chapter 6. Only what sealed keys consist of is known: strings, arrays of
//! bytes, and classes with fields of these.

use crate::KeystoreError;
use crate::reader::Reader;

const MAGIC_AND_VERSION: u32 = 0xACED_0005;
const NULL: u8 = 0x70;
const REFERENCE: u8 = 0x71;
const CLASS: u8 = 0x72;
const OBJECT: u8 = 0x73;
const STRING: u8 = 0x74;
const ARRAY: u8 = 0x75;
const BLOCK: u8 = 0x77;
const END_BLOCK: u8 = 0x78;
/// The class writes data of its own behind its fields.
const FLAG_WRITES: u8 = 1;
/// Deepest nesting of objects and superclasses; a sealed key has two.
const DEPTH_MAX: usize = 16;

/// A class as far as its objects have to be skipped: the fields of it and of its superclasses, deepest last.
type Classes = Vec<(u8, Vec<u8>)>;

/// Moves behind the stream that holds one object.
pub(crate) fn skip(reader: &mut Reader<'_>) -> Result<(), KeystoreError> {
    let offset = reader.offset();
    if reader.u32("a secret key")? != MAGIC_AND_VERSION {
        let reason = "a secret key is no Java object".to_owned();
        return Err(KeystoreError::Damaged { offset, reason });
    }
    skip_value(reader, 0)
}

fn skip_value(reader: &mut Reader<'_>, depth: usize) -> Result<(), KeystoreError> {
    let offset = reader.offset();
    let unknown = |what: String| KeystoreError::Damaged { offset, reason: what };
    if depth > DEPTH_MAX {
        return Err(unknown("a secret key is nested too deep".to_owned()));
    }
    match reader.byte("a Java object")? {
        NULL => Ok(()),
        REFERENCE => reader.u32("a reference").map(drop),
        STRING => reader.java_text("a Java string").map(drop),
        ARRAY => {
            // Only arrays of bytes occur; a reference can only mean the class of an earlier one.
            skip_class(reader, depth)?;
            reader.block("an array of bytes").map(drop)
        }
        OBJECT => {
            let classes = skip_class(reader, depth)?;
            classes.iter().rev().try_for_each(|(flags, fields)| skip_fields(reader, *flags, fields, depth))
        }
        other => Err(unknown(format!("a secret key has the unknown part {other:#04x}"))),
    }
}

fn skip_class(reader: &mut Reader<'_>, depth: usize) -> Result<Classes, KeystoreError> {
    let mut classes = Classes::new();
    for _ in depth..DEPTH_MAX {
        let offset = reader.offset();
        match reader.byte("a Java class")? {
            NULL => return Ok(classes),
            REFERENCE => return reader.u32("a reference").map(|_| classes),
            CLASS => classes.push(read_class(reader, depth)?),
            other => {
                let reason = format!("a Java class has the unknown part {other:#04x}");
                return Err(KeystoreError::Damaged { offset, reason });
            }
        }
    }
    let reason = "a Java class has too many superclasses".to_owned();
    Err(KeystoreError::Damaged { offset: reader.offset(), reason })
}

fn read_class(reader: &mut Reader<'_>, depth: usize) -> Result<(u8, Vec<u8>), KeystoreError> {
    reader.java_text("the name of a Java class")?;
    reader.take(8, "the version of a Java class")?;
    let flags = reader.byte("the flags of a Java class")?;
    let count = reader.u16("the fields of a Java class")?;
    let mut fields = Vec::new();
    for _ in 0..count {
        let kind = reader.byte("a field")?;
        reader.java_text("the name of a field")?;
        if matches!(kind, b'L' | b'[') {
            skip_value(reader, depth + 1)?;
        }
        fields.push(kind);
    }
    let offset = reader.offset();
    if reader.byte("the end of a Java class")? != END_BLOCK {
        let reason = "a Java class has annotations".to_owned();
        return Err(KeystoreError::Damaged { offset, reason });
    }
    Ok((flags, fields))
}

fn skip_fields(reader: &mut Reader<'_>, flags: u8, fields: &[u8], depth: usize) -> Result<(), KeystoreError> {
    for field in fields {
        match field {
            b'B' | b'Z' => drop(reader.take(1, "a field")?),
            b'C' | b'S' => drop(reader.take(2, "a field")?),
            b'F' | b'I' => drop(reader.take(4, "a field")?),
            b'D' | b'J' => drop(reader.take(8, "a field")?),
            _ => skip_value(reader, depth + 1)?,
        }
    }
    if flags & FLAG_WRITES == 0 {
        return Ok(());
    }
    loop {
        let offset = reader.offset();
        match reader.byte("the data of a Java class")? {
            END_BLOCK => return Ok(()),
            BLOCK => {
                let length = reader.byte("a block")?;
                reader.take(usize::from(length), "a block")?;
            }
            other => {
                let reason = format!("the data of a Java class has the unknown part {other:#04x}");
                return Err(KeystoreError::Damaged { offset, reason });
            }
        }
    }
}
