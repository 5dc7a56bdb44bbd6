//! Regional settings: exports of Procmon under settings other than English (United States).
//!
//! The logs of the exports in `corpus/locales` are not known, so each date, time and number in them is read as a value
//! and printed again under the settings of its computer.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::Path;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use procmon_parser::code::{Operation, ProfilingOperation};
use procmon_parser::detail::{Detail, ProcessProfiling, ProfilingDetail};
use procmon_parser::write::{LogsWriter, NewDetail, NewEvent};
use procmon_parser::{Column, FileTime, Locale, LogsReader, PointerWidth, ProcessKey, Style, SystemInfo};

use crate::data::{Csv, cells};

crate::tests! {
    plain:
        all_presets_print_the_same_values;
    with_data:
        real_exports_are_printed_again;
}

/// The exports, with the settings of their computers.
const EXPORTS: [(&str, &str); 8] = [
    ("custom-dots", "en-US;date=yyyy.MM.dd;time=H:mm:ss;thousands= "),
    ("dash-dates", "da-DK"),
    ("english-india", "en-IN"),
    ("german", "de-DE"),
    ("italian", "it-IT"),
    ("japanese", "ja-JP"),
    ("polish", "pl-PL"),
    ("russian", "ru-RU"),
];

/// Returns a log with an event for each pair: its time, and a number in its detail.
fn log(values: &[(FileTime, u64)]) -> LogsReader {
    let mut writer = LogsWriter::new(Cursor::new(Vec::new()), &SystemInfo::new(PointerWidth::Bits64)).unwrap();
    for &(time, number) in values {
        let mut sample = ProcessProfiling::default();
        sample.private_bytes = number;
        let operation = Operation::Profiling(ProfilingOperation::PROCESS_PROFILING);
        let mut event = NewEvent::new(ProcessKey::NONE, operation);
        event.time = time;
        event.detail = NewDetail::Typed(Detail::Profiling(ProfilingDetail::Process(sample)));
        writer.write_event(&event).unwrap();
    }
    LogsReader::new(writer.finish().unwrap().into_inner()).unwrap()
}

/// Returns three columns of each event of such a log: Time of Day, Date & Time, and the number.
fn printed(values: &[(FileTime, u64)], locale: &Locale) -> Vec<[String; 3]> {
    let style = Style::new().locale(locale.clone());
    let text = |event: procmon_parser::Event<'_>| {
        let detail = event.text_in(Column::DETAIL, &style).to_string();
        let (_, number) = detail.split_once("Private Bytes: ").unwrap();
        let number = number.strip_suffix(", Working Set: 0").unwrap().to_owned();
        let [time, date] =
            [Column::TIME_OF_DAY, Column::DATE_AND_TIME].map(|column| event.text_in(column, &style).to_string());
        [time, date, number]
    };
    log(values).events().map(|event| text(event.unwrap())).collect()
}

/// Returns the runs of digits in text.
fn numbers(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty()).collect()
}

fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(digits: &str) -> T {
    digits.parse().unwrap()
}

/// Returns a time of day of the 24-hour clock, or `None` for other text.
fn time_of(numbers: &[&str]) -> Option<(NaiveTime, u64)> {
    let (time, ticks) = match *numbers {
        [hour, minute, second] => ([hour, minute, second], "0"),
        [hour, minute, second, ticks] if ticks.len() == 7 => ([hour, minute, second], ticks),
        _ => return None,
    };
    let [hour, minute, second] = time.map(number);
    Some((NaiveTime::from_hms_opt(hour, minute, second)?, number(ticks)))
}

/// Returns a date, whose year is first or last.
fn date_of(numbers: &[&str]) -> Option<NaiveDate> {
    match *numbers {
        [year, month, day] if year.len() == 4 => NaiveDate::from_ymd_opt(number(year), number(month), number(day)),
        [day, month, year] => NaiveDate::from_ymd_opt(number(year), number(month), number(day)),
        _ => None,
    }
}

fn filetime(local: NaiveDateTime, ticks: u64) -> FileTime {
    FileTime(FileTime::from(local.and_utc()).0 + ticks)
}

/// The strings of an export, by kind.
#[derive(Default)]
struct Texts {
    times: BTreeSet<String>,
    dates: BTreeSet<String>,
    grouped: BTreeSet<String>,
}

