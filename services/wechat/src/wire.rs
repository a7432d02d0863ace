//! The XML of callbacks, read into a flat list of fields.
//!
//! In: bytes. Out: `Message`, bounded in size, depth and number of fields. A DOCTYPE, an
//! entity of one's own, an `xml` inside `xml`, another charset are refused.
//! Never here: what a field means.

use channel::Refusal;
use quick_xml::{
    Reader,
    events::{BytesDecl, Event},
};

/// The largest body that is read; a real one has a few KiB.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// The deepest nesting that is read; the root counts. Reports of mass messages have 4.
const DEPTH_MAX: usize = 8;
/// The most elements that are read.
const FIELDS_MAX: usize = 2000;
/// The name of the root.
const ROOT: &str = "xml";

/// Why a document type is refused.
pub(crate) const DOCTYPE: &str = "document type declaration";
const NOT_XML: &str = "not well-formed xml";

/// A callback's body: its elements below the root, in document order.
#[derive(Debug, Default)]
pub(crate) struct Message {
    fields: Vec<Field>,
}

#[derive(Debug)]
struct Field {
    name: String,
    /// 1 for a child of the root.
    depth: usize,
    text: String,
    has_cdata: bool,
    has_children: bool,
}

impl Message {
    /// Reads a body.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        if body.len() > BODY_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        let text = std::str::from_utf8(body).map_err(|_| Refusal::Malformed("not utf-8"))?;
        let message = Parse::default().run(text.trim_start_matches('\u{feff}')).map_err(Refusal::Malformed)?;
        let plain = |field: &Field| !field.has_children || !holds_text(&field.name);
        match message.fields.iter().filter(|field| field.depth == 1).all(plain) {
            true => Ok(message),
            false => Err(Refusal::Malformed("elements inside a text field")),
        }
    }

    /// Gives the text of the first such child of the root; an empty one counts as absent.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|field| field.depth == 1 && field.name == name)?;
        Some(field.text.as_str()).filter(|text| !text.is_empty())
    }

    /// Gives the texts of all such elements at any depth, in order.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.fields.iter().filter(|field| field.name == name).map(|field| field.text.as_str()).collect()
    }
}

/// Says whether a field is one that holds text and nothing else.
fn holds_text(name: &str) -> bool {
    matches!(
        name,
        "ToUserName"
            | "FromUserName"
            | "CreateTime"
            | "MsgType"
            | "MsgId"
            | "Content"
            | "Event"
            | "EventKey"
            | "Encrypt"
    )
}

/// The state of a reading: the open elements, by their place in `message`.
#[derive(Default)]
struct Parse {
    message: Message,
    open: Vec<Option<usize>>,
    root_seen: bool,
}

impl Parse {
    fn run(mut self, text: &str) -> Result<Message, &'static str> {
        let mut reader = Reader::from_str(text);
        loop {
            match reader.read_event().map_err(|_| NOT_XML)? {
                Event::Start(tag) => self.start(tag.name().into_inner())?,
                Event::Empty(tag) => {
                    self.start(tag.name().into_inner())?;
                    self.end()?;
                }
                Event::End(_) => self.end()?,
                Event::Text(text) => self.add(&text, false)?,
                Event::CData(text) => self.add(&text, true)?,
                Event::GeneralRef(name) => self.add(reference(&name)?.encode_utf8(&mut [0; 4]), false)?,
                Event::Decl(declaration) => utf8(&declaration)?,
                Event::DocType(_) => return Err(DOCTYPE),
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        if self.open.is_empty() && self.root_seen { Ok(self.message) } else { Err(NOT_XML) }
    }

    fn start(&mut self, name: &str) -> Result<(), &'static str> {
        if self.open.is_empty() {
            if self.root_seen || name != ROOT {
                return Err("the root is not one xml element");
            }
            self.root_seen = true;
            self.open.push(None);
            return Ok(());
        }
        if name == ROOT || self.open.len() >= DEPTH_MAX || self.message.fields.len() >= FIELDS_MAX {
            return Err("nested too deep or too often");
        }
        if let Some(parent) = self.current() {
            parent.has_children = true;
        }
        let field = Field {
            name: name.to_owned(),
            depth: self.open.len(),
            text: String::new(),
            has_cdata: false,
            has_children: false,
        };
        self.open.push(Some(self.message.fields.len()));
        self.message.fields.push(field);
        Ok(())
    }

    fn end(&mut self) -> Result<(), &'static str> {
        let closed = self.open.pop().ok_or(NOT_XML)?;
        if let Some(field) = closed.and_then(|place| self.message.fields.get_mut(place))
            && !field.has_cdata
        {
            field.text = field.text.trim().to_owned();
        }
        Ok(())
    }

    /// Adds to the open element; text beside the fields means nothing, and white space around
    /// character data is layout.
    fn add(&mut self, text: &str, literal: bool) -> Result<(), &'static str> {
        let blank = text.chars().all(char::is_whitespace);
        if self.open.is_empty() {
            return if blank && !literal { Ok(()) } else { Err(NOT_XML) };
        }
        let Some(field) = self.current() else { return Ok(()) };
        if literal && !field.has_cdata && field.text.trim().is_empty() {
            field.text.clear();
        }
        field.has_cdata |= literal;
        if literal || !(field.has_cdata && blank) {
            field.text.push_str(text);
        }
        Ok(())
    }

    fn current(&mut self) -> Option<&mut Field> {
        let place = (*self.open.last()?)?;
        self.message.fields.get_mut(place)
    }
}

/// Resolves the five entities that XML itself defines, and numbers.
fn reference(name: &quick_xml::events::BytesRef<'_>) -> Result<char, &'static str> {
    if let Some(sign) = name.resolve_char_ref().map_err(|_| NOT_XML)? {
        return Ok(sign);
    }
    match &**name {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err("entity of its own"),
    }
}

fn utf8(declaration: &BytesDecl<'_>) -> Result<(), &'static str> {
    let Some(encoding) = declaration.encoding() else { return Ok(()) };
    let encoding = encoding.map_err(|_| NOT_XML)?;
    if encoding.eq_ignore_ascii_case("utf-8") || encoding.eq_ignore_ascii_case("utf8") {
        Ok(())
    } else {
        Err("another charset than utf-8")
    }
}
