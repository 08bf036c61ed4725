//! A named event: the few of its fields that matter.
//!
//! Step: source. Sysmon's JSON and event logs give the same names, in whatever nesting; a field
//! that stands twice keeps its first value. Every value is text, as the logs have it.

/// Declares the fields with the names under which they stand.
macro_rules! fields {
    ($($field:ident = $($name:literal)|+,)+) => {
        /// A field that matters.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Field { $(#[doc = concat!("`", stringify!($field), "`.")] $field,)+ }

        impl Field {
            /// How many there are.
            const COUNT: usize = [$(Self::$field),+].len();

            /// The field of a name.
            pub(crate) fn named(name: &[u8]) -> Option<Self> {
                match name { $($($name)|+ => Some(Self::$field),)+ _ => None }
            }
        }
    };
}

fields! {
    EventId = b"EventID" | b"EventId" | b"event_id",
    Provider = b"Name" | b"Provider" | b"SourceName" | b"provider_name" | b"ProviderName",
    Computer = b"Computer" | b"computer_name" | b"ComputerName",
    SystemTime = b"SystemTime" | b"TimeCreated" | b"@timestamp",
    HeaderPid = b"ProcessID" | b"ExecutionProcessID",
    UtcTime = b"UtcTime",
    ProcessGuid = b"ProcessGuid",
    ProcessId = b"ProcessId",
    Image = b"Image",
    CommandLine = b"CommandLine",
    CurrentDirectory = b"CurrentDirectory",
    User = b"User",
    OriginalFileName = b"OriginalFileName",
    Product = b"Product",
    Company = b"Company",
    IntegrityLevel = b"IntegrityLevel",
    MandatoryLabel = b"MandatoryLabel",
    TerminalSessionId = b"TerminalSessionId",
    ParentProcessGuid = b"ParentProcessGuid",
    ParentProcessId = b"ParentProcessId",
    ParentImage = b"ParentImage",
    ParentCommandLine = b"ParentCommandLine",
    ImageLoaded = b"ImageLoaded",
    TargetFilename = b"TargetFilename",
    CreationUtcTime = b"CreationUtcTime",
    Protocol = b"Protocol",
    Initiated = b"Initiated",
    SourceIp = b"SourceIp",
    SourcePort = b"SourcePort",
    DestinationIp = b"DestinationIp",
    DestinationPort = b"DestinationPort",
    NewProcessId = b"NewProcessId",
    NewProcessName = b"NewProcessName",
    ParentProcessName = b"ParentProcessName",
    ProcessName = b"ProcessName",
    SubjectUserName = b"SubjectUserName",
    SubjectDomainName = b"SubjectDomainName",
    TargetUserName = b"TargetUserName",
    TargetDomainName = b"TargetDomainName",
    ObjectType = b"ObjectType",
    ObjectName = b"ObjectName",
    AccessMask = b"AccessMask",
    Status = b"Status",
    MessageNumber = b"MessageNumber",
    MessageTotal = b"MessageTotal",
    ScriptBlockText = b"ScriptBlockText",
    ScriptBlockId = b"ScriptBlockId",
    Path = b"Path",
    ContextInfo = b"ContextInfo",
    Payload = b"Payload",
    Data = b"#text" | b"Data",
}

/// An event's fields, borrowed from the text that they were read from.
#[derive(Clone, Debug)]
pub(crate) struct Native<'e> {
    texts: &'e str,
    places: &'e [(u32, u32); Field::COUNT],
}

impl<'e> Native<'e> {
    /// A field's text; none where it is absent or empty.
    pub(crate) fn text(&self, field: Field) -> Option<&'e str> {
        let (from, to) = self.places[field as usize];
        let text = self.texts.get(from as usize..to as usize)?;
        (!text.is_empty() && text != "-").then_some(text)
    }

    /// A field's number, decimal or, after `0x`, hexadecimal.
    pub(crate) fn number(&self, field: Field) -> Option<u64> {
        let text = self.text(field)?;
        match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        }
    }

    /// As [`Self::number`], for a process.
    pub(crate) fn pid(&self, field: Field) -> Option<u32> {
        u32::try_from(self.number(field)?).ok()
    }
}

/// Gathers an event's fields, in memory that is used again for the next event.
#[derive(Debug)]
pub(crate) struct Gathered {
    texts: String,
    places: [(u32, u32); Field::COUNT],
}

impl Default for Gathered {
    fn default() -> Self {
        Self {
            texts: String::new(),
            places: [(0, 0); Field::COUNT],
        }
    }
}

impl Gathered {
    /// Begins the next event.
    pub(crate) fn clear(&mut self) {
        self.texts.clear();
        self.places = [(0, 0); Field::COUNT];
    }

    /// Takes a field; `write` appends its text. Further texts of a list are appended on lines of
    /// their own, of anything else the first counts.
    pub(crate) fn take(&mut self, field: Field, write: impl FnOnce(&mut String)) {
        let place = &mut self.places[field as usize];
        let begin = self.texts.len();
        let known = place.1 > place.0;
        if known && field != Field::Data {
            return;
        }
        let joins = known && place.1 as usize == begin;
        if joins {
            self.texts.push('\n');
        }
        let from = self.texts.len();
        write(&mut self.texts);
        let end = u32::try_from(self.texts.len()).unwrap_or(0);
        *place = match (known, joins) {
            (true, true) => (place.0, end),
            (true, false) => *place,
            (false, _) => (u32::try_from(from).unwrap_or(0), end),
        };
    }

    /// The event.
    pub(crate) fn event(&self) -> Native<'_> {
        Native {
            texts: &self.texts,
            places: &self.places,
        }
    }
}