impl Texts {
    fn of(csv: &Csv) -> Self {
        let columns = csv.columns();
        let place = |column| columns.iter().position(|&other| other == column).unwrap();
        let [time, operation, detail] = [Column::TIME_OF_DAY, Column::OPERATION, Column::DETAIL].map(place);
        let mut texts = Self::default();
        for row in csv.rows().map(cells) {
            texts.times.insert(row[time].clone());
            // Numbers of network events have no groups.
            if !row[operation].contains(' ') {
                row[detail].split(", ").for_each(|item| texts.add_item(item));
            }
        }
        texts
    }

    fn add_item(&mut self, item: &str) {
        match item.split_once(": ") {
            Some(("CreationTime" | "LastAccessTime" | "LastWriteTime" | "ChangeTime", date)) => {
                self.dates.insert(date.to_owned());
            }
            Some(("Offset" | "Length" | "EndOfFile", number)) if !number.contains(':') => {
                self.grouped.insert(number.to_owned());
            }
            _ => {}
        }
    }
}

fn real_exports_are_printed_again(data: &Path) {
    for (name, settings) in EXPORTS {
        let locale: Locale = settings.parse().unwrap();
        let texts = Texts::of(&Csv::open(&data.join(format!("corpus/locales/{name}.csv.gz"))));
        let day = NaiveDate::from_ymd_opt(2020, 7, 12).unwrap();
        let time = |text: &String| {
            let (time, ticks) = time_of(&numbers(text)).unwrap_or_else(|| panic!("{name}: time {text}"));
            filetime(day.and_time(time), ticks)
        };
        let times: Vec<_> = texts.times.iter().map(|text| (time(text), 0)).collect();
        let date = |text: &String| {
            let numbers = numbers(text);
            let local =
                numbers.split_at_checked(3).and_then(|(date, time)| Some(date_of(date)?.and_time(time_of(time)?.0)));
            filetime(local.unwrap_or_else(|| panic!("{name}: date {text}")), 0)
        };
        let dates: Vec<_> = texts.dates.iter().map(|text| (date(text), 0)).collect();
        let grouped: Vec<_> = texts.grouped.iter().map(|text| (FileTime(0), number(&numbers(text).concat()))).collect();
        let column = |values: &[(FileTime, u64)], place: usize| -> Vec<String> {
            printed(values, &locale).into_iter().map(|row| row[place].clone()).collect()
        };
        assert!(times.len() > 90 && !grouped.is_empty(), "{name}");
        assert!(column(&times, 0).iter().eq(&texts.times), "{name}: times");
        assert!(column(&dates, 1).iter().eq(&texts.dates), "{name}: dates");
        assert!(column(&grouped, 2).iter().eq(&texts.grouped), "{name}: numbers");
    }
}

/// All presets print the same digits as English, except for the order of the date and the 12-hour clock.
fn all_presets_print_the_same_values() {
    let day = NaiveDate::from_ymd_opt(2019, 11, 23).unwrap();
    let moments = [(0, 0, 0), (9, 8, 7), (12, 0, 59), (23, 59, 58)];
    let values: Vec<_> = moments
        .map(|(hour, minute, second)| {
            let time = NaiveTime::from_hms_opt(hour, minute, second).unwrap();
            (filetime(day.and_time(time), 1_234_567), 1_234_567_890)
        })
        .into();
    for tag in Locale::tags() {
        let locale: Locale = tag.parse().unwrap();
        for ([time, date, grouped], &(value, _)) in printed(&values, &locale).iter().zip(&values) {
            assert!(grouped.chars().filter(char::is_ascii_digit).eq("1234567890".chars()), "{tag}: {grouped}");
            assert!(numbers(time).ends_with(&["1234567"]), "{tag}: {time}");
            let mut date_numbers = numbers(date).into_iter().map(number::<u32>).collect::<Vec<_>>();
            let clock = date_numbers.split_off(3);
            date_numbers.sort_unstable();
            assert_eq!(date_numbers, [11, 23, 2019], "{tag}: {date}");
            let seconds = value.0 / 10_000_000 % 86_400;
            assert_eq!(clock[1..], [seconds as u32 / 60 % 60, seconds as u32 % 60], "{tag}: {date}");
            assert_eq!(clock[0] % 12, seconds as u32 / 3600 % 12, "{tag}: {date}");
        }
    }
}
