//! Redaction of values that the corpus does not have: SIDs of several domains, names in unknown bytes and in tables.

use std::io::Cursor;

use crate::support::synth::{self, Log};
use procmon_parser::code::{FileInformationClass, FileOperation, Operation};
use procmon_parser::detail::{
    FileDetail, FileRequest, RenameInformationFields, SetFileInformation, SetInformation, Stream, Streams,
};
use procmon_parser::write::{NewDetail, NewEvent, ProcessInfo, SaveOptions, WriterOptions};
use procmon_parser::{Detail, LogsReader, LogsWriter, PmlStr, PointerWidth, Redactor, SystemInfo};

fn open(log: &Log) -> LogsReader {
    LogsReader::new(log.bytes()).unwrap()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn saved(log: &LogsReader, redactor: &Redactor) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    SaveOptions::new().redact(redactor).save(&mut out, log, |_| true).unwrap();
    out.into_inner()
}

/// Returns a redacted copy and the number of names that were overwritten with the same number of characters.
fn copied(log: &LogsReader, redactor: &Redactor) -> (Vec<u8>, u64) {
    let options = WriterOptions::new().redact(redactor.clone());
    let mut writer = options.create_for_copy(Cursor::new(Vec::new()), log.index()).unwrap();
    log.events().flatten().for_each(|event| writer.copy_event(event).unwrap());
    let blanked = writer.redactor().unwrap().blanked_names();
    (writer.finish().unwrap().into_inner(), blanked)
}

fn set_value(kind: u32, data: &[u8]) -> synth::Event {
    synth::registry::set_value(synth::Text::wide(r"HKLM\A"), kind, data)
}

#[test]
fn sids_get_numbers_by_domain_and_account_in_both_forms() {
    let sid = |numbers: [u32; 5]| (format!("S-1-5-{}", numbers.map(|n| n.to_string()).join("-")), numbers);
    // Accounts below 1000 are the same on all computers. The last domain occurs only in binary form.
    let sids = [
        sid([21, 111_111, 222_222, 333_333, 500]),
        sid([21, 111_111, 222_222, 333_333, 1000]),
        sid([21, 111_111, 222_222, 333_333, 1104]),
        sid([21, 777_777, 888_888, 999_999, 5005]),
    ];
    let binary = |numbers: &[u32; 5]| synth::process::sid(5, numbers);
    let mut log = Log::new(true);
    log.events = sids[..3].iter().map(|(text, _)| set_value(1, &utf16(&format!("{text}\0")))).collect();
    let process = synth::Process { pid: 4, ..Default::default() };
    let label = synth::process::sid(16, &[12288]);
    log.events.extend(sids[1..].iter().map(|(_, numbers)| synth::process::defined(&process, &binary(numbers), &label)));
    let log = open(&log);
    let mut redactor = Redactor::new();
    let found = redactor.replace_sids(&log).unwrap();
    let pairs: Vec<_> = found.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    for (from, to) in [
        (&*sids[0].0, "S-1-5-21-0-0-1-500"),
        (&sids[1].0, "S-1-5-21-0-0-1-1001"),
        (&sids[2].0, "S-1-5-21-0-0-1-1002"),
        (&sids[3].0, "S-1-5-21-0-0-2-1001"),
        ("S-1-5-21-111111-222222-333333", "S-1-5-21-0-0-1"),
        ("S-1-5-21-777777-888888-999999", "S-1-5-21-0-0-2"),
    ] {
        assert!(pairs.contains(&(from, to)), "{from}: {pairs:?}");
    }
    let (bytes, blanked) = copied(&log, &redactor);
    assert!(blanked >= 3, "{blanked}");
    for (text, numbers) in &sids {
        assert!(!contains(&bytes, &utf16(text)) && !contains(&bytes, &binary(numbers)), "{text}");
    }
    for numbers in [[21, 0, 0, 1, 1001], [21, 0, 0, 1, 1002], [21, 0, 0, 2, 1001]] {
        assert!(contains(&bytes, &binary(&numbers)), "{numbers:?}");
    }
    redactor.verify(&LogsReader::new(bytes).unwrap()).unwrap();
}

#[test]
fn names_in_unknown_bytes_are_counted() {
    let data = [&utf16("alice")[..], &[1, 2, 3]].concat();
    let log =
        open(&Log { events: vec![set_value(3, &data), set_value(3, &[0; 40]), set_value(3, &data)], ..Log::new(true) });
    let mut redactor = Redactor::new();
    redactor.replace("alice", "bob");
    let (bytes, blanked) = copied(&log, &redactor);
    assert_eq!(blanked, 2);
    assert!(contains(&bytes, &utf16("bob__")) && !contains(&bytes, &utf16("alice")));
}

