//! Any text as events: read, admitted, and sound if they are.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use tenterhook::catalogue::Catalogue;
use tenterhook::data::{Data, Members};
use tenterhook::envelope::{Reader, to_jerasoft};

const DATA_BYTES: usize = 64 * 1024;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::built_in);

fuzz_target!(|text: &str| {
    let events = Reader::new("in", "crm", DATA_BYTES).read(text);
    for event in events.into_iter().flatten() {
        let Ok(admitted) = CATALOGUE.admit(event, DATA_BYTES) else { continue };
        let data = &admitted.event.data;
        assert_eq!(Data::parse(data.as_str(), DATA_BYTES).as_ref(), Ok(data));
        assert_eq!(Members::of(data.as_str()).is_some(), data.is_object());
        let written = to_jerasoft(&admitted.event);
        let read = Reader::new("out", "crm", DATA_BYTES).read(&written).remove(0);
        assert_eq!(&read.expect("what was written can be read").data, data);
    }
});