#[test]
fn redacted_data_of_an_odd_size_keeps_its_last_byte() {
    let log = open(&Log { events: vec![set_value(1, &[&utf16("of alice")[..], &[0x7B]].concat())], ..Log::new(true) });
    let mut redactor = Redactor::new();
    redactor.replace("alice", "bob");
    let bytes = saved(&log, &redactor);
    assert!(contains(&bytes, &[&utf16("of bob")[..], &[0x7B]].concat()));
}

#[test]
fn a_path_stays_in_one_byte_characters_if_it_is_ascii() {
    let path = synth::Text::narrow(r"HKLM\alice");
    let log = open(&Log { events: vec![synth::registry::open_key(path, 1, Some(1))], ..Log::new(true) });
    for (name, is_wide) in [("bob", false), ("b\u{80}", true), ("b\u{FF}", true), ("b\u{20AC}", true)] {
        let mut redactor = Redactor::new();
        redactor.replace("alice", name);
        let bytes = saved(&log, &redactor);
        assert_eq!(contains(&bytes, &utf16(&format!(r"HKLM\{name}"))), is_wide, "{name:?}");
        assert_eq!(contains(&bytes, format!(r"HKLM\{name}").as_bytes()), !is_wide, "{name:?}");
    }
}

#[test]
fn names_left_in_the_table_of_hosts_are_found() {
    let hosts = vec![synth::Host::new([10, 0, 0, 9], "orchid.example")];
    let log = open(&Log { hosts, computer: "X".into(), events: vec![set_value(3, &[1])], ..Log::new(true) });
    let mut redactor = Redactor::new();
    redactor.replace("orchid", "rose");
    assert!(redactor.verify(&log).unwrap_err().to_string().contains("hosts"));
    redactor.verify(&LogsReader::new(saved(&log, &redactor)).unwrap()).unwrap();
}

/// Saves an event that sets the information of a file, without the name alice, and passes it to `check`.
fn redact_information(set: SetInformation<'_>, check: impl Fn(SetFileInformation<'_>)) {
    let mut writer = LogsWriter::new(Cursor::new(Vec::new()), &SystemInfo::new(PointerWidth::Bits64)).unwrap();
    let process = writer.add_process(&ProcessInfo::new(7, "")).unwrap();
    let detail = FileDetail::new(PmlStr::latin1(br"C:\a"), FileRequest::SetInformation(set));
    let mut event = NewEvent::new(process, Operation::File(FileOperation::SET_INFORMATION));
    event.detail = NewDetail::Typed(Detail::File(detail));
    writer.write_event(&event).unwrap();
    let log = LogsReader::new(writer.finish().unwrap().into_inner()).unwrap();
    let mut redactor = Redactor::new();
    redactor.replace("alice", "bob");
    let redacted = LogsReader::new(saved(&log, &redactor)).unwrap();
    let event = redacted.event(0).unwrap();
    let Detail::File(FileDetail { request: FileRequest::SetInformation(set), .. }) = event.detail().unwrap() else {
        panic!("{event:?}");
    };
    check(set.information);
}

#[test]
fn new_names_of_files_are_replaced_by_names_of_another_length() {
    let (mut name, mut path, mut block) = (Vec::new(), Vec::new(), Vec::new());
    let mut fields = RenameInformationFields::default();
    fields.file_name = PmlStr::encode_utf16("alice.txt", &mut name);
    fields.target = PmlStr::encode_utf16(r"C:\alice\alice.txt", &mut path);
    let length = fields.encode(PointerWidth::Bits64, &mut block);
    let class = FileInformationClass::RENAME_INFORMATION;
    redact_information(SetInformation::new(class, length, &block, PointerWidth::Bits64), |information| {
        let SetFileInformation::Rename(rename) = information else { panic!("{information:?}") };
        let fields = rename.decode();
        assert_eq!(
            (fields.file_name.to_string(), fields.target.to_string()),
            ("bob.txt".into(), r"C:\bob\bob.txt".into())
        );
    });
}

#[test]
fn names_of_any_number_of_streams_are_replaced() {
    const COUNT: usize = 40;
    let mut name = Vec::new();
    let mut stream = Stream::default();
    stream.name = PmlStr::encode_utf16(":alice:$DATA", &mut name);
    let mut block = Vec::new();
    Streams::encode([stream; COUNT], &mut block);
    let set =
        SetInformation::new(FileInformationClass::STREAM_INFORMATION, block.len() as u64, &block, PointerWidth::Bits64);
    redact_information(set, |information| {
        let SetFileInformation::Streams(streams) = information else { panic!("{information:?}") };
        let names: Vec<_> = streams.into_iter().map(|stream| stream.name.to_string()).collect();
        assert_eq!(names, vec![":bob:$DATA"; COUNT]);
    });
}
